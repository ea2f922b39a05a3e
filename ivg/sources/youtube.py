"""Videos from YouTube, by id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ivg.download.settings import DownloadSettings
from ivg.download.target import Target
from ivg.errors import MalformedEntryError
from ivg.ranges import texts
from ivg.shard import WHOLE, Shard
from ivg.sources.entries import Entry, read_entries
from ivg.sources.listing import Entries
from ivg.sources.requests import collect, download
from ivg.sources.source import Listing

ID = re.compile(r"([A-Za-z0-9_-]{11})(\.[A-Za-z0-9]{1,5})?")


@dataclass(frozen=True, kw_only=True)
class YouTubeSource(DownloadSettings):
    """A list of YouTube ids; what is not in `videos_dir` yet is downloaded.

    Args:
        ids: A `.txt` file (one id a line, `#` begins a comment line), a `.jsonl` file whose rows
            hold `YoutubeID`, `video_fname` or `video`, a `.json` list of such rows, or the ids.
            An id may be bare or a file name with its extension.
    """

    FILES: ClassVar[frozenset[str]] = frozenset({"ids"})

    ids: str | Sequence[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        texts("source.ids", self.ids)

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """Download the videos; `Video.name` is `<id>.<extension>`.

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
        """Say how many ids there are, without a download.

        Raises:
            SourceError: The list can't be read or is empty.
        """
        return f"{len(self._collect()[0])} ids"

    def _collect(self, shard: Shard = WHOLE) -> tuple[list[Target], Entries]:
        listed = read_entries(self.ids, "source.ids")
        return collect(listed, to_target, f"source.ids={self.ids}", shard)


def to_target(entry: Entry) -> Target:
    """The watch page of an id.

    Raises:
        MalformedEntryError: It is no id; the message says where it stands.
    """
    if entry.error is not None:
        raise entry.error
    match = ID.fullmatch(entry.text)
    if match is None:
        raise MalformedEntryError(
            f"{entry.where}: {entry.text!r} is no YouTube id (11 of A-Z a-z 0-9 _ -)"
        )
    video_id = match[1]
    return Target(video_id, f"https://www.youtube.com/watch?v={video_id}", video_id)
