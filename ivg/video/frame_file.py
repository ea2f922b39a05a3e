"""The file that holds the frames of one video, and how it is read; see `ivg.video.frames`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from ivg import remote

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from ivg.sealed import SealedWriter

COPIES = 2
FRAMES_PER_GROUP = 4
"""Frames in a Parquet row group, the least that one read fetches."""


class FrameFile:
    """Writes the frames of one video to a file, a row group at a time."""

    def __init__(self, path: Path, ascending: bool = True) -> None:
        """Name the file, which is begun on entering; `ascending` leaves out what isn't later."""
        self.path = path
        self.ascending = ascending
        self.rows: list[tuple[float, bytes]] = []
        self.last = -math.inf

    def __enter__(self) -> FrameFile:
        import pyarrow as pa

        from ivg.sealed import SealedWriter

        schema = pa.schema({"time_sec": pa.float64(), "jpeg": pa.binary()})
        self.writer: SealedWriter = SealedWriter(
            self.path, schema, compression="none", use_dictionary=False, write_statistics=False
        ).__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # what comes of a file that is given up must not hide why it is
        with ExitStack() if kind is None else suppress(OSError, ValueError):
            try:
                if kind is None:
                    self._flush()
            finally:
                self.writer.__exit__(kind, error, at)

    def add(self, time: float, jpeg: bytes) -> None:
        """The next frame."""
        if self.ascending and time <= self.last:  # timestamps ran backwards
            return
        self.last = time
        self.rows.append((time, jpeg))
        if len(self.rows) == FRAMES_PER_GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self.rows:
            times, jpegs = zip(*self.rows, strict=True)
            table = pa.table({"time_sec": times, "jpeg": jpegs}, self.writer.schema)
            self.writer.write(table, FRAMES_PER_GROUP)
            self.rows = []


@dataclass(frozen=True)
class Shelf:
    """The frames of one video through one open file; none where nothing readable is.

    Attributes:
        path: Its path, for messages.
        file: The open file.
        times: Of its frames, in its order.
    """

    path: Path
    file: pq.ParquetFile | None
    times: Sequence[float]

    def frames(self, times: Sequence[float]) -> Iterator[tuple[float, bytes]]:
        """Time and JPEG of frames that are there, in the order asked, a few read at a time.

        Raises:
            DamagedError: The file is not as it was written.
        """
        from ivg.parts import naming

        place = {time: index for index, time in enumerate(self.times)}
        for start in range(0, len(times), FRAMES_PER_GROUP):
            some = times[start : start + FRAMES_PER_GROUP]
            with naming(self.path):
                found = read_groups(self.file, [place[time] for time in some])
            yield from ((time, found[place[time]]) for time in some)


NOTHING = Shelf(Path(), None, ())


@lru_cache(COPIES)
def copy_of(path: Path) -> BinaryIO:
    """A copy of a remote file, for the next reads too: a stage reads a few frames at a time.

    Raises:
        FileNotFoundError: It isn't there.
        StoreError: The store does not answer.
    """
    with remote.fetched(path) as file:
        return open(os.dup(file.fileno()), "rb", buffering=0)  # noqa: PTH123 - no path any more


@contextmanager
def opened(path: Path, whole: bool = False) -> Iterator[pq.ParquetFile]:
    """A file of frames, checked as it is read; `whole`: all of it at once.

    Raises:
        FileNotFoundError: It isn't there.
        DamagedError: It is not as it was written.
    """
    import pyarrow.parquet as pq

    from ivg.checked import over
    from ivg.parts import naming

    with ExitStack() as leaving, naming(path):
        if remote.is_remote(path) and whole:
            file = leaving.enter_context(remote.fetched(path))
        elif remote.is_remote(path):
            file = copy_of(path)
        else:
            file = leaving.enter_context(path.open("rb", buffering=0))
        checked = over(file)
        if whole:
            checked.check()
        yield pq.ParquetFile(checked, pre_buffer=False)


def read_groups(file: pq.ParquetFile, indices: Sequence[int]) -> dict[int, bytes]:
    """The JPEGs of some rows, by row."""
    groups = sorted({index // FRAMES_PER_GROUP for index in indices})
    read = file.read_row_groups(groups, columns=["jpeg"], use_threads=False)
    column = read.column("jpeg")
    row_of = {group: row * FRAMES_PER_GROUP for row, group in enumerate(groups)}
    return {
        index: column[row_of[index // FRAMES_PER_GROUP] + index % FRAMES_PER_GROUP].as_py()
        for index in indices
    }
