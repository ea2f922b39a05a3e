"""`filter=quantile`: a chosen share of the captions stays."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.ranges import number_within
from ivg.records import BoolArray, FloatArray


class QuantileFilter:
    """Keep clip_sim >= the q-quantile of all scored captions."""

    VERSION: ClassVar[int] = 1
    reason: ClassVar[str] = "below_threshold"

    def __init__(self, q: float = 0.5) -> None:
        """Check the quantile.

        Args:
            q: Share of the captions that goes, from 0 to 1; 0.5 is the median.

        Raises:
            ConfigError: `filter.q` is no number from 0 to 1.
        """
        self.q = number_within("filter.q", q, 0, 1)

    def fit(self, clip_sims: FloatArray) -> float:
        """The quantile, linearly interpolated."""
        return float(np.quantile(clip_sims, self.q)) if clip_sims.size else float("nan")

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`; NaN never stays."""
        return np.asarray(clip_sim >= cutoff)
