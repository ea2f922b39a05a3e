"""The Parquet parts of a stored table: one row a video."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ivg.errors import StoreError
from ivg.files import whole_file
from ivg.schema import BOOKS, COLUMNS, schema
from ivg.stage import Outcome, Processed, Tally

BOOKS_COLUMNS = tuple(BOOKS)


@dataclass(frozen=True)
class Place:
    """Where a video's row is: part, row group, and row in the group."""

    part: Path
    group: int
    row: int


@contextmanager
def naming(part: Path) -> Iterator[None]:
    """Turn what Arrow says of damaged bytes into an error that names the part."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{part}: damaged ({error}); delete it and run again") from error


def opened(part: Path) -> pq.ParquetFile:
    """A part, opened.

    Raises:
        FileNotFoundError: It is gone: another process has packed it.
        StoreError: It is no Parquet file; it is safe to delete, its videos are computed again.
    """
    with naming(part):
        return pq.ParquetFile(part)


def read_rows(file: pq.ParquetFile, part: Path, group: int, fields: Iterable[str]) -> pa.Table:
    """One row group: the books and `fields`.

    Raises:
        StoreError: The part is damaged.
    """
    with naming(part):
        return file.read_row_group(group, [*BOOKS_COLUMNS, *fields])


def places(file: pq.ParquetFile, part: Path) -> Iterator[tuple[str, Place]]:
    """The videos in a part, each with its place."""
    groups = range(file.metadata.num_row_groups)
    rows = ((g, r) for g in groups for r in range(file.metadata.row_group(g).num_rows))
    with naming(part):
        videos = file.read(["video_id"])["video_id"].to_pylist()
    for video, (group, row) in zip(videos, rows, strict=True):
        yield video, Place(part, group, row)


def write_part(part: Path, rows: pa.Table, rows_per_group: int) -> None:
    """Write one part whole."""
    with whole_file(part) as temporary:
        pq.write_table(rows, temporary, row_group_size=rows_per_group, compression="zstd")


def encode_row(done: Processed, fields: tuple[str, ...]) -> pa.Table:
    """The record as a table of one row."""
    outcome = done.outcome
    tallies = [asdict(tally) for tally in outcome.tallies] if outcome else []
    found: Mapping[str, Any] = outcome.fields if outcome else {}
    row = {
        "video_id": done.video_id,
        "status": done.status,
        "reason": done.reason,
        "seconds": done.seconds,
        "tallies": json.dumps(tallies),
        **{name: COLUMNS[name].encode(value) for name, value in found.items()},
    }
    return pa.Table.from_pylist([row], schema(fields))


def decode_row(rows: pa.Table, index: int, fields: Iterable[str]) -> Processed:
    """A stored row as the record that was stored, with only `fields` filled."""
    books = {name: rows[name][index].as_py() for name in BOOKS_COLUMNS}
    outcome = None
    if books["status"] == "out":
        tallies = tuple(Tally(**tally) for tally in json.loads(books["tallies"]))
        outcome = Outcome(
            {name: COLUMNS[name].decode(rows[name][index]) for name in fields}, tallies
        )
    return Processed(books["video_id"], books["status"], books["seconds"], outcome, books["reason"])
