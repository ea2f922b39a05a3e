"""Does what the caption says end where the segment ends?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.judged import window_sums, windows_of
from ivg.quality.measure import Columns, Measure
from ivg.records import IntArray, Video


class Boundary(Measure):
    """The shifted-window test: cosine in the segment less that in the windows beside it.

    The windows have the segment's length and lie right before and after it, inside the negative
    span. A segment whose edges are in the right place has a positive margin; one that was shifted
    shares its content with a neighbour, and the margin falls. Segments without a frame beside them
    are not counted.
    """

    judged = True

    def names(self, judged: bool) -> tuple[str, ...]:
        """The margin."""
        return ("boundary/margin",)

    def see(self, video: Video) -> Columns:
        """The margin of each annotation; NaN without frames on both sides of its edges."""
        found = windows_of(video)
        lengths = found.ends - found.starts
        first = np.maximum(found.starts - lengths, found.neg_starts)
        last = np.minimum(found.ends + lengths, found.neg_ends)
        inside, n_inside = window_sums(video, found.starts, found.ends)
        around, n_around = window_sums(video, first, last)
        beside, n_beside = around - inside, n_around - n_inside
        with np.errstate(invalid="ignore", divide="ignore"):
            margin = inside / n_inside - beside / n_beside
        return {"margin": np.where((n_inside > 0) & (n_beside > 0), margin, np.nan)}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """The mean margin."""
        yield bootstrap.mean("boundary/margin", seen["margin"], groups, 1, 0.0)
