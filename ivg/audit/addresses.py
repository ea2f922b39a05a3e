"""Where videos came from, as far as a dataset tells, and addresses fit to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit, urlunsplit

from ivg.audit.asked import Asked
from ivg.dataset import Dataset
from ivg.download.target import Target
from ivg.errors import ConfigError, MalformedEntryError
from ivg.sources import urls, youtube
from ivg.sources.entries import Entry, read_entries

OF_YOUTUBE = ("ivg.sources.youtube.", "ivg.sources.internvid_g.")
"""Sources whose videos are named by their ids."""


def targets(
    dataset: Dataset, asked: Sequence[Asked], listed: str | None, is_youtube: bool | None
) -> dict[str, Target]:
    """What to download for each video, by its name; those of which nothing is known are missing.

    A release holds no list of addresses. A name made of an address carries its hash
    (`ivg.sources.urls.stem_of`), so a list tells which is whose; a name made of a YouTube id is
    that id.

    Args:
        dataset: The config may name the source, and addresses.
        asked: The videos.
        listed: A file of addresses, as of `source.urls`.
        is_youtube: Whether names are YouTube ids; None: if the source says so.

    Raises:
        ConfigError: Nothing is known of any video.
    """
    source = dataset.config().get("source")
    source = source if isinstance(source, dict) else {}
    target = str(source.get("_target_", ""))
    if is_youtube is None:
        is_youtube = target.startswith(OF_YOUTUBE)
    given: str | Sequence[str] = listed or own_list(source)
    by_stem = {one.stem: one for one in of_urls(given)}
    found = {}
    for one in asked:
        known = by_stem.get(stem(one.name)) or (of_youtube(one.name) if is_youtube else None)
        if known is not None:
            found[one.name] = known
    if asked and not found:
        raise ConfigError(
            f"{dataset.folder} does not tell where its videos came from: give videos=FOLDER that "
            "has them, urls=FILE of addresses, or youtube=true if their names are ids"
        )
    return found


def stem(name: str) -> str:
    """The name without its extension: a download may come in another format now."""
    return name.rpartition(".")[0] or name


def own_list(source: dict[str, object]) -> list[str]:
    """Addresses that stand in the config themselves, not in a file of the maker's machine."""
    given = source.get("urls")
    listed = given if isinstance(given, list) else [given]
    return [one for one in listed if isinstance(one, str) and urls.is_web_address(one)]


def of_urls(given: str | Sequence[str]) -> Iterator[Target]:
    """The addresses of a list; what is none is passed over: it can be nobody's.

    Raises:
        SourceError: The file can't be read.
    """
    for entry in read_entries(given, "urls"):
        try:
            yield urls.to_target(entry)
        except MalformedEntryError:
            continue


def of_youtube(name: str) -> Target | None:
    """The watch page of an id, if the name is one."""
    try:
        return youtube.to_target(Entry(name, name))
    except MalformedEntryError:
        return None


def without_secrets(text: str, url: str) -> str:
    """A message about an address without what may be a password or a token in it."""
    return text.replace(url, plain_address(url))


def plain_address(url: str) -> str:
    """Scheme, host and path of an address: no user, no query, no fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
