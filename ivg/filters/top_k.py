"""`filter=top_k`: the best captions of every video stay."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.ranges import whole_within
from ivg.records import BoolArray, FloatArray


class TopKFilter:
    """Keep the k highest clip_sim of each video; of equal scores the earlier caption stays."""

    VERSION: ClassVar[int] = 1
    reason: ClassVar[str] = "not_in_top_k"

    def __init__(self, k: int = 5) -> None:
        """Check k.

        Args:
            k: Captions a video, at least 1.

        Raises:
            ConfigError: `filter.k` is no whole number above 0.
        """
        self.k = whole_within("filter.k", k, 1)

    def fit(self, clip_sims: FloatArray) -> float:
        """Nothing: each video is ranked by itself."""
        return float("nan")

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`; NaN never stays."""
        best_first = np.argsort(-clip_sim, kind="stable")
        kept = np.zeros(len(clip_sim), dtype=np.bool_)
        kept[best_first[: self.k]] = True
        return np.asarray(kept & np.isfinite(clip_sim))
