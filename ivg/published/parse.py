"""From the values in published files to checked records."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from ivg.errors import BadAnnotationError
from ivg.negatives.verified import TOLERANCE_SECS
from ivg.records import Caption, FloatArray, Scene

COSINE_SLACK = 1e-3
LONGEST_SECS = 1e9


def numbers(value: Any, what: str) -> FloatArray:
    """A (possibly nested) list of finite numbers as float64.

    Raises:
        BadAnnotationError: It holds something else or is ragged.
    """
    try:
        array = np.array(value)
    except ValueError as error:
        raise BadAnnotationError(f"{what}: rows differ in length") from error
    if not isinstance(value, list) or (array.size and array.dtype.kind not in "iuf"):
        raise BadAnnotationError(f"{what}: not a list of numbers")
    if not np.isfinite(array.astype(np.float64)).all():
        raise BadAnnotationError(f"{what}: holds a number that is not finite")
    return array.astype(np.float64) + 0.0


def parse_scenes(value: Any) -> tuple[Scene, ...]:
    """`[[start_sec, end_sec], ...]` to scenes.

    Raises:
        BadAnnotationError: A scene is empty or negative, or scenes are not in order.
    """
    times = numbers(value, "scenes")
    if not times.size:
        return ()
    if times.ndim != 2 or times.shape[1] != 2:
        raise BadAnnotationError("scenes: not a list of [start_sec, end_sec]")
    starts, ends = times[:, 0], times[:, 1]
    refuse_where(starts < 0, "scenes: scene {} starts before 0")
    refuse_where(ends <= starts, "scenes: scene {} does not end after its start")
    overlaps = starts[1:] < ends[:-1] - TOLERANCE_SECS
    refuse_where(overlaps, "scenes: the scene after scene {} starts before that one's end")
    return tuple(Scene(start, end) for start, end in times.tolist())


def refuse_where(mask: Any, message: str) -> None:
    """Raise for the first index that is set in the mask."""
    if mask.any():
        raise BadAnnotationError(message.format(int(np.argmax(mask))))


def parse_matrix(value: Any) -> FloatArray:
    """A square matrix of cosines, (n, n) float64.

    Raises:
        BadAnnotationError: It is not square or holds what is no cosine.
    """
    matrix = numbers(value, "similarity_matrix")
    if not matrix.size:
        return np.zeros((0, 0))
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        shape = " x ".join(map(str, matrix.shape))
        raise BadAnnotationError(f"similarity_matrix: {shape}, not square")
    if np.abs(matrix).max() > 1 + COSINE_SLACK:
        raise BadAnnotationError("similarity_matrix: holds a value outside -1 to 1")
    return matrix


def parse_duration(value: Any) -> float:
    """Seconds above 0.

    Raises:
        BadAnnotationError: It is something else.
    """
    if not is_number(value) or value <= 0:
        raise BadAnnotationError(f"duration: {value!r} is no number of seconds above 0")
    return float(value)


def parse_captions(row: dict[str, Any]) -> tuple[Caption, ...]:
    """One row of `captions.jsonl` to its captions.

    Raises:
        BadAnnotationError: A field is missing, of the wrong kind, or end is not after start.
    """
    start, end, texts = row.get("start_sec"), row.get("end_sec"), row.get("captions")
    if not is_number(start) or not is_number(end) or not start < end:
        raise BadAnnotationError(f"captions: {start!r} to {end!r} is no stretch of time")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadAnnotationError("captions: `captions` is no list of texts")
    return tuple(Caption(float(start), float(end), text) for text in texts)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a JSON value is a number that a time can be."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and -LONGEST_SECS < value < LONGEST_SECS
