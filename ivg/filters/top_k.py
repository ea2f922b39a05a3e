"""`filter=top_k`: the best captions of every video stay."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.errors import ConfigError
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
        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise ConfigError(f"filter.k must be a whole number above 0, got {k!r}")
        self.k = k

    def fit(self, clip_sims: FloatArray) -> float:
        """Nothing: each video is ranked by itself."""
        return float("nan")

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`; NaN never stays."""
        best_first = np.argsort(-clip_sim, kind="stable")
        kept = np.zeros(len(clip_sim), dtype=np.bool_)
        kept[best_first[: self.k]] = True
        return np.asarray(kept & np.isfinite(clip_sim))
