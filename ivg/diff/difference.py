"""The difference of two datasets: what every row became, by reason, and its books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ivg.dataset import Dataset, Row, json_lines
from ivg.diff.changed import Pair, why_changed
from ivg.diff.configs import Made, changed_stages, made
from ivg.diff.lost import why_lost
from ivg.diff.rows import match
from ivg.diff.sides import Both, Entry, VideoSide, paired
from ivg.diff.structure import Compared, Reason
from ivg.errors import BooksError
from ivg.quality.figures import Figure, read_figures
from ivg.summary import FAILURES

Kind = Literal["removed", "added", "changed"]
Failed = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is not alike in both: only in A, only in B, or changed."""

    kind: Kind
    reason: Reason
    a: Row | None
    b: Row | None

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"kind": self.kind, **asdict(self.reason), "a": self.a, "b": self.b}


@dataclass
class Books:
    """A = same + changed + removed; B = same + changed + added."""

    same: int = 0
    changed: int = 0
    removed: int = 0
    added: int = 0
    rows: dict[str, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    videos: dict[str, int] = field(default_factory=lambda: {"both": 0, "A": 0, "B": 0})

    @property
    def is_alike(self) -> bool:
        """Whether every row is in both."""
        return not (self.changed or self.removed or self.added)

    def check(self) -> None:
        """Refuse books that don't balance.

        Raises:
            BooksError: A row was lost or counted twice.
        """
        both = self.same + self.changed
        if (both + self.removed, both + self.added) != (self.rows["A"], self.rows["B"]):
            raise BooksError(f"diff: the books don't balance: {asdict(self)}")


class Difference:
    """Two datasets and what differs; `changes` reads them once, a video at a time."""

    def __init__(self, a: Dataset, b: Dataset) -> None:
        """Read what both were made with.

        Args:
            a: The earlier one.
            b: The later one.

        Raises:
            DatasetError: Config or manifest of one is missing or broken.
        """
        self.a, self.b = a, b
        self.made: tuple[Made, Made] = (made(a), made(b))
        self.stages = changed_stages(*self.made)
        self.compared = Compared(*self.made, "B", self.stages)
        self.failed = failures(a), failures(b)
        self.books = Books()

    def changes(self) -> Iterator[Change]:
        """Every row that is not alike, video by video; then the books are done.

        Raises:
            DatasetError: A file is missing or broken.
            BooksError: The books don't balance.
        """
        for both in paired(self.a, self.b):
            yield from self._of_video(both)
        self.books.check()

    def _of_video(self, both: Both) -> Iterator[Change]:
        a, b = both
        found = match(a, b)
        self._count(both)
        self.books.same += found.same
        for was, now in found.changed:
            if a is None or b is None:
                raise RuntimeError("diff: a changed row has two sides")
            self.books.changed += 1
            reason = why_changed(Pair(a, b, was, now), self.compared)
            yield Change("changed", reason, was.row, now.row)
        for entry in found.removed:
            self.books.removed += 1
            yield Change("removed", self._lost(a, b, entry, self.compared, 1), entry.row, None)
        for entry in found.added:
            self.books.added += 1
            swapped = self.compared.swapped()
            yield Change("added", self._lost(b, a, entry, swapped, 0), None, entry.row)

    def _lost(
        self,
        here: VideoSide | None,
        there: VideoSide | None,
        entry: Entry,
        compared: Compared,
        other: int,
    ) -> Reason:
        if here is None:
            raise RuntimeError("diff: a row has a video")
        return why_lost(here, there, entry, compared, self.failed[other])

    def _count(self, both: Both) -> None:
        a, b = both
        where = "both" if a and b else "A" if a else "B"
        self.books.videos[where] += 1
        self.books.rows["A"] += len(a.entries) if a else 0
        self.books.rows["B"] += len(b.entries) if b else 0

    def figures(self) -> list[tuple[Figure | None, Figure | None]]:
        """The measures of both, by name; None where one was not measured."""
        a, b = ({one.name: one for one in read_figures(one.folder)} for one in (self.a, self.b))
        return [(a.get(name), b.get(name)) for name in dict.fromkeys([*a, *b])]


def failures(dataset: Dataset) -> Failed:
    """The stage and the error of each video that failed; a release does not say."""
    path = dataset.folder / FAILURES
    rows = (row for _, row in json_lines(path)) if path.is_file() else ()
    return {str(row.get("video")): (str(row.get("stage")), str(row.get("error"))) for row in rows}
