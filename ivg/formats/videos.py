"""Where the video files of a dataset are now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ivg.dataset import Dataset
from ivg.release.tables import fit
from ivg.sources.internvid_g import video_files
from ivg.sources.local import named_files
from ivg.sources.paths import absolute


@dataclass
class Videos:
    """Files by name: those of a folder, or where the run found them.

    Attributes:
        dataset: A run knows the paths of its videos, a release does not.
        folder: Of the files, called as in the dataset; it may have folders.
    """

    dataset: Dataset
    folder: str | None = None

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Every known file by name, looked up once.

        Raises:
            ConfigError: There is no such folder.
            SourceError: It can't be read.
            DatasetError: The rows or the run's manifest can't be read.
        """
        if self.folder is not None:
            return files_in(self.folder, {str(row["video"]) for row in self.dataset.rows()})
        known = self.dataset.manifest().get("paths", {})
        return {name: Path(path) for name, path in known.items()}

    def find(self, name: str) -> Path | None:
        """The file of a video, if it is there."""
        path = self.paths.get(name)
        return path if path is not None and path.is_file() else None


def files_in(folder: str, names: Collection[str]) -> dict[str, Path]:
    """The files below a folder by their names in datasets.

    Bytes that are no text are spelt in three ways: by `source=local`, by sources that read names
    from files, and by Parquet. A file is found by each; where two are called so, by the first.

    Args:
        folder: No path is made of a name: the folder is searched, as `source=local` does.
        names: That are looked for: their extensions count as those of videos. A file that lies in
            the folder itself is found without one, too.

    Raises:
        ConfigError: There is no such folder.
        SourceError: It can't be read.
    """
    found, root = named_files(folder, names), absolute(folder)
    raw = {path.relative_to(root).as_posix(): path for path in found.values()}
    plain = {name: path for name, path in video_files(folder).items() if name in names}
    return {**{fit(name): path for name, path in raw.items()}, **raw, **plain, **found}
