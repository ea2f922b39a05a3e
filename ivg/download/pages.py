"""A YoutubeDL that reads no page without end.

Videos go to the disk a block at a time, and their size is watched. Pages and playlists are read
into memory as a whole, in this process; a few bytes that are packed well can be gigabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from yt_dlp import YoutubeDL

from ivg.errors import NotMediaError

MAX_BYTES = 64 * 2**20
"""YouTube's pages and scripts have up to some MiB."""
BLOCK = 2**20


class BoundedYoutubeDL(YoutubeDL):  # type: ignore[misc]
    """Breaks off what is read as a whole and is larger than `MAX_BYTES`."""

    def urlopen(self, req: Any) -> Any:
        """Ask; whoever reads the whole answer gets no more than is allowed."""
        response = super().urlopen(req)
        response.read = partial(bounded, response.read)
        return response


def bounded(read: Callable[[int], bytes], size: int | None = None) -> bytes:
    """So many bytes, or all.

    Raises:
        NotMediaError: All are too many.
    """
    if size is not None and size >= 0:
        return read(size)
    whole = bytearray()
    while block := read(BLOCK):
        whole += block
        if len(whole) > MAX_BYTES:
            raise NotMediaError(f"a page of more than {MAX_BYTES // 2**20} MiB, and no video")
    return bytes(whole)
