"""Whether an MP4 or MOV file ends where its boxes say, told from a few bytes of its head.

Box layout: ISO/IEC 14496-12, 4.2: 32-bit size (0: to the end, 1: a 64-bit size follows), type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
NEEDED = frozenset({b"moov", b"mdat", b"moof"})
"""Boxes without whose last byte pictures are missing."""


def missing_bytes(file: BinaryIO, size: int) -> str | None:
    """What a cut-off MP4 lacks, in words; None if whole or another container.

    Args:
        file: Open for reading; its position is lost.
        size: Bytes in the file.
    """
    kinds: list[bytes] = []
    for kind, end in _boxes(file, size):
        kinds.append(kind)
        if end > size and kind in NEEDED:
            return f"it has {size:,} of at least {end:,} bytes"
    if kinds[:1] == [b"ftyp"] and b"moov" not in kinds:
        return "its index (moov box) is missing"
    return None


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Type and end offset of each top-level box, until the end or the first that is none."""
    start = 0
    while start + 8 <= size:
        file.seek(start)
        header = file.read(16)
        length, kind = struct.unpack(">I4s", header[:8])
        if start == 0 and kind not in FIRST:
            return
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack(">Q", header[8:])
        end = size if length == 0 else start + length
        if end < start + 8:
            return
        yield kind, end
        start = end
