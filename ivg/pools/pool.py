"""What a way of pooling frame similarities must offer."""

from __future__ import annotations

from typing import Protocol

from ivg.records import FloatArray


class Pool(Protocol):
    """Turns the k frame similarities of a caption into one score."""

    def pool(self, frame_similarities: FloatArray) -> FloatArray:
        """One clip_sim a caption.

        Args:
            frame_similarities: (c, k) cosines; NaN where a frame could not be read.

        Returns:
            (c,) float64 scores of the readable frames; NaN where none was readable.
        """
