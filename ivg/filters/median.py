"""`filter=median`: the better half stays (InternVid-G's rule)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.records import BoolArray, FloatArray


class MedianFilter:
    """Keep clip_sim >= the median of all scored captions."""

    VERSION: ClassVar[int] = 1
    reason: ClassVar[str] = "below_threshold"

    def fit(self, clip_sims: FloatArray) -> float:
        """The median, as `np.median` defines it."""
        return float(np.median(clip_sims)) if clip_sims.size else float("nan")

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`; NaN never stays."""
        return np.asarray(clip_sim >= cutoff)
