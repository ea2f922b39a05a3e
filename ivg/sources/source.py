"""What a source must offer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivg.entry import Entry
from ivg.records import Video
from ivg.stage import Failure, Tally


@dataclass(frozen=True)
class Listing:
    """What a source found: in = videos + dropped(reason) + failed(error type).

    Attributes:
        videos: As entries, or as records where the source knows more of them than their files.
    """

    videos: tuple[Video | Entry, ...]
    tally: Tally
    failures: tuple[Failure, ...] = ()


class Source(Protocol):
    """A list of videos. Constructors are cheap; files and networks are touched by `list_videos`.

    Sources and executors may offer `check`, which says for `ivg doctor` what there is, or raises
    what would keep a run from starting.
    """

    @property
    def provides(self) -> tuple[str, ...]:
        """Names of the stages whose fields the videos already carry; they are not run."""

    def list_videos(self, store_dir: Path) -> Listing:
        """Find (or download) the videos.

        Args:
            store_dir: Where a cache of content ids and the archive of failures may be kept.

        Raises:
            SourceError: Nothing can be listed at all; the message names the path or the key.
        """
