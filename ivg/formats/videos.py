"""Where the video files of a dataset are now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ivg.dataset import Dataset
from ivg.sources.internvid_g import video_files


@dataclass
class Videos:
    """Files by name: those of a folder, or where the run found them.

    Attributes:
        dataset: A run knows the paths of its videos, a release does not.
        folder: Of the files, called as in the dataset.
    """

    dataset: Dataset
    folder: str | None = None

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Every known file by name, looked up once.

        Raises:
            SourceError: The folder can't be read.
            DatasetError: The run's manifest can't be read.
        """
        if self.folder is not None:
            return video_files(self.folder)
        known = self.dataset.manifest().get("paths", {})
        return {name: Path(path) for name, path in known.items()}

    def find(self, name: str) -> Path | None:
        """The file of a video, if it is there."""
        path = self.paths.get(name)
        return path if path is not None and path.is_file() else None
