"""One part of an export: the rows of a split, where they go, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Protocol, TypeVar

from ivg.dataset import FIELDS, SPLITS, Dataset
from ivg.errors import DatasetError
from ivg.formats.books import Books, CannotHoldError, Row
from ivg.formats.names import Ids
from ivg.formats.videos import Videos
from ivg.shown import shown

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
    for name in SPLITS:
        path = dataset.folder / "data" / f"{name}.parquet"
        if path.is_file():
            yield name, split_rows(path)


def split_rows(path: Path) -> Iterator[Row]:
    """The rows of a split of a release, some at a time.

    Raises:
        DatasetError: The file can't be read, or lacks a field.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in FIELDS if name not in file.schema_arrow.names]
            if missing:
                raise DatasetError(f"{path}: there is no column {missing[0]!r}")
            for batch in file.iter_batches(columns=list(FIELDS)):
                yield from batch.select(FIELDS).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{path} can't be read: {error}") from error
