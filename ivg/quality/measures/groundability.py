"""Can the segment be found in its negative span from its caption?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.judged import Judged, judged
from ivg.quality.measure import Columns, Measure
from ivg.records import FloatArray, IntArray, Video

NAMES = (
    "groundability/R@1",
    "groundability/MRR",
    "groundability/margin",
    "groundability/contrast",
    "false_negatives/rate",
)
COLUMNS = ("rank", "margin", "contrast", "floor", "false_negatives")


class Groundability(Measure):
    """Where the judge ranks the segment among the scenes of its negative span.

    The scenes of the span are ranked by the cosine of caption and scene (mean of its frames); the
    segment is where its best scene is, ties against it. R@1: share of captions whose segment is
    first; MRR: mean of 1 / rank; margin: cosine of the segment's best scene less that of the best
    other one. The floor of R@1 is a guesser who draws a scene. `false_negatives/rate` is the share
    of the span's other scenes that the caption fits at least as well as its segment; its floor
    is what captions that say nothing of their segment get: a half, where segments are one scene.

    contrast: cosine of the segment's best scene less the mean of all other scenes of the video. It
    tells right captions from wrong ones, and hardly changes with the spans; R@1 does not: a caption
    that is wrong in the same way wherever its scene is shown still finds it
    (benchmarks/quality.py).

    Annotations without another scene in their span have nothing to rank and are not counted.
    """

    judged = True

    def names(self, judged: bool) -> tuple[str, ...]:
        """R@1, MRR, margin, contrast, and the rate of false negatives."""
        return NAMES

    def see(self, video: Video) -> Columns:
        """Rank, margin and so on of each annotation; NaN without context."""
        blocks = [np.zeros((len(COLUMNS), 0)), *(ranked(found) for found in judged(video))]
        return dict(zip(COLUMNS, np.concatenate(blocks, axis=1), strict=True))

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """R@1 with its floor, MRR, margin, contrast, and the rate of false negatives."""
        rank = seen["rank"]
        ranked = np.isfinite(rank)
        floor = float(seen["floor"][ranked].mean()) if ranked.any() else None
        first = np.where(ranked, rank == 1, np.nan)
        yield bootstrap.mean("groundability/R@1", first, groups, 1, floor)
        yield bootstrap.mean("groundability/MRR", 1 / rank, groups, 1, None)
        yield bootstrap.mean("groundability/margin", seen["margin"], groups, 1, None)
        yield bootstrap.mean("groundability/contrast", seen["contrast"], groups, 1, 0.0)
        rate = seen["false_negatives"]
        yield bootstrap.mean("false_negatives/rate", rate, groups, -1, 0.5)


def ranked(found: Judged) -> FloatArray:
    """(5, r) the columns of some annotations."""
    own = found.best
    others = np.where(found.context, found.scenes, -np.inf)
    n_own, n_others = found.own.sum(axis=1), found.context.sum(axis=1)
    better = (others >= own[:, None]).sum(axis=1, where=found.context)
    with np.errstate(invalid="ignore", divide="ignore"):
        margin = own - others.max(axis=1, initial=-np.inf)
        rest = found.scenes.sum(axis=1, where=found.others) / found.others.sum(axis=1)
        floor = n_own / (n_own + n_others)
        columns = (1.0 + better, margin, own - rest, floor, better / n_others)
    return np.where((n_own > 0) & (n_others > 0), np.stack(columns), np.nan)
