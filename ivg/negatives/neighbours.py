"""How far a positive reaches, and which segments around it look like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ivg.negatives.search import NO_SCENE
from ivg.records import BoolArray, IntArray
from ivg.similarity import Similarity


@dataclass(frozen=True, slots=True)
class Side:
    """What lies on one side of each positive.

    Attributes:
        nearest: (c,) nearest segment that is not unlike the positive, or NO_SCENE.
        any_unlike: (c,) whether some segment on this side is unlike it.
    """

    nearest: IntArray
    any_unlike: BoolArray


def reach_left(similarity: Similarity, first: IntArray, threshold: float) -> IntArray:
    """Leftmost segment of the run before `first` that is similar (>) to segment `first`.

    Every segment is compared with the original edge, not with its neighbour; shape (c,).
    """
    index = np.arange(len(similarity))
    stops = ~(similarity.rows(first) > threshold) & (index < first[:, None])
    return np.asarray(np.where(stops, index, -1).max(axis=1) + 1)


def reach_right(similarity: Similarity, last: IntArray, threshold: float) -> IntArray:
    """Rightmost segment of the run after `last` that is similar (>) to segment `last`."""
    index = np.arange(len(similarity))
    stops = ~(similarity.rows(last) > threshold) & (index > last[:, None])
    return np.asarray(np.where(stops, index, len(similarity)).min(axis=1) - 1)


def unlike(similarity: Similarity, first: IntArray, last: IntArray, threshold: float) -> BoolArray:
    """(c, n) whether a segment is unlike (<) every segment of the positive `first..last`."""
    return similarity.maxima(first, last) < threshold


def earlier(is_unlike: BoolArray, first: IntArray) -> Side:
    """The side before each positive."""
    index = np.arange(is_unlike.shape[1])
    here = index < first[:, None]
    nearest = np.where(here & ~is_unlike, index, NO_SCENE).max(axis=1)
    return Side(nearest, np.any(here & is_unlike, axis=1))


def later(is_unlike: BoolArray, last: IntArray) -> Side:
    """The side after each positive."""
    n = is_unlike.shape[1]
    index = np.arange(n)
    here = index > last[:, None]
    nearest = np.where(here & ~is_unlike, index, n).min(axis=1)
    return Side(np.where(nearest == n, NO_SCENE, nearest), np.any(here & is_unlike, axis=1))
