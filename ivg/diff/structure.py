"""Where the scenes and segments of a video differ between two datasets."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from operator import itemgetter
from typing import Any

from ivg.diff.configs import Made
from ivg.diff.sides import Label, VideoSide

SHOWN = 2
TOLERANCE_SECS = 0.0015
"""Times are rounded to a millisecond: two that were one differ by no more."""

Span = Sequence[Any]
"""Start and end, seconds, and whatever follows."""


@dataclass(frozen=True)
class Reason:
    """Why a row is not as it was.

    Attributes:
        stage: The first one that went another way.
        what: What it did, in words that many rows share.
        detail: The values of this row.
    """

    stage: str
    what: str
    detail: str


@dataclass(frozen=True)
class Compared:
    """What is known of the two ways in which the data were made.

    Attributes:
        here: Of the dataset that has the row.
        there: Of the other one.
        label: Of the other one.
        changes: Fields that differ by stage; A's value stands first, whichever is `here`.
    """

    here: Made
    there: Made
    label: Label
    changes: dict[str, list[str]]

    @property
    def own_label(self) -> Label:
        """Of the dataset that has the row."""
        return "A" if self.label == "B" else "B"

    def swapped(self) -> Compared:
        """The same, seen from the other dataset."""
        return replace(self, here=self.there, there=self.here, label=self.own_label)

    def because(self, *stages: str) -> str:
        """` (rule.threshold: 0.66 -> 0.6)`, or nothing if no config of the stages differs."""
        lines = [line for stage in stages for line in self.changes.get(stage, [])]
        if not lines:
            return ""
        more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        return f" ({'; '.join(lines[:SHOWN])}{more})"


def built_otherwise(
    here: VideoSide, there: VideoSide, start: float, end: float, compared: Compared
) -> Reason | None:
    """The first difference in how `[start, end]` was cut and merged; None where there is none."""
    return cut_otherwise(here, there, start, end, compared) or merged_otherwise(
        here, there, start, end, compared
    )


def cut_otherwise(
    here: VideoSide, there: VideoSide, start: float, end: float, compared: Compared
) -> Reason | None:
    """Whether other scenes lie there."""
    ours, theirs = (within(one.record["scenes"], start, end) for one in (here, there))
    ours, theirs = apart(ours, theirs)
    if not (ours or theirs):
        return None
    detail = f"{in_words(ours)} s: in {compared.label} the scenes are {in_words(theirs)}"
    return Reason("split", f"cut into other scenes{compared.because('scan', 'split')}", detail)


def merged_otherwise(
    here: VideoSide, there: VideoSide, start: float, end: float, compared: Compared
) -> Reason | None:
    """Whether the same scenes make other segments there."""
    ours, theirs = (within(one.record["segments"], start, end) for one in (here, there))
    ours, theirs = apart(ours, theirs)
    if not (ours or theirs):
        return None
    first, last = (ours or theirs)[0][2], (ours or theirs)[-1][3]
    scenes = f"scene {first}" if first == last else f"scenes {first}-{last}"
    detail = f"{scenes}: {in_words(ours)} s, in {compared.label} {in_words(theirs)}"
    stage = "embed" if likeness_alone(compared) else "merge"
    what = f"merged into other segments{compared.because('embed', 'merge')}"
    return Reason(stage, what, detail)


def likeness_alone(compared: Compared) -> bool:
    """Whether the merge is done in one way and only what it reads differs."""
    return "embed" in compared.changes and "merge" not in compared.changes


def with_likeness(reason: Reason, lineage: Mapping[str, Any]) -> Reason:
    """The reason, with how alike the row's scenes are to each other and to those beside them."""
    if reason.stage not in ("merge", "embed"):
        return reason
    known = {"within": lineage.get("scene_sims") or None}
    known |= {"before": lineage.get("sim_before"), "after": lineage.get("sim_after")}
    told = ", ".join(f"{where} {value}" for where, value in known.items() if value is not None)
    return replace(reason, detail=f"{reason.detail}; likeness {told}") if told else reason


def within(spans: Sequence[Span], start: float, end: float) -> Sequence[Span]:
    """The spans that overlap `[start, end]`; they are sorted and lie apart."""
    first = bisect_right(spans, start + TOLERANCE_SECS, key=itemgetter(1))
    return spans[first : bisect_left(spans, end - TOLERANCE_SECS, key=itemgetter(0))]


def apart(ours: Sequence[Span], theirs: Sequence[Span]) -> tuple[Sequence[Span], Sequence[Span]]:
    """Both lists without what is alike at their starts and at their ends; empty if all is."""
    n_first = n_alike(ours, theirs)
    ours, theirs = ours[n_first:], theirs[n_first:]
    n_last = n_alike(ours[::-1], theirs[::-1])
    return ours[: len(ours) - n_last], theirs[: len(theirs) - n_last]


def n_alike(ours: Sequence[Span], theirs: Sequence[Span]) -> int:
    """How many spans from the first on have the same times."""
    pairs = zip(ours, theirs, strict=False)
    same = (abs(a[0] - b[0]) <= TOLERANCE_SECS >= abs(a[1] - b[1]) for a, b in pairs)
    return sum(1 for _ in takewhile(bool, same))


def in_words(spans: Sequence[Span], most: int = 4) -> str:
    """`19.80-23.80, 23.80-26.80`."""
    words = ", ".join(f"{one[0]:.2f}-{one[1]:.2f}" for one in spans[:most])
    more = f" and {len(spans) - most} more" if len(spans) > most else ""
    return f"{words}{more}" if words else "none"
