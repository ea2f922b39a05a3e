"""A YoutubeDL that reads no page without end, and asks by HTTP only.

Videos go to the disk a block at a time, and their size is watched. Pages and playlists are read
into memory as a whole, in this process; a few bytes that are packed well can be gigabytes. A page
may also name addresses of other kinds, for which yt-dlp runs other programs, that nobody watches.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from yt_dlp import YoutubeDL
from yt_dlp.utils import determine_protocol

from ivg.errors import NotMediaError

MAX_BYTES = 64 * 2**20
"""YouTube's pages and scripts have up to some MiB."""
BLOCK = 2**20
SCHEMES = ("http", "https", "data")
"""`data:` asks nobody."""
WAYS = ("http", "https", "m3u8", "m3u8_native", "http_dash_segments", "ism")
"""yt-dlp's ways to get a video that connect by HTTP in the thread that downloads."""


class BoundedYoutubeDL(YoutubeDL):  # type: ignore[misc]
    """Breaks off what is read as a whole and is larger than `MAX_BYTES`; asks by HTTP only."""

    def dl(self, name: str, info: Any, *more: Any, **named: Any) -> Any:
        """Download one format of a video.

        Raises:
            NotMediaError: It is had by other ways than HTTP.
        """
        ways = determine_protocol(info).split("+") if info.get("url") else []
        if other := sorted(set(ways) - set(WAYS)):
            raise NotMediaError(f"the video is had by {other[0]}, and only HTTP is allowed")
        return super().dl(name, info, *more, **named)

    def urlopen(self, req: Any) -> Any:
        """Ask; whoever reads the whole answer gets no more than is allowed.

        Raises:
            NotMediaError: It is no address of HTTP.
        """
        url = str(getattr(req, "url", req))
        if urlsplit(url).scheme.lower() not in SCHEMES and not url.startswith("//"):
            raise NotMediaError(f"{url:.200} is no address of HTTP")
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
