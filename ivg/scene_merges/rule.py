"""What a rule for merging scenes must offer."""

from __future__ import annotations

from typing import Protocol

from ivg.records import IntArray
from ivg.similarity import Similarity


class SceneMerge(Protocol):
    """Decides where a segment begins. Constructors are cheap and check their values."""

    def first_scenes(self, similarity: Similarity) -> IntArray:
        """The first scene of each segment.

        Args:
            similarity: Of n >= 1 scenes; a rule that needs all of it goes through its blocks.

        Returns:
            (s,) ascending scene indices, beginning with 0.
        """
