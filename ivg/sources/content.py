"""Content ids: a video is what its bytes are, wherever it lies and whatever it is called."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from functools import lru_cache, partial
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from ivg.errors import UnreadableFileError, VideoChangedError
from ivg.sources.id_cache import Fingerprint, IdCache

if TYPE_CHECKING:
    from ivg.records import Video

log = logging.getLogger(__name__)

DIGEST_BYTES = 16


def content_ids(
    paths: Sequence[Path], store_dir: Path, workers: int = 4
) -> dict[Path, str | UnreadableFileError]:
    """The content id of each file, or why it can't be read.

    Args:
        paths: Files, absolute.
        store_dir: Holds the cache `content_ids.sqlite`, by which a rerun reads no file again.
        workers: Files read at a time.
    """
    found: dict[Path, str | UnreadableFileError] = {}
    with closing(IdCache(store_dir / "content_ids.sqlite")) as cache:
        unknown: list[Path] = []
        for path in paths:
            known = cached(path, cache)
            if known is None:
                unknown.append(path)
            else:
                found[path] = known
        found.update(read_all(unknown, cache, workers))
    return found


def cached(path: Path, cache: IdCache) -> str | UnreadableFileError | None:
    """The id kept for the file as it is now, or why it can't be read, or None."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        return unreadable(path, error)
    if not S_ISREG(status.st_mode):
        return UnreadableFileError(f"{path}: not a regular file")
    return cache.get(path, fingerprint(status))


def read_all(
    paths: Sequence[Path], cache: IdCache, workers: int
) -> Iterator[tuple[Path, str | UnreadableFileError]]:
    """Hash the files in threads; each is kept as soon as it is known."""
    from ivg.progress import track

    if not paths:
        return
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(partial(hash_stable, path)): path for path in paths}
        for future in track(as_completed(futures), "read", len(paths)):
            path = futures[future]
            try:
                content_id, status = future.result()
            except OSError as error:
                yield path, unreadable(path, error)
                continue
            if status is not None:
                cache.put(path, status, content_id)
            yield path, content_id


def hash_stable(path: Path) -> tuple[str, Fingerprint | None]:
    """The content id and the file's fingerprint; None where it changed while being read."""
    with path.open("rb") as file:
        before = fingerprint(os.fstat(file.fileno()))
        digest = hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=DIGEST_BYTES))
        after = fingerprint(os.fstat(file.fileno()))
    if before != after:
        log.warning("%s changed while it was read; is it still being written?", path)
    return digest.hexdigest(), after if before == after else None


def check_content(video: Video) -> None:
    """Refuse what was read of a file that is not the one that was listed; call it after reading.

    A run may list a file days before it decodes it. What it found in other bytes would be stored
    under the id of the old ones, for every later run.

    Raises:
        VideoChangedError: The file was replaced, written to or removed in the meantime.
    """
    if video.path is None or not video.content:
        return
    listed, _, look = video.content.partition(" ")
    try:
        now = fingerprint(video.path.stat())
        same = look == spelt(now) or _content_of(video.path, *now) == listed
    except OSError as error:
        raise VideoChangedError(f"{video.path} is gone since it was listed: {error}") from error
    if not same:
        raise VideoChangedError(
            f"{video.path} has changed since it was listed: run again when nobody writes to it"
        )


@lru_cache(1024)
def _content_of(path: Path, *_: int) -> str:
    """The content id of a file as long as nothing tells that it has changed."""
    found, stable = hash_stable(path)
    return found if stable else ""


def looks(paths: Iterable[Path]) -> dict[Path, Fingerprint]:
    """The fingerprints of those files that there are."""
    found: dict[Path, Fingerprint] = {}
    for path in paths:
        with suppress(OSError, ValueError):  # why it can't be read is told where it is
            found[path] = fingerprint(path.stat())
    return found


def fingerprint(status: os.stat_result) -> Fingerprint:
    """What tells, without reading, that a file is still the same."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def as_listed(content_id: str, look: Fingerprint) -> str:
    """What `Video.content` holds of a file: its id, and how it looked before it was read."""
    return f"{content_id} {spelt(look)}"


def spelt(look: Fingerprint) -> str:
    """A fingerprint in one word."""
    return ":".join(map(str, look))


def unreadable(path: Path, error: Exception) -> UnreadableFileError:
    """The failure to read `path`, in words."""
    reason = getattr(error, "strerror", None) or str(error)
    return UnreadableFileError(f"{path}: {reason}")
