"""Reading sealed Parquet files (`ivg.sealed`): bytes as they were written, or a `DamagedError`."""

from __future__ import annotations

import os
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ivg import remote
from ivg.errors import DamagedError
from ivg.sealed import BLOCK, MAGIC, MARK, TAIL, UNSIGNED

SPAN_BLOCKS = 16
"""Blocks that one read fetches."""
SPAN = BLOCK * SPAN_BLOCKS
SPANS_KEPT = 4
"""Of each open file."""
REMAINS = re.compile(rb"\x03ivg\x18|[0-9a-f]{8}:[0-9a-f]+:(?:[0-9a-f]{8})*;")
"""Of a seal: the key it stood under, or what follows its mark."""


@dataclass(frozen=True)
class Footer:
    """What follows the data.

    Attributes:
        begin: Bytes before it.
        content: The footer, its length and the magic word.
        sums: CRC of each block of the data; None in a file without a seal.
    """

    begin: int
    content: bytes
    sums: tuple[int, ...] | None


def read_footer(read: Callable[[int, int], bytes], size: int) -> Footer:
    """The footer of a file, checked.

    Args:
        read: Gives the bytes from a start to an end.
        size: Bytes of the file.

    Raises:
        DamagedError: It is not as it was written.
    """
    begin = max(0, size - BLOCK)
    tail = read(begin, size)
    length = int.from_bytes(tail[-TAIL:-4], "little") + TAIL
    if len(tail) != size - begin or tail[-4:] != MAGIC or length > size:
        raise DamagedError("it has no end, or another length")
    content = tail[-length:] if length <= len(tail) else read(size - length, begin) + tail
    sums = _sums(content, size - length)
    if sums is None and (REMAINS.search(max(content, tail, key=len)) or not _is_whole(content)):
        raise DamagedError("its seal has changed")
    return Footer(size - length, content, sums)


def _is_whole(footer: bytes) -> bool:
    """Whether a footer ends where it says; zeros in the place of a seal end it before."""
    try:
        found = pq.read_metadata(pa.BufferReader(footer))
    except (OSError, pa.ArrowException):
        return False
    return bool(found.serialized_size + TAIL == len(footer))


def _sums(content: bytes, size: int) -> tuple[int, ...] | None:
    at = content.rfind(MARK) + len(MARK)
    if at < len(MARK):
        return None
    unsigned = content[:at] + UNSIGNED + content[at + len(UNSIGNED) :]
    if content[at : at + len(UNSIGNED)] != b"%08x" % zlib.crc32(unsigned):
        raise DamagedError("its footer has changed")
    _, length, sums = content[at : content.index(b";", at)].split(b":")
    if int(length, 16) != size:
        raise DamagedError(f"it has {size} bytes of data, not {int(length, 16)}")
    return tuple(int(sums[i : i + 8], 16) for i in range(0, len(sums), 8))


class CheckedFile:
    """A file for Arrow to read, each block checked on the way."""

    closed = False

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        """Read and check the footer.

        Raises:
            DamagedError: The footer is not as it was written.
        """
        self._read = read
        self._size = size
        self._at = 0
        self._footer = read_footer(read, size)
        self._spans: OrderedDict[int, _Span] = OrderedDict()

    def read(self, count: int = -1) -> bytes:
        """The next bytes.

        Raises:
            DamagedError: They are not as they were written.
        """
        end = self._size if count < 0 else min(self._size, self._at + count)
        found = self._between(self._at, end)
        self._at = max(self._at, end)
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as of any file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Nothing to do: what it reads from is closed by who opened it."""

    def check(self) -> None:
        """Read everything once.

        Raises:
            DamagedError: It is not as it was written.
        """
        for begin in range(0, self._footer.begin, SPAN):
            self._between(begin, min(begin + SPAN, self._footer.begin))

    def _between(self, begin: int, end: int) -> bytes:
        found, data_end = [], self._footer.begin
        while begin < min(end, data_end):
            number, inside = divmod(begin, SPAN)
            span = self._span(number)
            piece = span.checked(inside, min(inside + min(end, data_end) - begin, SPAN))
            found.append(piece)
            begin += len(piece)
        if end > data_end:
            found.append(self._footer.content[max(0, begin - data_end) : end - data_end])
        return b"".join(found)

    def _span(self, number: int) -> _Span:
        if number not in self._spans:
            self._spans[number] = self._fetched(number)
            while len(self._spans) > SPANS_KEPT:
                self._spans.popitem(last=False)
        self._spans.move_to_end(number)
        return self._spans[number]

    def _fetched(self, number: int) -> _Span:
        begin = number * SPAN
        end = min(begin + SPAN, self._footer.begin)
        content, sums = self._read(begin, end), self._footer.sums
        if len(content) != end - begin:
            raise DamagedError(f"it ends after {begin + len(content)} bytes")
        first = number * SPAN_BLOCKS
        kept = None if sums is None else list(sums[first : first + SPAN_BLOCKS])
        return _Span(begin, content, kept)


class _Span:
    """Some bytes of a file, whose blocks are checked when they are asked for."""

    def __init__(self, begin: int, content: bytes, sums: list[int] | None) -> None:
        self.begin = begin
        self.content = content
        self.unchecked = dict(enumerate(sums or ()))

    def checked(self, begin: int, end: int) -> bytes:
        for number in range(begin // BLOCK, -(-end // BLOCK)):
            wanted = self.unchecked.get(number)
            block = self.content[number * BLOCK : (number + 1) * BLOCK]
            if wanted is not None and wanted != zlib.crc32(block):
                at = self.begin + number * BLOCK
                raise DamagedError(f"bytes {at} to {at + len(block)} have changed")
            self.unchecked.pop(number, None)
        return self.content[begin:end]


def checked(path: Path, size: int | None = None) -> CheckedFile:
    """Open a file, local or remote.

    Args:
        path: Of the file.
        size: In bytes, where it is known; needed of a remote one.

    Raises:
        FileNotFoundError: It isn't there.
        DamagedError: Its footer is not as it was written.
    """
    if remote.is_remote(path):
        return CheckedFile(lambda begin, end: remote.read(path, begin, end), size or 0)
    return over(path.open("rb", buffering=0))


def over(file: Any) -> CheckedFile:
    """Check what is read from an open local file."""

    def read(begin: int, end: int) -> bytes:
        return os.pread(file.fileno(), end - begin, begin)

    return CheckedFile(read, os.fstat(file.fileno()).st_size)
