"""`scene_merge=last`: a scene is compared with the one before it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.ranges import number_within
from ivg.records import IntArray
from ivg.similarity import Similarity


class LastSceneMerge:
    """Scene k+1 joins the open segment iff sim(k, k+1) > threshold (InternVid-G's rule)."""

    VERSION: ClassVar[int] = 1

    def __init__(self, threshold: float = 0.85) -> None:
        """Check the threshold.

        Args:
            threshold: Cosine above which (strictly) neighbours are one segment.

        Raises:
            ConfigError: `scene_merge.threshold` is no number from -1 to 1.
        """
        self.threshold = number_within("scene_merge.threshold", threshold, -1, 1)

    def first_scenes(self, similarity: Similarity) -> IntArray:
        """See `SceneMerge`; a similarity that is NaN joins nothing."""
        breaks = ~(similarity.neighbours() > self.threshold)
        return np.concatenate(([0], np.flatnonzero(breaks) + 1))
