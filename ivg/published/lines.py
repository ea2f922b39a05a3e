"""One row of a published file: JSON in UTF-8, the same bytes for the same row."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ivg.records import FloatArray


def to_line(row: dict[str, Any]) -> bytes:
    """A row as one line, fields in their order; a NaN or infinity is refused.

    A name that is not valid Unicode (an undecodable file name) is written as JSON escapes.
    """
    text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def rounded(value: float, decimals: int | None) -> float:
    """A plain float, rounded unless `decimals` is None; never -0.0."""
    return (float(value) if decimals is None else round(float(value), decimals)) + 0.0


def rounded_matrix(matrix: FloatArray, decimals: int | None) -> list[list[float]]:
    """A matrix as lists of plain floats, rounded unless `decimals` is None."""
    exact = matrix if decimals is None else np.round(matrix, decimals)
    rows: list[list[float]] = (np.asarray(exact, dtype=np.float64) + 0.0).tolist()
    return rows
