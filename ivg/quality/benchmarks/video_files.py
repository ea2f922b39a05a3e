"""The videos of a benchmark, in a folder: which file is which id."""

from __future__ import annotations

from pathlib import Path

from ivg.errors import SourceError
from ivg.sources.paths import VIDEO_EXTENSIONS


def video_files(folder: Path) -> dict[str, Path]:
    """Video files in a folder (not below it) by their name without extension.

    Raises:
        SourceError: There is no such folder, or one id has two files.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: there is no such folder")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in VIDEO_EXTENSIONS and not path.name.startswith("."):
            if path.stem in found:
                raise SourceError(f"{path}: {found[path.stem].name} has the same id")
            found[path.stem] = path
    return found
