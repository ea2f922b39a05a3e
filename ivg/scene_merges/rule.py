"""What a rule for merging scenes must offer."""

from __future__ import annotations

from typing import Protocol

from ivg.records import FloatArray, IntArray


class SceneMerge(Protocol):
    """Decides where a segment begins. Constructors are cheap and check their values."""

    def first_scenes(self, similarity: FloatArray) -> IntArray:
        """The first scene of each segment.

        Args:
            similarity: (n, n) cosine of scene vectors, n >= 1.

        Returns:
            (s,) ascending scene indices, beginning with 0.
        """
