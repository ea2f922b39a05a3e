"""Merge neighbouring scenes that look alike into segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ivg.records import IntArray, Scene, Segment, Video, no_floats
from ivg.scene_merges.rule import SceneMerge
from ivg.similarity import scene_similarity
from ivg.stage import Context, Outcome, Stage, Tally


class MergeScenes(Stage):
    """Scenes to segments (HawkEye, InternVid-G step 5).

    Only compared scenes, the first `embed.max_scenes`, are merged. A segment begins with its first
    scene and ends with its last.
    """

    spread = False
    name = "merge"
    produces = ("segments", "neighbour_similarity")
    needs = ("scene_vectors",)
    VERSION: ClassVar[int] = 2

    def __init__(self, rule: SceneMerge) -> None:
        """Store the rule.

        Args:
            rule: Where segments begin; config group `scene_merge`.
        """
        self.rule = rule

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the segments, and the (n - 1,) similarity of each scene with the next one."""
        similarity = scene_similarity(video)
        compared = video.scenes[: len(similarity)]
        tally = scene_tally(len(video.scenes), len(compared))
        if not compared:
            return Outcome({"segments": (), "neighbour_similarity": no_floats()}, (tally,))
        fields = {
            "segments": joined(compared, self.rule.first_scenes(similarity)),
            "neighbour_similarity": similarity.neighbours(),
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
