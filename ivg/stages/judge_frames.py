"""Show the judge the scenes."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ivg.dialogue import converse_alone
from ivg.models.answers import matrix, vectors
from ivg.models.protocols import Scorer, provenance_of
from ivg.ranges import one_of, whole_within
from ivg.records import FloatArray, Image, Video
from ivg.stage import Context, Outcome, Stage, Tally
from ivg.stages.embed import vectors_of
from ivg.stages.picking import Moment, scene_moments
from ivg.stages.vectors import stacked
from ivg.video.sampling import POSITIONS


class JudgeFrames(Stage):
    """k frames of every scene to the judge's vectors, for the measures of quality.

    It stands aside: the judge is part of no later key. But a video that can't be shown to it fails.
    """

    name: ClassVar[str] = "judge_frames"
    produces: ClassVar[tuple[str, ...]] = ("judge_frames", "judge_times")
    questions_at_once: ClassVar[int] = 256
    aside: ClassVar[bool] = True

    def __init__(self, judge: Scorer | None, k: int = 3, positions: str = "inside") -> None:
        """Store the config.

        Args:
            judge: Image and text to one space, not the scorer's; config group `judge`. None: no
                judge is asked, and the stage is idle.
            k: Frames a scene.
            positions: `inside`, or `published`: the InternVid-G frame formula.

        Raises:
            ConfigError: A value is out of range.
        """
        self.judge = judge
        self.k = whole_within("judge_frames.k", k, 1)
        self.positions = one_of("judge_frames.positions", positions, POSITIONS)

    @property
    def idle(self) -> bool:
        """Whether there is no judge."""
        return self.judge is None

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The judge's weights."""
        return {"judge": provenance_of(self.judge)}

    def setup(self, context: Context) -> None:
        """Load the judge."""
        asked(self.judge).setup(context.device)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the (m, j) vectors and (m,) times of readable frames.

        Raises:
            FrameUnavailableError: A frame is not kept and the video is not at hand.
        """
        return converse_alone(self, video, context)

    def converse(
        self, video: Video, context: Context
    ) -> Generator[Sequence[Image], Sequence[FloatArray], Outcome]:
        """`process`, asking for the vectors of frames."""
        moments = {
            moment
            for scene in video.scenes
            for moment in scene_moments(video, scene, self.k, self.positions)
        }
        seen = yield from vectors_of(context, video, moments)
        found = sorted(seen, key=_time)
        lost = len(moments) - len(found)
        tally = Tally("frame", len(moments), len(found), {"unreadable": lost} if lost else {})
        return Outcome(
            {
                "judge_frames": stacked([seen[moment] for moment in found]),
                "judge_times": np.array([moment.time_sec for moment in found]),
            },
            (tally,),
        )

    def answer(self, questions: Sequence[Image]) -> Sequence[FloatArray | Exception]:
        """A vector of the joint space a frame."""
        judge = asked(self.judge)
        features = matrix(judge, judge.embed_images(questions), questions)
        return vectors(judge, judge.project(features), questions)


def asked(judge: Scorer | None) -> Scorer:
    """The judge of a stage that is not idle."""
    if judge is None:
        raise RuntimeError("there is no judge: the stage is idle and must not run")
    return judge


def _time(moment: Moment) -> float:
    return moment.time_sec
