"""A share of the videos: for clusters without Ray, where each machine runs one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ivg.errors import ConfigError
from ivg.ranges import whole_within
from ivg.sources.source import Listing, Source
from ivg.stage import Tally

HASH_BYTES = 8
NAME = re.compile(r"(\d{1,9})-of-(\d{1,9})")


@dataclass(frozen=True)
class Shard:
    """The share `index` of `count`; which videos are in it depends on nothing but themselves.

    Attributes:
        index: From 0.
        count: How many shares there are.
    """

    index: int = 0
    count: int = 1

    def takes(self, key: str) -> bool:
        """Whether what is called so belongs to this share."""
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()
        return int.from_bytes(digest, "big") % self.count == self.index

    def of(self, listing: Listing) -> Listing:
        """This share of a listing; over all shares each entry is booked once.

        Videos go by content, failures by name, and what was left out is booked by the first.
        """
        if self.count == 1:
            return listing
        videos = tuple(video for video in listing.videos if self.takes(video.id))
        failures = tuple(one for one in listing.failures if self.takes(one.video))
        dropped = {} if self.index else dict(listing.tally.dropped)
        failed = dict(Counter(one.error for one in failures))
        n_in = len(videos) + sum(dropped.values()) + len(failures)
        tally = Tally(listing.tally.unit, n_in, len(videos), dropped, failed)
        return replace(listing, videos=videos, tally=tally, failures=failures)

    def meets(self, other: Shard) -> bool:
        """Whether the two may have videos in common."""
        return self.count != other.count or self.index == other.index

    def folder_in(self, table: Path) -> Path:
        """Where its rows lie: `3-of-64` in the folder of a table, or that itself."""
        return table if self.count == 1 else table / self.name

    @property
    def name(self) -> str:
        """Of its files and folders."""
        return f"{self.index}-of-{self.count}"

    @property
    def described(self) -> dict[str, int]:
        """As the config has it."""
        return {"index": self.index, "count": self.count}


WHOLE = Shard()


def named(folders: Iterable[str]) -> list[Shard]:
    """The shards that have folders of these names; other names are passed over."""
    found = (NAME.fullmatch(name) for name in folders)
    shards = (Shard(int(one[1]), int(one[2])) for one in found if one)
    there = (one for one in shards if one.index < one.count > 1)
    return sorted(there, key=lambda one: (one.count, one.index))


@runtime_checkable
class Shareable(Protocol):
    """A source that can tell its share before it fetches anything."""

    def list_share(self, store_dir: Path, shard: Shard) -> Listing:
        """As `list_videos`, for one share of what is asked for."""


def listed(source: Source, store_dir: Path, shard: Shard) -> Listing:
    """The videos of a source that belong to a share."""
    if isinstance(source, Shareable):
        return source.list_share(store_dir, shard)
    return shard.of(source.list_videos(store_dir))


def shard_of(config: Any) -> Shard:
    """The checked share that a config names; a config from before there were any names none.

    Raises:
        ConfigError: It is none.
    """
    if config is None:
        return WHOLE
    if not isinstance(config, Mapping) or set(config) != {"index", "count"}:
        raise ConfigError(f"shard must have an index and a count, got {config!r}")
    count = whole_within("shard.count", config["count"], 1)
    return Shard(whole_within("shard.index", config["index"], 0, count - 1), count)
