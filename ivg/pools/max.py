"""`merge=max`: the best frame speaks for the segment (used for InternVid-G)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.records import FloatArray


class MaxPool:
    """clip_sim = maximum over the readable frames."""

    VERSION: ClassVar[int] = 1

    def pool(self, frame_similarities: FloatArray) -> FloatArray:
        """See `Pool`."""
        readable = np.isfinite(frame_similarities)
        best = np.max(frame_similarities, axis=1, where=readable, initial=-np.inf)
        return np.where(readable.any(axis=1), best, np.nan).astype(np.float64)
