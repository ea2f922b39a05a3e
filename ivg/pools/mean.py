"""`merge=mean`: all frames of a segment count alike."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.records import FloatArray


class MeanPool:
    """clip_sim = mean over the readable frames."""

    VERSION: ClassVar[int] = 1

    def pool(self, frame_similarities: FloatArray) -> FloatArray:
        """See `Pool`."""
        readable = np.isfinite(frame_similarities)
        count = readable.sum(axis=1)
        total = np.sum(frame_similarities, axis=1, where=readable, dtype=np.float64)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)
