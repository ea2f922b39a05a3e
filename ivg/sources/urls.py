"""Videos from any address that yt-dlp can take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from ivg.download.settings import DownloadSettings
from ivg.download.target import Target
from ivg.errors import MalformedEntryError
from ivg.ranges import texts
from ivg.shard import WHOLE, Shard
from ivg.sources.entries import Entry, read_entries
from ivg.sources.listing import Entries
from ivg.sources.requests import collect, download
from ivg.sources.source import Listing

NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")
WORD_CHARS = 40
HASH_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class UrlSource(DownloadSettings):
    """A list of http(s) addresses; what is not in `videos_dir` yet is downloaded.

    Args:
        urls: A text file (one address a line, `#` begins a comment line), one address, or a list.
    """

    FILES: ClassVar[frozenset[str]] = frozenset({"urls"})

    urls: str | Sequence[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        texts("source.urls", self.urls)

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """Download the videos; `Video.name` is made from the address, the same in every run.

        Raises:
            SourceError: The list can't be read or is empty.
        """
        return self.list_share(store_dir, WHOLE)

    def list_share(self, store_dir: Path, shard: Shard) -> Listing:
        """The same for one share of the list; those of others are not downloaded.

        Raises:
            SourceError: As for `list_videos`.
        """
        targets, entries = self._collect(shard)
        return download(targets, entries, self, store_dir)

    def check(self) -> str:
        """Say how many addresses there are, without a download.

        Raises:
            SourceError: The list can't be read or is empty.
        """
        return f"{len(self._collect()[0])} addresses"

    def _collect(self, shard: Shard = WHOLE) -> tuple[list[Target], Entries]:
        single = isinstance(self.urls, str) and re.match("https?://", self.urls, re.IGNORECASE)
        given = [str(self.urls)] if single else self.urls
        listed = read_entries(given, "source.urls")
        return collect(listed, to_target, f"source.urls={self.urls}", shard)


def to_target(entry: Entry) -> Target:
    """An address and a safe, stable file name for it.

    Raises:
        MalformedEntryError: It is no http(s) address; the message says where it stands.
    """
    if entry.error is not None:
        raise entry.error
    url = entry.text
    if not is_web_address(url):
        raise MalformedEntryError(f"{entry.where}: {url!r} is no http:// or https:// address")
    return Target(url, url, stem_of(url))


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https with a host, and holds no blanks or control characters."""
    try:
        parts = urlsplit(url)
        plain = url.isprintable() and " " not in url
        return plain and parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def stem_of(url: str) -> str:
    """A word of the address that a person knows again, and a hash that is its own.

    Only ASCII letters, digits and `-`: nothing of it can leave the folder or be an option.
    """
    digest = blake2b(url.encode(), digest_size=HASH_BYTES).hexdigest()
    word = NOT_PLAIN.sub("-", unquote(PurePosixPath(urlsplit(url).path).stem)).strip("-")
    return f"{word[:WORD_CHARS].strip('-') or 'video'}-{digest}"
