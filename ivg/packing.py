"""Join small parts into bigger ones of about one size in bytes, a few rows in memory at a time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from ivg.files import whole_file
from ivg.parts import Ids, Part, as_bytes
from ivg.records import HEAVY
from ivg.roll import PACKED
from ivg.schema import schema
from ivg.sealed import SealedWriter

ROWS_PER_GROUP = 1024
HEAVY_GROUP_BYTES = 256 * 2**10
"""Rows with heavy fields share a row group up to so many bytes, not compressed: a group a row
would make the footer of a part of many small rows bigger than what it holds."""
BATCH_BYTES = 8 * 2**20
"""Rows of so many bytes, not compressed, are written at a time."""
NUMBER = re.compile(re.escape(PACKED) + r"(\d{20})-")


@dataclass(frozen=True)
class Layout:
    """How the rows of a table lie in its parts."""

    fields: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        """Of every part."""
        return schema(self.fields)

    @property
    def light(self) -> Layout:
        """Of companions: the columns that a resume reads."""
        return Layout(tuple(name for name in self.fields if name not in HEAVY))

    @property
    def is_heavy(self) -> bool:
        """Whether a resume leaves out columns; packed parts have companions then."""
        return bool(HEAVY & set(self.fields))

    def rows_per_group(self, rows: pa.Table) -> int:
        """A row group is read whole, and heavy fields one video at a time."""
        if not self.is_heavy:
            return ROWS_PER_GROUP
        return min(ROWS_PER_GROUP, 1 + int(HEAVY_GROUP_BYTES * len(rows) / rows.nbytes))


@dataclass
class Packed:
    """A part that was written, and the videos of its rows."""

    part: Part
    ids: list[Ids] = field(default_factory=list)

    @property
    def videos(self) -> Iterator[str]:
        """The videos of its rows, in their order."""
        return (one.decode() for some in self.ids for one in some.tolist())


def write_packed(
    folder: Path, layout: Layout, rows: Iterable[pa.Table], target: int, after: Sequence[Part]
) -> Iterator[Packed]:
    """Write rows into parts of about `target` bytes; each is given when it is written.

    Args:
        folder: Of the table.
        layout: Of the table.
        rows: In their order, any number in each table.
        target: Bytes of a part; it has at most `BATCH_BYTES` of rows more.
        after: Parts that the new ones must be newer than.
    """
    left = batches(rows)
    batch = next(left, None)
    newest = max((number_of(part) for part in after), default=0)
    while batch is not None:
        newest = max(newest + 1, time.time_ns())  # a clock may be set back
        name = f"{PACKED}{newest:020}-{uuid4().hex[:8]}.parquet"
        packed, batch = _write_one(folder / name, layout, batch, left, target)
        yield packed


def _write_one(
    path: Path, layout: Layout, batch: pa.Table | None, left: Iterator[pa.Table], target: int
) -> tuple[Packed, pa.Table | None]:
    """Write one part and its companion, and give what is left of the rows."""
    ids: list[Ids] = []
    with (
        ExitStack() as files
    ):  # left in the other order: a part is never there before its companion
        main = files.enter_context(whole_file(path))
        wanted = [(main, layout)]
        if layout.is_heavy:
            beside = files.enter_context(whole_file(Part(path, 0).light_path))
            wanted.append((beside, layout.light))
        with ExitStack() as writers:
            opened = [
                (writers.enter_context(SealedWriter(file, its.schema, compression="zstd")), its)
                for file, its in wanted
            ]
            while batch is not None and opened[0][0].size < target:
                for writer, its in opened:
                    writer.write(batch.select(its.schema.names), its.rows_per_group(batch))
                ids.append(as_bytes(batch["video_id"].combine_chunks()))
                batch = next(left, None)
        sizes = [file.stat().st_size for file, _ in wanted]
    return Packed(Part(path, *sizes), ids), batch


def batches(rows: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in tables of a row group, or fewer where they are heavy."""
    waiting: list[pa.Table] = []
    count = size = 0
    for table in rows:
        waiting.append(table)
        count, size = count + len(table), size + table.nbytes
        if count >= ROWS_PER_GROUP or size > BATCH_BYTES:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting, count, size = [], 0, 0
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


def number_of(part: Part) -> int:
    """When a packed part was written, in nanoseconds; 0 for others."""
    found = NUMBER.match(part.path.name)
    return int(found[1]) if found else 0


def worth_joining(parts: Sequence[Part], target: int) -> list[Part]:
    """The newest parts that are worth writing again, so that few remain and each is written seldom.

    All loose rows, and packed parts from the newest on, each at most twice as big as what is to be
    joined already: a row is written a logarithmic number of times.
    """
    chosen = [part for part in parts if not number_of(part)]
    size = sum(part.size for part in chosen)
    for part in reversed([part for part in parts if number_of(part)]):
        if part.size > 2 * size or size + part.size > target:
            break
        chosen.insert(0, part)
        size += part.size
    return chosen
