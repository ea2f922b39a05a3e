"""Video files that are already here."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from ivg.errors import ConfigError, SourceError, UnreadableFileError
from ivg.ranges import texts, whole_within
from ivg.sources.listing import Entries, make_listing, printable
from ivg.sources.paths import VIDEO_EXTENSIONS, Search, absolute, search
from ivg.sources.source import Listing

log = logging.getLogger(__name__)


class LocalSource:
    """Files, folders (with all below them) and globs.

    `Video.name` is the path relative to the folder searched (to what the folders searched have
    in common, if there are several). Hidden files in folders and unfinished downloads are left
    out. Of files with one content the first by name stays.

    Args:
        path: A file, a folder, a glob (`~/videos/**/*.mp4`) or a list of these. A path that
            exists is never read as a glob. Relative to where the command was started.
        extensions: What counts as a video in a folder, in any case. A file that is named or hit
            by a glob is taken whatever its extension.
        workers: Files read at a time when content ids are made.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset({"path", "workers"})

    def __init__(
        self,
        path: str | Sequence[str],
        extensions: Sequence[str] = VIDEO_EXTENSIONS,
        workers: int = 4,
    ) -> None:
        if isinstance(extensions, str) or not extensions:
            raise ConfigError(f"source.extensions must be a list like [mp4,mkv], got {extensions}")
        self.path = texts("source.path", path)
        self.extensions = [str(one) for one in extensions]
        self.workers = whole_within("source.workers", workers, 1)

    @property
    def paths(self) -> list[str]:
        """`path` as a list."""
        return [self.path] if isinstance(self.path, str) else self.path

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """Find the files and read their content ids.

        Raises:
            SourceError: Nothing was found at all.
        """
        found = self._search()
        root = Path(os.path.commonpath(found.roots))
        entries = books(found, root)
        files = named(found.files, root, entries)
        return make_listing(files, entries, store_dir, self.workers)

    def check(self) -> str:
        """Say how many files there are, without reading them.

        Raises:
            SourceError: Nothing was found at all.
        """
        return f"{len(self._search().files)} files"

    def _search(self) -> Search:
        found = search(self.paths, self.extensions)
        if not (found.files or found.failed or found.partial):
            raise SourceError(self.nothing_found())
        return found

    def nothing_found(self) -> str:
        """What was looked for, in words."""
        endings = ", ".join(one.lower().lstrip(".") for one in self.extensions)
        return (
            f"source.path={self.path}: no video found; looked for these files and globs, and in "
            f"folders for files that end in {endings} (source.extensions)"
        )


def books(found: Search, root: Path) -> Entries:
    """The books of a search: every file that was seen, and all that failed or is missing."""
    not_found = {path: UnreadableFileError(f"{path}: nothing found") for path in found.missing}
    failed = found.failed | not_found
    entries = Entries(n_in=len(found.files) + len(found.partial) + len(failed))
    for path in sorted(found.partial):
        entries.drop("partial_download")
        log.info("%s is an unfinished download and is left out", path)
    for path, error in sorted(failed.items()):
        entries.fail(name_of(path, root), error)
    return entries


def named(paths: Iterable[Path], root: Path, entries: Entries) -> dict[str, Path]:
    """Files by name; two can share one only where bytes that are no text had to be spelt out."""
    files: dict[str, Path] = {}
    for path in paths:
        name = name_of(path, root)
        if files.setdefault(name, path) is not path:
            entries.fail(name, UnreadableFileError(f"{name}: another file is called so; rename it"))
    return files


def name_of(path: Path, root: Path) -> str:
    """The path below the common root, with `/` on every system."""
    return printable(path.relative_to(root).as_posix())


def named_files(folder: str, names: Collection[str]) -> dict[str, Path]:
    """The files below a folder by the names that a run would give them.

    Raises:
        ConfigError: There is no such folder.
    """
    root = absolute(folder)
    if not root.is_dir():
        raise ConfigError(f"videos={folder}: there is no such folder")
    suffixes = {Path(name).suffix for name in names} - {""}
    found = search([folder], [*VIDEO_EXTENSIONS, *sorted(suffixes)])
    return {name_of(path, root): path for path in [*found.files, *found.failed]}
