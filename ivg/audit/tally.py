"""The books of an audit, the share that is gone with its interval, and the rows that go with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ivg.audit.verdict import OTHER_DURATION, STATUSES, Status, Verdict
from ivg.dataset import Dataset
from ivg.errors import BooksError
from ivg.shown import shown

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Audit:
    """What an audit found: asked = same + changed + gone + unknown.

    Attributes:
        n_videos: Videos that rows stand on.
        n_rows: Rows of the dataset.
        n_asked: How many videos were asked for.
        verdicts: One a video that was asked for, sorted by name.
    """

    n_videos: int
    n_rows: int
    n_asked: int
    verdicts: tuple[Verdict, ...]

    def __post_init__(self) -> None:
        """Check the books.

        Raises:
            BooksError: A video got no verdict, or two.
        """
        names = {one.video.name for one in self.verdicts}
        if not len(names) == len(self.verdicts) == self.n_asked:
            raise BooksError(f"audit: {len(self.verdicts)} verdicts on {self.n_asked} videos")

    def count(self, *statuses: Status) -> int:
        """How many videos have one of these."""
        return sum(one.status in statuses for one in self.verdicts)

    def rows(self, *statuses: Status) -> int:
        """How many rows stand on videos that have one of these."""
        return sum(one.video.n_rows for one in self.verdicts if one.status in statuses)

    @property
    def by_reason(self) -> list[tuple[Status, str, int, int]]:
        """Status, reason, videos and rows; in the order of the books, the most frequent first."""
        videos = Counter((one.status, one.reason) for one in self.verdicts)
        rows: Counter[tuple[Status, str]] = Counter()
        for one in self.verdicts:
            rows[one.status, one.reason] += one.video.n_rows
        ranked = sorted(videos, key=lambda key: (STATUSES.index(key[0]), -videos[key], key[1]))
        return [(*key, videos[key], rows[key]) for key in ranked]

    @property
    def gone(self) -> dict[str, Any]:
        """The share that is gone, of those of which it is known."""
        return share(self.count("gone"), self.count("same", "changed", "gone"))

    @property
    def unfit(self) -> dict[str, Any]:
        """The share that is gone or has another length, so that times mean nothing any more."""
        longer = sum(one.reason == OTHER_DURATION for one in self.verdicts)
        return share(self.count("gone") + longer, self.count("same", "changed", "gone"))


def share(k: int, n: int) -> dict[str, Any]:
    """`k` of `n`, with the 95 % Wilson score interval of a binomial share (E. B. Wilson, 1927).

    It is for a draw from very many videos; of a large part of a small set the truth is nearer.
    """
    if not n:
        return {"k": 0, "n": 0, "share": None, "low": None, "high": None}
    from scipy.stats import binomtest

    ends = binomtest(k, n).proportion_ci(CONFIDENCE, method="wilson")
    return {"k": k, "n": n, "share": k / n, "low": float(ends.low), "high": float(ends.high)}


def plain(audit: Audit, sample: int, seed: int) -> dict[str, Any]:
    """The audit as JSON."""
    counts = {status: audit.count(status) for status in STATUSES}
    return {
        "videos": {"all": audit.n_videos, "asked": audit.n_asked, **counts},
        "rows": {
            "all": audit.n_rows,
            "asked": audit.rows(*STATUSES),
            **{status: audit.rows(status) for status in STATUSES},
        },
        "sample": {"size": sample, "seed": seed},
        "gone": audit.gone,
        "gone_or_other_duration": audit.unfit,
        "reasons": [
            dict(zip(("status", "reason", "videos", "rows"), one, strict=True))
            for one in audit.by_reason
        ],
        "verdicts": [verdict_row(one) for one in audit.verdicts],
    }


def verdict_row(one: Verdict) -> dict[str, Any]:
    """One verdict as JSON."""
    told = {"status": one.status, "reason": one.reason, "detail": shown(one.detail)}
    return {**asdict(one.video), **told}


def lost_rows(dataset: Dataset, verdicts: Sequence[Verdict]) -> Iterator[dict[str, Any]]:
    """The rows of videos that are gone, or whose length is another one; with their line."""
    lost = {
        one.video.name: one
        for one in verdicts
        if one.status == "gone" or one.reason == OTHER_DURATION
    }
    for number, row in enumerate(dataset.rows(), 1):
        if row["video"] in lost:
            one = lost[row["video"]]
            yield {"line": number, "status": one.status, "reason": one.reason, **row}
