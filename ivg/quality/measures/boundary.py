"""Does what the caption says end where the segment ends?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.judged import judged
from ivg.quality.measure import Columns, Measure
from ivg.records import BoolArray, FloatArray, IntArray, Video


class Boundary(Measure):
    """The shifted-window test: cosine in the segment less that in the windows beside it.

    The windows have the segment's length and lie right before and after it, inside the negative
    span. A segment whose edges are in the right place has a positive margin; one that was shifted
    shares its content with a neighbour, and the margin falls. Segments without a frame beside them
    are not counted.
    """

    judged = True

    def see(self, video: Video) -> Columns:
        """The margin of each annotation; NaN without frames on both sides of its edges."""
        found = judged(video)
        lengths = found.ends - found.starts
        inside = _between(found.times, found.starts, found.ends)
        first = np.maximum(found.starts - lengths, found.neg_starts)
        last = np.minimum(found.ends + lengths, found.neg_ends)
        beside = _between(found.times, first, last) & ~inside
        return {"margin": _mean(found.frames, inside) - _mean(found.frames, beside)}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """The mean margin."""
        yield bootstrap.mean("boundary/margin", seen["margin"], groups, 1, 0.0)


def _between(times: FloatArray, starts: FloatArray, ends: FloatArray) -> BoolArray:
    return np.asarray((times >= starts[:, None]) & (times < ends[:, None]))


def _mean(values: FloatArray, mask: BoolArray) -> FloatArray:
    counts = mask.sum(axis=1)
    return np.asarray(np.where(mask, values, 0).sum(axis=1) / np.where(counts, counts, np.nan))
