"""What a report is made of, a video at a time: files of a run or release, read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivg.dataset import Dataset, json_lines
from ivg.errors import DatasetError
from ivg.release.split_names import split_names
from ivg.stages.export import FINAL, MERGED_SIMILARITY
from ivg.stages.lineage import LINEAGE

Row = dict[str, Any]


@dataclass(frozen=True)
class Material:
    """One video with all that is known of it.

    Attributes:
        record: Its line of `videos.jsonl`.
        rows: Its annotations, each with its lineage.
        similarity: (n, n) of its segments, as nested lists; None where there is no such file.
        split: Of a release, else empty.
    """

    record: Row
    rows: list[Row] = field(default_factory=list)
    similarity: list[list[float]] | None = None
    split: str = ""


def materials(dataset: Dataset) -> Iterator[Material]:
    """The videos of a dataset in the order of its files, never more than one in memory.

    Raises:
        DatasetError: A file is missing or broken, or the files don't go together.
    """
    splits = split_names(dataset)
    annotated = annotated_rows(dataset)
    similarities = matrices(dataset.folder / MERGED_SIMILARITY)
    waiting = next(annotated, None)
    for record in dataset.videos():
        rows = []
        while waiting is not None and waiting["video"] == record.get("video"):
            rows.append(waiting)
            waiting = next(annotated, None)
        name = str(record.get("video"))
        yield Material(record, rows, next_of(similarities, name), splits.of(name) or "")
    if waiting is not None:
        raise DatasetError(
            f"{dataset.folder / FINAL}: {waiting['video']!r} is not where videos.jsonl has it"
        )


def annotated_rows(dataset: Dataset) -> Iterator[Row]:
    """Each row with its lineage.

    Raises:
        DatasetError: The two files have not the same number of lines.
    """
    try:
        for row, lineage in zip(dataset.rows(), dataset.lineage(), strict=True):
            yield {**lineage, **row}
    except ValueError:
        raise DatasetError(f"{dataset.folder}: {FINAL} and {LINEAGE} differ in length") from None


def matrices(path: Path) -> Iterator[tuple[str, list[list[float]]]]:
    """Name and similarity of each video; nothing where there is no such file.

    Raises:
        DatasetError: The file is broken.
    """
    if not path.is_file():
        return
    for where, row in json_lines(path):
        matrix = row.get("similarity_matrix")
        if not isinstance(matrix, list):
            raise DatasetError(f"{where}: there is no 'similarity_matrix'")
        yield str(row.get("video_fname")), matrix


def next_of(
    similarities: Iterator[tuple[str, list[list[float]]]], name: str
) -> list[list[float]] | None:
    """The next matrix, which must be this video's.

    Raises:
        DatasetError: It is another one's.
    """
    found = next(similarities, None)
    if found is None:
        return None
    if found[0] != name:
        raise DatasetError(f"{MERGED_SIMILARITY}: {found[0]!r} stands where {name!r} should")
    return found[1]
