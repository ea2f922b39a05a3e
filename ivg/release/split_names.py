"""Which videos are in which split of a release, as its Parquet files say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivg.dataset import FIELDS, SPLITS, Dataset
from ivg.errors import DatasetError
from ivg.release.layout import table_path
from ivg.release.tables import fit


@dataclass(frozen=True)
class SplitNames:
    """Videos by split.

    Attributes:
        n_rows: Of each split that is there.
        by_name: The split of each video, by its name as Parquet spells it.
    """

    n_rows: Mapping[str, int]
    by_name: Mapping[str, str]

    def of(self, video: str) -> str | None:
        """The split of a video; None: no split has it."""
        return self.by_name.get(fit(video))


def split_names(dataset: Dataset) -> SplitNames:
    """Read the names of a release's videos; a run has none.

    Raises:
        DatasetError: A file can't be read, or lacks a field.
    """
    n_rows: dict[str, int] = {}
    by_name: dict[str, str] = {}
    for split in SPLITS:
        path = dataset.folder / table_path(split)
        if path.is_file():
            counts = rows_by_name(path)
            n_rows[split] = sum(counts.values())
            by_name |= dict.fromkeys(counts, split)
    return SplitNames(n_rows, by_name)


def rows_by_name(path: Path) -> dict[str, int]:
    """How many rows a split has of each video.

    Raises:
        DatasetError: The file can't be read, or lacks a field.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in FIELDS if name not in file.schema_arrow.names]
            if missing:
                raise DatasetError(f"{path}: there is no column {missing[0]!r}")
            counted = file.read(columns=["video"])["video"].value_counts()
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{path} can't be read: {error}") from error
    return {str(one["values"]): one["counts"] for one in counted.to_pylist()}
