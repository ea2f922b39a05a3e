"""Show the scorer every scene, so that captions can be held against all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ivg.dialogue import converse_alone
from ivg.models.protocols import Embedder, Scorer, provenance_of
from ivg.ranges import flag, one_of, whole_within
from ivg.records import FloatArray, Image, Video
from ivg.stage import Context, Outcome, Stage, Tally
from ivg.stages.picking import Moment, scene_moments
from ivg.stages.score import Asking, answers, features_of, known_features, projected
from ivg.stages.vectors import stacked, unit
from ivg.video.sampling import POSITIONS


class ScoreScenes(Stage):
    """Scenes and captions to the scorer's vectors, for `negatives.verify_caption`.

    It stands aside: only what reads it depends on it. Where embedder and scorer are one model, no
    frame is encoded again.
    """

    name: ClassVar[str] = "score_scenes"
    produces: ClassVar[tuple[str, ...]] = ("scorer_scenes", "scorer_captions")
    needs: ClassVar[tuple[str, ...]] = ("features",)
    questions_at_once: ClassVar[int] = 256
    aside: ClassVar[bool] = True
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"verify"})

    def __init__(
        self,
        scorer: Scorer,
        embedder: Embedder,
        verify: bool = False,
        k: int = 3,
        positions: str = "inside",
    ) -> None:
        """Store the config.

        Args:
            scorer: That of the stage `score`.
            embedder: That of the stage `embed`, whose features are reused if they are the same.
            verify: Whether anybody wants it; else the stage is idle.
            k: Frames a scene.
            positions: `inside`, or `published`: the InternVid-G frame formula.

        Raises:
            ConfigError: A value is out of range.
        """
        self.scorer = scorer
        self.embedder = embedder
        self.verify = flag("negatives.verify_caption", verify)
        self.k = whole_within("score_scenes.k", k, 1)
        self.positions = one_of("score_scenes.positions", positions, POSITIONS)

    @property
    def idle(self) -> bool:
        """Whether nothing is to be verified."""
        return not self.verify

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The scorer's weights."""
        return {"scorer": provenance_of(self.scorer)}

    def setup(self, context: Context) -> None:
        """Load the scorer."""
        self.scorer.setup(context.device)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the (n, j) vectors of scenes and the (c, j) vectors of captions.

        Raises:
            FrameUnavailableError: A frame is not kept and the video is not at hand.
        """
        return converse_alone(self, video, context)

    def converse(self, video: Video, context: Context) -> Asking[Outcome]:
        """`process`, asking for the vectors of frames and of distinct texts."""
        last = video.segments[-1].last_scene if video.segments else -1
        scenes = video.scenes[: last + 1] if video.captions else ()
        wanted = [scene_moments(video, scene, self.k, self.positions) for scene in scenes]
        moments = sorted({moment for row in wanted for moment in row}, key=lambda m: m.time_sec)
        known = known_features(video, self.embedder, self.scorer)
        features = yield from features_of(video, context, moments, known)
        texts = list(dict.fromkeys(caption.text for caption in video.captions))
        vectors = dict(zip(texts, unit(stacked((yield texts) if texts else [])), strict=True))
        fields = {
            "scorer_scenes": self._means(wanted, features),
            "scorer_captions": stacked([vectors[caption.text] for caption in video.captions]),
        }
        lost = len(moments) - len(features)
        dropped = {"unreadable": lost} if lost else {}
        return Outcome(fields, (Tally("frame", len(moments), len(features), dropped),))

    def answer(self, questions: Sequence[Image | str]) -> Sequence[FloatArray | Exception]:
        """A vector of the joint space a text, and a frame feature a frame."""
        return answers(self.scorer, questions)

    def _means(
        self, wanted: Sequence[Sequence[Moment]], features: Mapping[Moment, FloatArray]
    ) -> FloatArray:
        if not features:
            return np.full((len(wanted), 0), np.nan)
        frames = unit(projected(self.scorer, list(features.values())))
        rows = dict(zip(features, frames, strict=True))
        nothing = np.full(frames.shape[1], np.nan)
        seen = [[rows[moment] for moment in row if moment in rows] for row in wanted]
        return stacked([np.mean(row, axis=0) if row else nothing for row in seen])
