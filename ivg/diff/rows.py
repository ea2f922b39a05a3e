"""Which row of one dataset is which row of the other, within one video."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from ivg.dataset import FIELDS, Row
from ivg.diff.sides import Entry, VideoSide

SAME_PLACE = 0.5
"""Intersection over union above which another sentence is the same annotation, said otherwise."""


@dataclass
class Matched:
    """The rows of one video.

    Attributes:
        same: Rows that are alike in every field.
        changed: Pairs that are one annotation.
        removed: Only in A.
        added: Only in B.
    """

    same: int = 0
    changed: list[tuple[Entry, Entry]] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    added: list[Entry] = field(default_factory=list)


def match(a: VideoSide | None, b: VideoSide | None) -> Matched:
    """Pair the rows of a video: alike first, then by sentence and time, then by time alone.

    One annotation keeps its sentence and overlaps (the more, the sooner it is taken); or it has
    another sentence, by the same captioner, at nearly the same time, and neither sentence was said
    there in the other dataset. What a reviewer edited goes by the sentence before. The order of A
    and B makes no difference.
    """
    found = Matched(removed=list(a.entries) if a else [], added=list(b.entries) if b else [])
    if a is None or b is None:
        return found
    for alike in (every_field_and_captioner, every_field):
        found.same += len(take(found, exactly(found.removed, found.added, alike)))
    found.changed += take(found, exactly(found.removed, found.added, place_and_sentence))
    found.changed += take(found, best(found.removed, found.added, sentence, 0.0))
    unsaid = [one for one in found.removed if not was_said(one, b)]
    new = [one for one in found.added if not was_said(one, a)]
    found.changed += take(found, best(unsaid, new, captioner, SAME_PLACE))
    return found


Pairs = list[tuple[Entry, Entry]]


def take(found: Matched, pairs: Pairs) -> Pairs:
    """Take pairs out of what is left."""
    gone = {id(one) for pair in pairs for one in pair}
    found.removed = [one for one in found.removed if id(one) not in gone]
    found.added = [one for one in found.added if id(one) not in gone]
    return pairs


def every_field(entry: Entry) -> Hashable:
    """All that the dataset says."""
    return tuple(entry.row[name] for name in FIELDS)


def every_field_and_captioner(entry: Entry) -> Hashable:
    """Who says it, too: of an ensemble several may say the same."""
    return captioner(entry), every_field(entry)


def place_and_sentence(entry: Entry) -> Hashable:
    """Start, end and sentence."""
    return entry.row["start_sec"], entry.row["end_sec"], *sentence(entry)


def sentence(entry: Entry) -> tuple[str, str]:
    """Who says what, before a reviewer edited it."""
    return captioner(entry), entry.said


def captioner(entry: Entry) -> str:
    """Who says it; empty where there is one captioner only."""
    return str(entry.lineage.get("captioner") or "")


def exactly(a: Sequence[Entry], b: Sequence[Entry], key: Callable[[Entry], Hashable]) -> Pairs:
    """Pairs with one key, in order."""
    waiting: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in reversed(b):
        waiting[key(entry)].append(entry)
    return [(entry, waiting[key(entry)].pop()) for entry in a if waiting.get(key(entry))]


def best(
    a: Sequence[Entry], b: Sequence[Entry], key: Callable[[Entry], Hashable], least: float
) -> Pairs:
    """Pairs with one key that overlap by more than `least`, greedily from the best one down."""
    theirs: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in b:
        theirs[key(entry)].append(entry)
    ours: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in a:
        ours[key(entry)].append(entry)
    return [
        pair
        for one, entries in ours.items()
        if one in theirs
        for pair in greedy(by_start(entries), by_start(theirs[one]), least)
    ]


def by_start(entries: list[Entry]) -> list[Entry]:
    """Sorted by time, so that the place of a row is the same from either side."""
    return sorted(entries, key=lambda entry: (entry.row["start_sec"], entry.row["end_sec"]))


def greedy(a: Sequence[Entry], b: Sequence[Entry], least: float) -> Iterator[tuple[Entry, Entry]]:
    """The best pairs, each row in one.

    Of equal overlaps those at closer places come first: no two with a row in common are equal then,
    so the pairs are the same whichever side is A.
    """
    free_a, free_b = set(range(len(a))), set(range(len(b)))
    ranked = sorted((-share, abs(i - j), i + j, i, j) for share, i, j in overlaps(a, b, least))
    for *_, i, j in ranked:
        if i in free_a and j in free_b:
            free_a.remove(i)
            free_b.remove(j)
            yield a[i], b[j]


def overlaps(
    a: Sequence[Entry], b: Sequence[Entry], least: float
) -> Iterator[tuple[float, int, int]]:
    """Pairs of places with more than `least` intersection over union."""
    starts = [entry.row["start_sec"] for entry in b]
    longest = max((entry.row["end_sec"] - entry.row["start_sec"] for entry in b), default=0.0)
    for i, entry in enumerate(a):
        first = bisect_left(starts, entry.row["start_sec"] - longest)
        last = bisect_right(starts, entry.row["end_sec"])
        for j in range(first, last):
            share = iou(entry.row, b[j].row)
            if share > least:
                yield share, i, j


def iou(one: Row, other: Row) -> float:
    """Intersection over union of two rows in time, from 0 to 1."""
    start, end = max(one["start_sec"], other["start_sec"]), min(one["end_sec"], other["end_sec"])
    whole = max(one["end_sec"], other["end_sec"]) - min(one["start_sec"], other["start_sec"])
    return max(0.0, end - start) / whole if whole > 0 else 0.0


def was_said(entry: Entry, other: VideoSide) -> bool:
    """Whether the other dataset has the sentence there too, among its captions at least."""
    return any(iou(entry.row, caption) > 0 for caption in other.said[sentence(entry)])
