"""Parquet files that notice damage anywhere in them, and that any reader of Parquet can read.

A seal stands in the key-value metadata of the footer: a CRC-32 of each 64 KiB of data, and one of
the footer itself with its own eight digits as zeros. `ivg.checked` reads them: it gives bytes that
are as they were written, or a `DamagedError`. Files without a seal (of earlier versions) are read
unchecked.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

BLOCK = 64 * 2**10
MARK = b"ivg-seal:"
UNSIGNED = b"0" * 8
MAGIC = b"PAR1"
TAIL = 8
"""Bytes after the footer: its length and the magic word."""


class _Summing:
    """A file that is written from its start, with a CRC of each block."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self.sums: list[int] = []

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self.file.write(view)
        begun = 0
        while begun < len(view):
            used = self.size % BLOCK
            piece = view[begun : begun + BLOCK - used]
            before = self.sums.pop() if used else 0
            self.sums.append(zlib.crc32(piece, before))
            self.size += len(piece)
            begun += len(piece)
        return len(view)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        """Arrow closes what it was given; the file is closed by who opened it."""


class SealedWriter:
    """A `ParquetWriter` that seals its file on leaving."""

    def __init__(self, path: Path, schema: pa.Schema, **options: Any) -> None:
        """Name the file, which is begun on entering; `options` go to `ParquetWriter`."""
        self.path = path
        self.schema = schema
        self.options = options

    def __enter__(self) -> SealedWriter:
        self._file = self.path.open("wb")
        self._sums = _Summing(self._file)
        self._writer = pq.ParquetWriter(self._sums, self.schema, **self.options)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                sums = b"".join(b"%08x" % one for one in self._sums.sums)
                seal = MARK + UNSIGNED + b":%x:" % self._sums.size + sums + b";"
                self._writer.add_key_value_metadata({"ivg": seal.decode()})
            self._writer.close()
        finally:
            self._file.close()
        if kind is None:
            _sign(self.path)

    @property
    def size(self) -> int:
        """Bytes written so far, without the footer."""
        return self._sums.size

    def write(self, rows: pa.Table, rows_per_group: int) -> None:
        """Write rows, at most `rows_per_group` a row group."""
        self._writer.write_table(rows, row_group_size=rows_per_group)


def _sign(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-TAIL, os.SEEK_END)
        begin = file.tell() - int.from_bytes(file.read(4), "little")
        file.seek(begin)
        footer = file.read()
        file.seek(begin + footer.rfind(MARK) + len(MARK))
        file.write(b"%08x" % zlib.crc32(footer))
