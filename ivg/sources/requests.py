"""From a list of entries to what is downloaded, and from what was downloaded to videos."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ivg.download.archive import Known
from ivg.download.settings import DownloadSettings
from ivg.download.target import Target
from ivg.errors import DownloadError, MalformedEntryError, SourceError, UnknownDownloadError
from ivg.secrets import redacted
from ivg.shard import WHOLE, Shard
from ivg.sources.entries import Entry
from ivg.sources.listing import STAGE, Entries, make_listing
from ivg.sources.paths import absolute
from ivg.sources.source import Listing
from ivg.stage import Failure, describe


def collect(
    listed: Iterable[Entry],
    to_target: Callable[[Entry], Target],
    listed_in: str,
    shard: Shard = WHOLE,
) -> tuple[list[Target], Entries]:
    """The targets, each once, and the books of what is not one.

    Args:
        listed: The entries.
        to_target: Tells what an entry stands for.
        listed_in: The config key and its value, for messages.
        shard: Entries of other shares are passed over.

    Raises:
        SourceError: The list is empty.
    """
    targets: dict[str, Target] = {}
    entries, is_empty = Entries(), True
    for entry in listed:
        is_empty = False
        try:
            target = to_target(entry)
        except MalformedEntryError as error:
            if shard.takes(entry.text or entry.where):
                entries.n_in += 1
                entries.fail(entry.text or entry.where, error)
            continue
        if not shard.takes(target.key):
            continue
        entries.n_in += 1
        if target.key in targets:
            entries.drop("duplicate")
        targets.setdefault(target.key, target)
    if is_empty:
        raise SourceError(f"{listed_in}: the list is empty")
    return list(targets.values()), entries


def download(
    targets: list[Target], entries: Entries, settings: DownloadSettings, store_dir: Path
) -> Listing:
    """Download what is not there yet, and list what is there then."""
    from ivg.download.downloader import Downloader

    fetched = Downloader(settings, absolute(settings.videos_dir)).fetch(targets)
    entries.failures += [
        Failure(STAGE, *map(redacted, (key, known.error, remembered(known))))
        for key, known in fetched.known.items()
    ]
    entries.failures += [failure_of(key, error) for key, error in fetched.errors.items()]
    files = {path.name: path for path in fetched.paths.values()}
    return make_listing(files, entries, store_dir, settings.workers)


def remembered(known: Known) -> str:
    """What was said of a failure then."""
    return f"{known.message} (remembered in failed.jsonl)"


def failure_of(key: str, error: DownloadError) -> Failure:
    """A failure record; one that has no name yet carries its traceback."""
    failure = describe(STAGE, key, error)
    if not isinstance(error, UnknownDownloadError) or error.__cause__ is None:
        return failure
    return replace(failure, traceback=describe(STAGE, key, error.__cause__).traceback)
