"""`filter=none`: every caption stays."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.records import BoolArray, FloatArray


class NoFilter:
    """Keep all captions, also those of which no frame could be read."""

    VERSION: ClassVar[int] = 1
    reason: ClassVar[str] = "none"

    def fit(self, clip_sims: FloatArray) -> float:
        """Nothing."""
        return float("nan")

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`."""
        return np.ones(len(clip_sim), dtype=np.bool_)
