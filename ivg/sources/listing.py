"""The books of a source, and how found files become videos."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ivg.entry import Entry
from ivg.errors import IvgError
from ivg.sources.source import Listing
from ivg.stage import Failure, Tally, describe
from ivg.truth import Truth

log = logging.getLogger(__name__)

UNIT = "video"
STAGE = "source"


@dataclass
class Entries:
    """What a source was asked for: every entry is found, dropped or failed."""

    n_in: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def drop(self, reason: str) -> None:
        """Count an entry that is left out."""
        self.dropped[reason] += 1

    def fail(self, name: str, error: BaseException) -> None:
        """Record an entry that can't be used."""
        self.failures.append(describe(STAGE, printable(name), error))


def make_listing(
    files: Mapping[str, Path], entries: Entries, store_dir: Path, workers: int
) -> Listing:
    """Files by name to videos: of files with one content, the first by name stays.

    Args:
        files: Absolute paths by `Video.name`.
        entries: The books so far; `files` are the entries that were found.
        store_dir: Where content ids are cached.
        workers: Files read at a time.
    """
    from ivg.sources.content import as_listed, content_ids, looks

    before = looks(files.values())
    ids = content_ids(list(files.values()), store_dir, workers)
    videos: dict[str, Entry] = {}
    for name, path in sorted(files.items()):
        found = ids[path]
        if isinstance(found, IvgError):
            entries.fail(name, found)
        elif found in videos:
            entries.drop("duplicate")
            log.info("%s has the same content as %s and is left out", name, videos[found].name)
        else:
            videos[found] = Entry(found, name, path, as_listed(found, before[path]))
    return Listing(tuple(videos.values()), tally(entries, len(videos)), tuple(entries.failures))


def with_truths(listing: Listing, truths: Mapping[str, Truth]) -> Listing:
    """The listing with what is true of each video, by name."""
    records = (one.record if isinstance(one, Entry) else one for one in listing.videos)
    return replace(listing, videos=tuple(replace(v, truth=truths[v.name]) for v in records))


def tally(entries: Entries, n_out: int) -> Tally:
    """The source's line of the books."""
    failed = Counter(failure.error for failure in entries.failures)
    return Tally(UNIT, entries.n_in, n_out, dict(entries.dropped), dict(failed))


def printable(name: str) -> str:
    """`name` with bytes that are no UTF-8 spelt out, as tables and JSON need it."""
    spelt = name.encode("utf-8", "surrogateescape" if is_bytes(name) else "backslashreplace")
    return spelt.decode("utf-8", "backslashreplace")


def is_bytes(name: str) -> bool:
    """Whether the name came from bytes: all that is odd in it are undecodable bytes."""
    return all(not 0xD800 <= ord(c) < 0xDC80 and not 0xDCFF < ord(c) < 0xE000 for c in name)
