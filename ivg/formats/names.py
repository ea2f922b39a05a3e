"""What videos are called in other formats and on disk. Names are data: never joined to a path."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from urllib.parse import quote

from ivg.errors import DatasetError
from ivg.shown import shown

LONGEST_BYTES = 200
"""Of a file name without its extension; file systems allow 255 of the whole."""


class Ids:
    """The ids that formats use: the file name without its extension."""

    def __init__(self) -> None:
        self._video: dict[str, str] = {}

    def of(self, video: str) -> str:
        """The id of a video.

        Raises:
            DatasetError: Two videos would have the same.
        """
        name = stem(video)
        other = self._video.setdefault(name, video)
        if other != video:
            raise DatasetError(
                f"{shown(other)} and {shown(video)} would both be {shown(name)}, for formats name "
                "videos without extension: rename one of the files and build again"
            )
        return name


def stem(video: str) -> str:
    """A file name without its extension."""
    return video.removesuffix(suffix(video)) or video


def suffix(video: str) -> str:
    """The extension of a file name, with its dot."""
    return PurePosixPath(video).suffix


def safe_name(name: str) -> str:
    """A name that is one plain file name on every system; other names give other ones.

    Letters of ASCII, digits, space and `_.-~` stay; the rest is percent-encoded, as are a leading
    dot or space. What is too long ends in its hash.
    """
    safe = quote(name, safe=" ", errors="surrogatepass")
    if safe[:1] in (".", " "):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if len(safe) <= LONGEST_BYTES:
        return safe
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{safe[: LONGEST_BYTES - 17]}-{digest}"
