"""Finding video files: a file, a folder or a glob, and what can't be read on the way."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ivg.errors import UnreadableFileError

VIDEO_EXTENSIONS = (
    ".3gp", ".asf", ".avi", ".divx", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg",
    ".mpg", ".mts", ".mxf", ".ogv", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv",
)  # fmt: skip
# `x.mp4.part`, `x.mp4.part-Frag7`, `x.mp4.ytdl` and `x.temp.mp4` are what yt-dlp leaves behind.
PARTIAL = re.compile(r"\.(part|part-Frag\d+|ytdl|tmp|crdownload|temp\.\w+)$", re.IGNORECASE)


def is_partial(path: Path) -> bool:
    """Whether the file is a download that has not finished."""
    return PARTIAL.search(path.name) is not None


def absolute(text: str) -> Path:
    """`~` expanded, relative to where the command was started (not to Hydra's run folder)."""
    from hydra.utils import to_absolute_path

    # `resolve` would follow links; pathlib's `expanduser` fails on a file that is called `~x`.
    home_expanded = os.path.expanduser(text)  # noqa: PTH111
    return Path(os.path.abspath(to_absolute_path(home_expanded)))  # noqa: PTH100


@dataclass
class Search:
    """What one search found.

    Attributes:
        extensions: What counts as a video in a folder; lower case, with the dot.
        files: Files to take, each once.
        partial: Unfinished downloads, not taken.
        failed: Files and folders that can't be read.
        missing: What was asked for and is nowhere, or globs that hit nothing.
        roots: The folders that were searched; names are relative to what they have in common.
    """

    extensions: frozenset[str]
    files: dict[Path, None] = field(default_factory=dict)
    partial: dict[Path, None] = field(default_factory=dict)
    failed: dict[Path, UnreadableFileError] = field(default_factory=dict)
    missing: list[Path] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Search one file, folder or glob; a path that exists wins over its glob meaning."""
        path = absolute(text)
        if os.path.lexists(path):
            self.roots.append(path if path.is_dir() else path.parent)
            self.take(path)
        elif glob.has_magic(str(path)):
            self.add_glob(path)
        else:
            self.roots.append(path.parent)
            self.missing.append(path)

    def add_glob(self, path: Path) -> None:
        """Take the files that a glob hits; folders that it hits are searched."""
        root, pattern = split_glob(path)
        self.roots.append(root)
        for folder in parent_folders(root, pattern):
            # glob passes over what it may not read, without a word.
            if not os.access(folder, os.R_OK | os.X_OK):
                self.fail(folder, "Permission denied")
        hits = sorted(glob_below(root, pattern))
        for hit in hits:
            self.take(root / hit)
        if not hits:
            self.missing.append(path)

    def take(self, path: Path) -> None:
        """Take a file, or what a folder holds."""
        if path.is_dir():
            self.walk(path)
        elif is_partial(path):
            self.partial[path] = None
        elif self.exists(path):
            self.files[path] = None

    def walk(self, top: Path) -> None:
        """Take the videos in a folder and below; links are followed, each folder is read once."""
        seen: set[tuple[int, int]] = set()
        new(top, seen)
        for folder, names, files in os.walk(top, onerror=self.on_error, followlinks=True):
            names[:] = [name for name in shown(names) if new(Path(folder, name), seen)]
            for name in shown(files):
                self.take_listed(Path(folder, name))

    def take_listed(self, path: Path) -> None:
        """Take a file that a folder lists, if it is a video by its extension."""
        if is_partial(path):
            if self.is_video(Path(PARTIAL.sub("", path.name))) or ".temp." in path.name:
                self.partial[path] = None
        elif self.is_video(path):
            if self.exists(path):
                self.files[path] = None
        elif path.is_symlink() and not path.suffix:
            # Perhaps a link to a folder that is gone; only a broken one is listed as a file.
            self.exists(path)

    def is_video(self, path: Path) -> bool:
        """Whether the extension is one of a video."""
        return path.suffix.lower() in self.extensions

    def exists(self, path: Path) -> bool:
        """Whether the file is there; a dangling link or a loop of links is noted."""
        try:
            path.stat()
        except OSError as error:
            self.fail(path, error.strerror or str(error))
            return False
        return True

    def on_error(self, error: OSError) -> None:
        """Note a folder that can't be listed."""
        self.fail(Path(error.filename), error.strerror or str(error))

    def fail(self, path: Path, reason: str) -> None:
        """Note what can't be read, once."""
        hint = " (dangling link)" if path.is_symlink() and "No such file" in reason else ""
        self.failed.setdefault(path, UnreadableFileError(f"{path}: {reason}{hint}"))


def shown(names: Sequence[str]) -> list[str]:
    """The names that are not hidden, in order."""
    return sorted(name for name in names if not name.startswith("."))


def new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder was not read before under another name (a link to a folder above, say)."""
    try:
        status = folder.stat()
    except OSError:
        return True
    key = status.st_dev, status.st_ino
    if key in seen:
        return False
    seen.add(key)
    return True


def split_glob(path: Path) -> tuple[Path, str]:
    """The part that exists as it is written (`[2020] clips`), and the pattern below it."""
    root, rest = Path(path.anchor), list(path.parts[1:])
    while rest and os.path.lexists(root / rest[0]):
        root /= rest.pop(0)
    return root, str(Path(*rest))


def parent_folders(root: Path, pattern: str) -> Iterator[Path]:
    """The folders in which the pattern is looked for."""
    yield root
    parts = Path(pattern).parts
    for depth in range(1, len(parts)):
        above = f"{Path(*parts[:depth])}{os.sep}"
        yield from (root / hit for hit in glob_below(root, above))


def glob_below(root: Path, pattern: str) -> Iterator[str]:
    """What the pattern hits, relative to `root`; pathlib's `glob` would hit hidden files too."""
    passes_twice = cache(goes_in_a_circle)
    for hit in glob.iglob(pattern, root_dir=root, recursive=True):  # noqa: PTH207
        path = root / hit
        if not passes_twice(path if path.is_dir() else path.parent):
            yield hit


def goes_in_a_circle(folder: Path) -> bool:
    """Whether the way to the folder passes one folder twice, by a link to a folder above."""
    real = [os.path.realpath(one) for one in (folder, *folder.parents)]
    return len(set(real)) < len(real)


def search(texts: Sequence[str], extensions: Sequence[str]) -> Search:
    """Search every file, folder and glob of `texts`."""
    endings = frozenset(f".{ending.lower().lstrip('.')}" for ending in extensions)
    found = Search(endings)
    for text in texts:
        found.add(text)
    return found
