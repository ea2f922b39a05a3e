"""Merge neighbouring scenes that look alike into segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ivg.records import FloatArray, IntArray, Scene, Segment, Video, no_rows
from ivg.scene_merges.rule import SceneMerge
from ivg.stage import Context, Outcome, Stage, Tally


class MergeScenes(Stage):
    """Scenes and their similarity to segments and theirs (HawkEye, InternVid-G step 5).

    Only compared scenes, the first `len(similarity)`, are merged. A segment begins with its first
    scene and ends with its last; two segments are as similar as their most similar members.
    """

    spread = False
    name = "merge"
    produces = ("segments", "segment_similarity")
    needs = ("similarity",)

    def __init__(self, rule: SceneMerge) -> None:
        """Store the rule.

        Args:
            rule: Where segments begin; config group `scene_merge`.
        """
        self.rule = rule

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the segments, and their (s, s) similarity."""
        compared = video.scenes[: len(video.similarity)]
        tally = scene_tally(len(video.scenes), len(compared))
        if not compared:
            return Outcome({"segments": (), "segment_similarity": no_rows()}, (tally,))
        firsts = self.rule.first_scenes(video.similarity)
        fields = {
            "segments": joined(compared, firsts),
            "segment_similarity": block_maxima(video.similarity, firsts),
        }
        return Outcome(fields, (tally,))


def scene_tally(known: int, compared: int) -> Tally:
    """The books of one video's scenes; those past `max_scenes` were never compared."""
    capped = known - compared
    return Tally("scene", known, compared, {"not_compared": capped} if capped else {})


def joined(scenes: Sequence[Scene], firsts: IntArray) -> tuple[Segment, ...]:
    """The segments that begin at the scenes `firsts`."""
    starts = firsts.tolist()
    lasts = [first - 1 for first in starts[1:]] + [len(scenes) - 1]
    return tuple(
        Segment(scenes[first].start_sec, scenes[last].end_sec, first, last)
        for first, last in zip(starts, lasts, strict=True)
    )


def block_maxima(similarity: FloatArray, firsts: IntArray) -> FloatArray:
    """Entry (a, b): the maximum over members of a x members of b; shape (s, s)."""
    rows = np.maximum.reduceat(similarity, firsts, axis=0)
    return np.maximum.reduceat(rows, firsts, axis=1)
