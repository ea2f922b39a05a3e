"""`scene_merge=union`: a scene is compared with every scene of the open segment."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ivg.ranges import number_within
from ivg.records import FloatArray, IntArray


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

    def first_scenes(self, similarity: FloatArray) -> IntArray:
        """See `SceneMerge`; a similarity that is NaN joins nothing."""
        similar = similarity > self.threshold
        firsts = [0]
        for scene in range(1, len(similar)):
            if not similar[firsts[-1] : scene, scene].any():
                firsts.append(scene)
        return np.array(firsts)
