"""One part of an export: the rows of a split, where they go, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Protocol, TypeVar

from ivg.dataset import FIELDS, Dataset
from ivg.errors import DatasetError
from ivg.formats.books import Books, CannotHoldError, Row
from ivg.formats.names import Ids
from ivg.formats.videos import Videos
from ivg.release.layout import table_path
from ivg.release.split_names import SplitNames, split_names
from ivg.shown import shown
from ivg.stages.export import FINAL

WHOLE = "all"
"""The name of the one part of a run."""

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """A split of a release, or a run as a whole.

    Attributes:
        name: `train`, `validation`, `test`, or `all`.
        dataset: Whose rows these are.
        source: The rows, uncounted.
        folder: Where files go.
        ids: The ids of videos, of all parts.
        videos: Their files.
        books: Of this part.
    """

    name: str
    dataset: Dataset
    source: Iterable[Row]
    folder: Path
    ids: Ids
    videos: Videos
    books: Books = field(default_factory=Books)

    def file(self, ending: str) -> Path:
        """The part's file."""
        return self.folder / f"{self.name}{ending}"

    def room(self) -> Path:
        """The part's folder, for formats of many files: of a run, the export's own."""
        room = self.folder if self.name == WHOLE else self.folder / self.name
        room.mkdir(exist_ok=True)
        return room

    def rows(self) -> Iterator[Row]:
        """The rows, counted."""
        for row in self.source:
            self.books.rows += 1
            yield row

    def entries(self, make: Callable[[Row], T]) -> Iterator[T]:
        """What is made of each row; rows that can't be held are counted."""
        for row in self.rows():
            yield from self.held([row], partial(make, row))

    def held(self, rows: Sequence[Row], make: Callable[[], T]) -> Iterator[T]:
        """What is made of some rows together, or nothing."""
        try:
            made = make()
        except CannotHoldError as error:
            self.books.leave_out(str(error), rows)
        else:
            self.books.written += len(rows)
            yield made

    def by_video(self) -> Iterator[tuple[str, list[Row]]]:
        """Each video with its rows.

        Raises:
            DatasetError: The rows of a video don't stand together.
        """
        seen: set[str] = set()
        for video, rows in groupby(self.rows(), lambda row: str(row["video"])):
            if video in seen:
                raise DatasetError(f"the rows of {shown(video)} don't stand together; sort them")
            seen.add(video)
            yield video, list(rows)


class Format(Protocol):
    """How rows become files. Built cheaply; one object writes all parts of one export."""

    def write(self, part: Part) -> None:
        """Write the files of a part.

        Raises:
            IvgError: The export can't go on; what it wrote is thrown away.
        """
        ...


def splits(dataset: Dataset) -> Iterator[tuple[str, Iterator[Row]]]:
    """The parts of a dataset with their rows.

    Raises:
        DatasetError: A file is broken.
    """
    if dataset.kind == "run":
        yield WHOLE, ({name: row[name] for name in FIELDS} for row in dataset.rows())
        return
    names = split_names(dataset)
    for name in names.n_rows:
        yield name, split_rows(dataset, names, name)


def split_rows(dataset: Dataset, names: SplitNames, split: str) -> Iterator[Row]:
    """The rows of a split of a release, with names as the books beside them have them.

    Parquet spells names that are no valid Unicode in another way, so that it only tells the split.

    Raises:
        DatasetError: `final_dataset.jsonl` is broken, or does not go with the Parquet files.
    """
    found = 0
    for row in dataset.rows():
        video = str(row["video"])
        its_split = names.of(video)
        if its_split is None:
            raise DatasetError(f"{dataset.folder}: no split has {shown(video)} of {FINAL}")
        if its_split == split:
            found += 1
            yield {name: row[name] for name in FIELDS}
    if found != names.n_rows[split]:
        raise DatasetError(
            f"{dataset.folder}: {FINAL} has {found} rows of the videos of {split}, "
            f"{table_path(split)} has {names.n_rows[split]}"
        )
