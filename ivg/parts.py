"""The Parquet parts of a stored table: one row a video.

A part of many heavy rows has a companion, `light-<name>`, with the same rows and only their light
columns: what a resume reads of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ivg.checked import CheckedFile, checked
from ivg.errors import DamagedError, StoreError
from ivg.files import whole_file
from ivg.schema import BOOKS, COLUMNS, schema
from ivg.sealed import SealedWriter
from ivg.stage import Outcome, Processed, Tally

BOOKS_COLUMNS = tuple(BOOKS)
LIGHT = "light-"

Ids = npt.NDArray[np.bytes_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it is known without opening it.

    Attributes:
        path: Of the file.
        size: In bytes.
        light: Bytes of its companion; 0 where it has none.
    """

    path: Path
    size: int
    light: int = 0

    @property
    def light_path(self) -> Path:
        """Of its companion."""
        return self.path.with_name(LIGHT + self.path.name)

    @property
    def lighter(self) -> Part:
        """The companion as a part of its own; where there is none, the part itself."""
        return Part(self.light_path, self.light) if self.light else self


class Opened:
    """A part, opened; everything that is read of it is checked.

    Attributes:
        starts: The first row of each row group, and last the number of rows.
    """

    def __init__(self, part: Part) -> None:
        """Read the footer.

        Raises:
            FileNotFoundError: It is gone: another process has packed it.
            DamagedError: It is not as it was written.
        """
        self.path = part.path
        with naming(part.path):
            self.bytes: CheckedFile = checked(part.path, part.size)
            self._file = pq.ParquetFile(self.bytes, pre_buffer=False)
            found = self._file.metadata
            groups = [found.row_group(i).num_rows for i in range(found.num_row_groups)]
        self.starts: Numbers = np.concatenate([[0], np.cumsum(groups, dtype=np.int64)])

    def group(self, number: int, columns: Sequence[str]) -> pa.Table:
        """The columns of one row group.

        Raises:
            DamagedError: It is not as it was written.
        """
        with naming(self.path):
            return self._file.read_row_group(number, list(columns), use_threads=False)

    def whole_groups(self, tell: Callable[[Exception], None]) -> Iterator[tuple[int, pa.Table]]:
        """First row and rows of each group that is as it was written; `tell` hears of others."""
        for number, start in enumerate(self.starts[:-1]):
            try:
                table = self.group(number, self._file.schema_arrow.names)
            except DamagedError as error:
                tell(error)
            else:
                yield int(start), table

    def ids(self) -> Ids:
        """The videos of all rows.

        Raises:
            DamagedError: It is not as it was written.
        """
        with naming(self.path):
            read = self._file.read(["video_id"], use_threads=False)
            return as_bytes(read["video_id"].combine_chunks())

    def dropped(self) -> Ids:
        """The videos of the rows that are not out of the stage.

        Raises:
            DamagedError: It is not as it was written.
        """
        with naming(self.path):
            read = self._file.read(["video_id", "status"], use_threads=False)
            gone = read.filter(pc.not_equal(read["status"], "out"))
            return as_bytes(gone["video_id"].combine_chunks())

    def check(self) -> None:
        """Read every byte once.

        Raises:
            DamagedError: It is not as it was written.
        """
        with naming(self.path):
            self.bytes.check()


def as_bytes(ids: pa.StringArray) -> Ids:
    """Ids as numpy bytes of equal width, without a Python object for each."""
    lengths = pc.binary_length(ids)
    low, high = (pc.min_max(lengths)[name].as_py() for name in ("min", "max"))
    if low is None or low != high or low == 0 or ids.null_count:
        return np.array([str(one).encode() for one in ids.to_pylist()], np.bytes_)
    _, offsets, values = ids.buffers()
    begin = int(np.frombuffer(offsets, np.int32)[ids.offset])
    return np.frombuffer(values, f"S{low}", len(ids), begin)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn what is said of damaged bytes into an error that names the file.

    Raises:
        DamagedError: The file is not as it was written.
        StoreError: It may be, but the machine does not read it.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except DamagedError as error:
        raise DamagedError(f"{path}: damaged ({error})") from error
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise StoreError(f"{path}: can't be read now ({error}); run again") from error
        raise DamagedError(f"{path}: damaged ({error})") from error


def write_part(path: Path, rows: pa.Table, rows_per_group: int) -> int:
    """Write one part whole; its size in bytes.

    Raises:
        OSError: It can't be written.
        StoreError: The remote store does not take it.
    """
    with whole_file(path) as temporary:
        with SealedWriter(temporary, rows.schema, compression="zstd") as writer:
            writer.write(rows, rows_per_group)
        return temporary.stat().st_size


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
    return next(decode_rows(rows, [index], fields))


def decode_rows(
    rows: pa.Table, indices: Sequence[int], fields: Iterable[str]
) -> Iterator[Processed]:
    """Stored rows as the records that were stored, with only `fields` filled."""
    taken = rows if len(indices) == len(rows) else rows.take(pa.array(indices, pa.int64()))
    taken = taken.combine_chunks()
    names = list(fields)
    books = zip(*(taken[name].to_pylist() for name in BOOKS_COLUMNS), strict=True)
    columns = (COLUMNS[name].decode(taken[name].combine_chunks()) for name in names)
    values = zip(*columns, strict=True) if names else repeat((), len(taken))
    for (video, status, reason, seconds, tallies), found in zip(books, values, strict=True):
        outcome = None
        if status == "out":
            outcome = Outcome(dict(zip(names, found, strict=True)), _tallies(tallies))
        yield Processed(video, status, seconds, outcome, reason)


@lru_cache(1024)
def _tallies(text: str) -> tuple[Tally, ...]:
    return tuple(Tally(**tally) for tally in json.loads(text))
