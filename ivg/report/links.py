"""Where the videos lie, as addresses that a page opened from disk can play."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote


class Links:
    """Addresses of video files, relative to the report."""

    def __init__(self, out: Path, folder: Path | None, paths: Mapping[str, str]) -> None:
        """Nothing is looked up yet.

        Args:
            out: Where the report will lie.
            folder: Where the files lie by the names of their videos; goes before `paths`.
            paths: Where the run had each of them.
        """
        self._out = out.absolute()
        self._folder = folder.resolve() if folder else None
        self._paths = paths

    def of(self, name: str) -> str | None:
        """The address of a video; None where its file is not there."""
        path = self._path(name)
        try:
            if path is None or not path.is_file():
                return None
            relative = Path(os.path.relpath(path.absolute(), self._out)).as_posix()
            return quote(relative, errors="surrogateescape")
        except (OSError, ValueError):  # a name that no file can have, or another drive
            return None

    def _path(self, name: str) -> Path | None:
        if self._folder is None:
            return Path(self._paths[name]) if name in self._paths else None
        try:
            path = (self._folder / name).resolve()
        except (OSError, ValueError):
            return None
        return path if path.is_relative_to(self._folder) else None
