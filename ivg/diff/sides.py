"""Two datasets read side by side, a video at a time."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, zip_longest
from typing import Any, Literal

from ivg.dataset import Dataset, Row
from ivg.errors import DatasetError
from ivg.stages.export import FINAL
from ivg.stages.lineage import LINEAGE, VIDEOS

Label = Literal["A", "B"]
KNOWN = {"video": str, "video_id": str, "scenes": list, "segments": list, "captions": list}
SECONDS = ("duration", "start_sec", "end_sec", "neg_start_sec", "neg_end_sec")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row and how it came about.

    Attributes:
        row: As published.
        lineage: See `ivg.lineage.row_lineage`.
        before: The captioner's text where a reviewer wrote another one.
    """

    row: Row
    lineage: Row
    before: str | None = None

    @property
    def said(self) -> str:
        """What the captioner said, before any edit."""
        return str(self.row["caption"]) if self.before is None else self.before


@dataclass(frozen=True)
class VideoSide:
    """One video as one dataset knows it.

    Attributes:
        label: Which dataset.
        record: Scenes, segments and captions; see `ivg.lineage.video_record`.
        entries: Its rows, in order; perhaps none.
    """

    label: Label
    record: Row
    entries: list[Entry]

    @property
    def name(self) -> str:
        """As the rows call it."""
        return str(self.record["video"])

    @property
    def id(self) -> str:
        """Of its content."""
        return str(self.record["video_id"])

    @cached_property
    def said(self) -> Mapping[tuple[str, str], list[Row]]:
        """Captions by captioner and text."""
        return by_key(self.record["captions"], "captioner", "caption")

    @cached_property
    def said_of(self) -> Mapping[tuple[Any, ...], list[Row]]:
        """Captions by captioner, start and end."""
        return by_key(self.record["captions"], "captioner", "start_sec", "end_sec")


def by_key(rows: list[Row], *fields: str) -> Mapping[Any, list[Row]]:
    """Rows by the values of some fields; a key that none has gives an empty list."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row.get(field) for field in fields)].append(row)
    return found


def video_sides(dataset: Dataset, label: Label) -> Iterator[VideoSide]:
    """The videos of a dataset in its order, each with its rows; holds one at a time.

    Raises:
        DatasetError: The three files don't fit together, or one is missing or broken.
    """
    groups = groupby(entries_of(dataset), key=lambda entry: entry.row["video"])
    name, entries = next(groups, (None, iter(())))
    for record in dataset.videos():
        check_record(record, dataset)
        if record["video"] != name:
            yield VideoSide(label, record, [])
            continue
        yield VideoSide(label, record, [unedited(one, record, dataset) for one in entries])
        name, entries = next(groups, (None, iter(())))
    if name is not None:
        raise DatasetError(
            f"{dataset.folder}: {VIDEOS} does not have {name!r} where {FINAL} has its rows"
        )


def entries_of(dataset: Dataset) -> Iterator[Entry]:
    """Rows with their lineage.

    Raises:
        DatasetError: There is not one line of lineage for each row.
    """
    for number, (row, lineage) in enumerate(zip_longest(dataset.rows(), dataset.lineage()), 1):
        if row is None or lineage is None:
            raise DatasetError(
                f"{dataset.folder}: {LINEAGE} and {FINAL} differ in length: line {number}"
            )
        if not all(isinstance(row[name], int | float) for name in SECONDS):
            raise DatasetError(f"{dataset.folder / FINAL}:{number}: a time is no number")
        yield Entry(row, lineage)


def unedited(entry: Entry, record: Row, dataset: Dataset) -> Entry:
    """The row with its text before a reviewer edited it, if one did.

    Raises:
        DatasetError: Its lineage names a caption that the video does not have.
    """
    if not entry.lineage.get("edited"):
        return entry
    place, captions = entry.lineage.get("caption_index"), record["captions"]
    if not isinstance(place, int) or not 0 <= place < len(captions):
        raise DatasetError(f"{dataset.folder / LINEAGE}: an edited row of {record['video']!r} is "
                           f"of caption {place!r}; the video has {len(captions)}")  # fmt: skip
    return replace(entry, before=str(captions[place]["caption"]))


def check_record(record: Row, dataset: Dataset) -> None:
    """Refuse a line of `videos.jsonl` that lacks what is compared.

    Raises:
        DatasetError: The message names the field.
    """
    for name, kind in KNOWN.items():
        if not isinstance(record.get(name), kind):
            raise DatasetError(f"{dataset.folder / VIDEOS}: a line has no {name!r} that is a list"
                               " or text, as it should be")  # fmt: skip


Both = tuple[VideoSide | None, VideoSide | None]


def paired(a: Dataset, b: Dataset) -> Iterator[Both]:
    """Each video of either dataset once, with its other side where there is one.

    Videos are paired by content, wherever they are called otherwise; then by name. Sorted by name,
    as the files are, partners come one after the other: little is held at a time.
    """
    ids = a.ids(), b.ids()
    shared = set(ids[0].values()) & set(ids[1].values())
    waiting: dict[tuple[str, str], VideoSide] = {}
    sides = (video_sides(a, "A"), video_sides(b, "B"))
    for side in heapq.merge(*sides, key=lambda one: one.name):
        key = ("id", side.id) if side.id in shared else ("name", side.name)
        other = waiting.get(key)
        if other is None:
            waiting[key] = side
        elif other.label == side.label:
            raise DatasetError(f"{key[1]!r} is there twice in {side.label}")
        else:
            del waiting[key]
            yield (other, side) if side.label == "B" else (side, other)
    for side in waiting.values():
        yield (side, None) if side.label == "A" else (None, side)
