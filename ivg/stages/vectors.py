"""Arithmetic of embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ivg.errors import BadModelOutputError
from ivg.records import FloatArray


def cosines(left: FloatArray, right: FloatArray) -> FloatArray:
    """Cosine of every row of `left` (n, d) with every row of `right` (m, d): (n, m), in [-1, 1].

    A zero vector is like nothing: its cosines are 0.

    Raises:
        BadModelOutputError: They don't live in one space.
    """
    if left.shape[-1] != right.shape[-1] and left.size and right.size:
        raise BadModelOutputError(
            f"vectors of {left.shape[-1]} and of {right.shape[-1]} numbers can't be compared"
        )
    products: FloatArray = unit(left) @ unit(right).T
    return np.clip(products, -1.0, 1.0)


def stacked(vectors: Sequence[FloatArray]) -> FloatArray:
    """Vectors as the rows of a matrix; (0, 0) if there are none.

    Raises:
        BadModelOutputError: They are of several lengths.
    """
    if len(lengths := {len(vector) for vector in vectors}) > 1:
        raise BadModelOutputError(f"one model gave vectors of {sorted(lengths)} numbers")
    return np.stack(vectors) if vectors else np.zeros((0, 0), dtype=np.float32)


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (..., d) brought to length 1, as float64; a zero vector stays one."""
    exact = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(exact, axis=-1, keepdims=True)
    return exact / np.where(norms > 0, norms, 1.0)
