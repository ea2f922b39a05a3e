"""One row of a published file: JSON in UTF-8, the same bytes for the same row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import numpy as np

from ivg.records import FloatArray

LINES = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def to_line(row: dict[str, Any]) -> bytes:
    """A row as one line, fields in their order; a NaN or infinity is refused.

    A name that is not valid Unicode (an undecodable file name) is written as JSON escapes.
    """
    text = LINES.encode(row)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def rounded(value: float, decimals: int | None) -> float:
    """A plain float, rounded unless `decimals` is None; never -0.0."""
    return (float(value) if decimals is None else round(float(value), decimals)) + 0.0


def to_matrix_line(
    video: str, blocks: Iterable[FloatArray], decimals: int | None
) -> Iterator[bytes]:
    """`{"video_fname": ..., "similarity_matrix": ...}` as one line, in pieces of a matrix row.

    Args:
        video: The name in published files.
        blocks: The matrix, (m, n) rows at a time.
        decimals: Values are rounded to so many; None leaves them as they are.

    Raises:
        ValueError: A value is NaN or infinite; pieces before it were given out already.
    """
    head, closing, tail = to_line({"video_fname": video, "similarity_matrix": []}).rpartition(b"]")
    yield head
    rows = (row for block in blocks for row in plain_rows(block, decimals))
    for separator, row in zip(chain([""], repeat(", ")), rows, strict=False):
        yield (separator + LINES.encode(row)).encode()
    yield closing + tail


def plain_rows(block: FloatArray, decimals: int | None) -> Iterator[list[float]]:
    """Rows as lists of plain floats, rounded unless `decimals` is None; never -0.0."""
    for row in block:
        yield ((row if decimals is None else np.round(row, decimals)) + 0.0).tolist()
