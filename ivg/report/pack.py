"""Rows and videos as the page wants them: columns for the table, one object for a video."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ivg.errors import DatasetError
from ivg.report.material import Material
from ivg.stages.lineage import LINEAGE as LINEAGE_FILE

Row = Mapping[str, Any]

MOST_SEGMENTS = 800
"""A matrix of more, 1.7 MB as text, is left out."""

COLUMNS = ("v", "k", "s", "e", "ns", "ne", "c", "q", "b", "o")
LINEAGE = (
    "start_sec",
    "end_sec",
    "neg_start_sec",
    "neg_end_sec",
    "caption",
    "start_scene",
    "end_scene",
    "neg_start_scene",
    "neg_end_scene",
    "caption_index",
    "edited",
    "captioner",
    "clip_sim",
    "frame_sims",
    "first_scene",
    "last_scene",
    "scene_sims",
    "sim_before",
    "sim_after",
    "expanded",
    "neg_start_reason",
    "neg_start_sim",
    "neg_end_reason",
    "neg_end_sim",
)


def table_row(record: Row, row: Row, video: int, place: int) -> tuple[Any, ...]:
    """The values of `COLUMNS`.

    Which video, which of its rows, the four times, the caption, its clip_sim, how alike the more
    similar bound of the span is (None without any), and, where they differ from the row's, times
    and text of the caption that it was made of, by which marks know it.
    """
    bounds = [row.get(name) for name in ("neg_start_sim", "neg_end_sim")]
    return (
        video,
        place,
        row["start_sec"],
        row["end_sec"],
        row["neg_start_sec"],
        row["neg_end_sec"],
        row["caption"],
        row.get("clip_sim"),
        max((one for one in bounds if one is not None), default=None),
        origin(record, row),
    )


def origin(record: Row, row: Row) -> list[Any] | None:
    """Start, end and text of the row's caption; None where they are the row's own.

    Raises:
        DatasetError: There is no such caption.
    """
    index, captions = row.get("caption_index"), record["captions"]
    if index is None:
        return None
    if not 0 <= index < len(captions):
        raise DatasetError(f"{LINEAGE_FILE}: {record['video']!r} has no caption {index}")
    found = [captions[index][name] for name in ("start_sec", "end_sec", "caption")]
    return None if found == [row["start_sec"], row["end_sec"], row["caption"]] else found


def columns(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows as columns: a third of the characters."""
    return {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}


def video_object(material: Material, sheet: str) -> dict[str, Any]:
    """All that the view of one video shows.

    Args:
        material: The video.
        sheet: Name of the picture of thumbnails; empty for none.
    """
    matrix = material.similarity
    small = matrix is not None and len(matrix) <= MOST_SEGMENTS
    return {
        **material.record,
        "split": material.split,
        "rows": [{name: row.get(name) for name in LINEAGE} for row in material.rows],
        "sheet": sheet,
        "matrix": packed(matrix) if matrix is not None and small else None,
        "n_matrix": len(matrix) if matrix is not None else 0,
    }


def packed(matrix: Sequence[Sequence[float]]) -> str:
    """Thousandths as little-endian 16-bit numbers, row by row, in base64."""
    thousandths = np.rint(np.asarray(matrix, np.float64).reshape(-1) * 1000).clip(-32768, 32767)
    return b64encode(thousandths.astype("<i2").tobytes()).decode("ascii")
