"""Does the negative span hold another scene of what the segment shows?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.judged import Judged, judged, scene_means
from ivg.quality.measure import Columns, Measure
from ivg.ranges import number_within
from ivg.records import FloatArray, IntArray, Video
from ivg.stages.vectors import unit

NAME = "false_negatives/twins"


class Twins(Measure):
    """Share of the span's other scenes that are the segment's twins, by the judge's eyes.

    A twin looks like the segment's best scene, and the caption fits it nearly as well. The two
    together are needed: a caption that says nothing of its segment fits half of all scenes as
    well (`false_negatives/rate` counts those), but that is the caption's fault and not the span's.

    How alike is alike is taken from the video itself: `alike` of the way from the mean cosine of
    two of its scenes to the mean cosine of two frames of one scene.
    """

    judged = True

    def __init__(self, alike: float = 0.5, fit: float = 0.8) -> None:
        """Check the values.

        Args:
            alike: From 0, where twins are as like as any two scenes, to 1, as two frames of one.
            fit: A twin's cosine with the caption is at least this share of the segment's.

        Raises:
            ConfigError: A value is out of range.
        """
        self.alike = number_within("quality.measures.twins.alike", alike, 0, 1)
        self.fit = number_within("quality.measures.twins.fit", fit, 0, 1)

    def names(self, judged: bool) -> tuple[str, ...]:
        """The share."""
        return (NAME,)

    def see(self, video: Video) -> Columns:
        """The share of each annotation; NaN without context."""
        means, counts = scene_means(video)
        looks, level = unit(means), self._level(means, counts)
        blocks = [np.zeros(0), *(self._shares(found, looks, level) for found in judged(video))]
        return {"twins": np.concatenate(blocks)}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """The mean share."""
        yield bootstrap.mean(NAME, seen["twins"], groups, -1, None)

    def _shares(self, found: Judged, looks: FloatArray, level: float) -> FloatArray:
        best = np.where(found.own, found.scenes, -np.inf).argmax(axis=1)
        alike = looks[best] @ looks.T >= level
        least = found.best - (1 - self.fit) * np.abs(found.best)
        twins = (found.context & alike & (found.scenes >= least[:, None])).sum(axis=1)
        n = found.context.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(found.own.any(axis=1) & (n > 0), twins / n, np.nan)

    def _level(self, means: FloatArray, counts: IntArray) -> float:
        squares = np.einsum("nj,nj->n", means, means)
        several = counts > 1
        n = counts[several]
        # the squared length of a mean of unit vectors is the mean of all their cosines
        within = (squares[several] * n - 1) / (n - 1)
        looks = unit(means[counts > 0])
        m = len(looks)
        between = (np.sum(looks.sum(axis=0) ** 2) - m) / (m * (m - 1)) if m > 1 else 0.0
        return float(between + self.alike * ((within.mean() if len(n) else 1.0) - between))
