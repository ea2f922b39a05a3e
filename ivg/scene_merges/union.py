"""`scene_merge=union`: a scene is compared with every scene of the open segment."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.ranges import number_within
from ivg.records import IntArray
from ivg.similarity import Similarity


class UnionSceneMerge:
    """A scene joins the open segment iff it is similar to any member (InternVid-G's option)."""

    VERSION: ClassVar[int] = 1

    def __init__(self, threshold: float = 0.85) -> None:
        """Check the threshold.

        Args:
            threshold: Cosine above which (strictly) a scene is similar to a member.

        Raises:
            ConfigError: `scene_merge.threshold` is no number from -1 to 1.
        """
        self.threshold = number_within("scene_merge.threshold", threshold, -1, 1)

    def first_scenes(self, similarity: Similarity) -> IntArray:
        """See `SceneMerge`; a similarity that is NaN joins nothing."""
        firsts: list[int] = []
        joins = np.zeros(len(similarity), dtype=np.bool_)  # which scenes are like a member so far
        for scene, row in enumerate(row for block in similarity.blocks() for row in block):
            if not joins[scene]:
                firsts.append(scene)
                joins[:] = False
            joins |= row > self.threshold
        return np.array(firsts)
