"""`filter=threshold`: an absolute score decides, whatever the data set."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.ranges import number_within
from ivg.records import BoolArray, FloatArray


class ThresholdFilter:
    """Keep clip_sim >= threshold. Raw CLIP cosines of matching pairs lie around 0.2 to 0.35."""

    VERSION: ClassVar[int] = 1
    reason: ClassVar[str] = "below_threshold"

    def __init__(self, threshold: float = 0.25) -> None:
        """Check the threshold.

        Args:
            threshold: Cosine at or above which a caption stays.

        Raises:
            ConfigError: `filter.threshold` is no number from -1 to 1.
        """
        self.threshold = number_within("filter.threshold", threshold, -1, 1)

    def fit(self, clip_sims: FloatArray) -> float:
        """The threshold itself; the data don't matter."""
        return float(self.threshold)

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`; NaN never stays."""
        return np.asarray(clip_sim >= cutoff)
