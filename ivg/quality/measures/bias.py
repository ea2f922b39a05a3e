"""What a guesser reaches who sees neither video nor caption."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ivg.quality.bootstrap import Bootstrap, units_of
from ivg.quality.figures import Figure
from ivg.quality.measure import Columns, Measure
from ivg.quality.metrics import iou_matrix, temporal_iou
from ivg.ranges import whole_within
from ivg.records import FloatArray, IntArray, Video

FOLDS = 2
ROWS_AT_ONCE = 4096


class Bias(Measure):
    """mIoU of the best fixed window (Yuan et al., 2021), beside that of windows drawn at random.

    The window is a part of the negative span. It is the one on a grid with the highest mIoU on one
    half of the videos, and is tested on the other half: what position and length alone give away.
    The floor is the mIoU of a window drawn from the same grid. The nearer the two, the better.
    """

    def __init__(self, steps: int = 20) -> None:
        """Check the value.

        Args:
            steps: The grid has windows between any two of `steps + 1` points of the span.

        Raises:
            ConfigError: It is below 2.
        """
        self.steps = whole_within("quality.bias.steps", steps, 2, 100)

    def names(self, judged: bool) -> tuple[str, ...]:
        """The mIoU of a guesser."""
        return ("bias/guess_mIoU",)

    def see(self, video: Video) -> Columns:
        """Start and end of each segment as parts of its negative span, in 0..1."""
        rows = video.annotations
        spans = np.array([row.neg_end_sec - row.neg_start_sec for row in rows])
        starts = np.array([row.start_sec - row.neg_start_sec for row in rows])
        ends = np.array([row.end_sec - row.neg_start_sec for row in rows])
        return {"starts": starts / spans, "ends": ends / spans}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """The guesser's mIoU; its floor is the random one."""
        windows = np.stack((seen["starts"], seen["ends"]), axis=1)
        guessed, drawn = self._guess(windows, units_of(groups))
        floor = float(drawn.mean()) if len(drawn) else None
        yield bootstrap.mean("bias/guess_mIoU", guessed, groups, -1, floor)

    def _guess(self, windows: FloatArray, units: IntArray) -> tuple[FloatArray, FloatArray]:
        """(n,) IoU of the window chosen on the other fold, and (n,) mean IoU over the grid."""
        grid = self._grid()
        fold = units % FOLDS
        sums = np.zeros((FOLDS, len(grid)))
        drawn = np.zeros(len(windows))
        for start, stop in pairwise([*range(0, len(windows), ROWS_AT_ONCE), len(windows)]):
            ious = iou_matrix(windows[start:stop], grid)
            drawn[start:stop] = ious.mean(axis=1)
            np.add.at(sums, fold[start:stop], ious)
        best = grid[(sums.sum(axis=0) - sums).argmax(axis=1)]
        others = len(windows) - np.bincount(fold, minlength=FOLDS)
        return np.where(others[fold] > 0, temporal_iou(windows, best[fold]), np.nan), drawn

    def _grid(self) -> FloatArray:
        first, last = np.triu_indices(self.steps + 1, k=1)
        return np.stack((first, last), axis=1) / self.steps
