"""Which segments a caption covers."""

from __future__ import annotations

import numpy as np

from ivg.records import FloatArray, IntArray

NO_SCENE = -1


def start_scenes(starts: FloatArray, segment_starts: FloatArray, shift: float) -> IntArray:
    """The smallest index with segment.start >= start - shift, or NO_SCENE; shape (c,).

    Args:
        starts: (c,) caption starts, seconds.
        segment_starts: (n,) segment starts, seconds, n >= 1.
        shift: How much earlier than the caption a segment may start, seconds.
    """
    fits = segment_starts >= (starts - shift)[:, None]
    return np.where(fits.any(axis=1), fits.argmax(axis=1), NO_SCENE)


def end_scenes(ends: FloatArray, segment_ends: FloatArray, shift: float) -> IntArray:
    """The largest index with segment.end <= end + shift, or NO_SCENE; shape (c,)."""
    fits = segment_ends <= (ends + shift)[:, None]
    last = segment_ends.size - 1 - fits[:, ::-1].argmax(axis=1)
    return np.where(fits.any(axis=1), last, NO_SCENE)
