"""Compare each caption with frames of its segment."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np

from ivg.dialogue import converse_alone
from ivg.models.answers import matrix, vectors
from ivg.models.protocols import Embedder, Scorer, provenance_of
from ivg.ranges import one_of, whole_within
from ivg.records import Caption, FloatArray, Image, Video
from ivg.stage import Context, Outcome, Stage, Tally
from ivg.stages.embed import vectors_of
from ivg.stages.picking import Moment, score_moments
from ivg.stages.vectors import cosines, stacked
from ivg.video.sampling import POSITIONS

T = TypeVar("T")
Asking = Generator[Sequence[Image | str], Sequence[FloatArray], T]


class Score(Stage):
    """Captions to the cosines of k frames with each (InternVid-G step 7); nothing is filtered."""

    name: ClassVar[str] = "score"
    produces: ClassVar[tuple[str, ...]] = ("frame_similarities",)
    needs: ClassVar[tuple[str, ...]] = ("features",)
    questions_at_once: ClassVar[int] = 256

    def __init__(
        self, scorer: Scorer, embedder: Embedder, k: int = 3, positions: str = "inside"
    ) -> None:
        """Store the config.

        Args:
            scorer: Image and text to one space; config group `scorer`.
            embedder: That of the embed stage; if its `frame_model` is the scorer's, its features
                are reused and those frames are neither read nor encoded again.
            k: Frames a segment.
            positions: `inside`, or `published`: the InternVid-G frame formula.

        Raises:
            ConfigError: A value is out of range.
        """
        self.scorer = scorer
        self.embedder = embedder
        self.k = whole_within("score.k", k, 1)
        self.positions = one_of("score.positions", positions, POSITIONS)

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The scorer's weights."""
        return {"scorer": provenance_of(self.scorer)}

    def setup(self, context: Context) -> None:
        """Load the scorer; of the embedder only the name is used."""
        self.scorer.setup(context.device)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the (c, k) cosines in [-1, 1]; NaN where a frame can't be read.

        Raises:
            FrameUnavailableError: A frame is not kept and the video is not at hand.
        """
        return converse_alone(self, video, context)

    def converse(self, video: Video, context: Context) -> Asking[Outcome]:
        """`process`, asking for the vectors of frames and of texts."""
        if not video.captions:
            return Outcome({"frame_similarities": np.zeros((0, self.k))})
        wanted = [
            score_moments(video, caption.start_sec, caption.end_sec, self.k, self.positions)
            for caption in video.captions
        ]
        moments = sorted({moment for row in wanted for moment in row}, key=lambda m: m.time_sec)
        known = known_features(video, self.embedder, self.scorer)
        features = yield from features_of(video, context, moments, known)
        scores = yield from self._scores(video.captions, wanted, features)
        lost = len(moments) - len(features)
        tally = Tally("frame", len(moments), len(features), {"unreadable": lost} if lost else {})
        return Outcome({"frame_similarities": scores}, (tally,))

    def answer(self, questions: Sequence[Image | str]) -> Sequence[FloatArray | Exception]:
        """A vector of the joint space a text, and a frame feature a frame."""
        return answers(self.scorer, questions)

    def _scores(
        self,
        captions: Sequence[Caption],
        wanted: Sequence[Sequence[Moment]],
        features: Mapping[Moment, FloatArray],
    ) -> Asking[FloatArray]:
        if not features:
            return np.full((len(captions), self.k), np.nan)
        frames = projected(self.scorer, list(features.values()))
        column = {moment: number for number, moment in enumerate(features)}
        texts = list(dict.fromkeys(caption.text for caption in captions))
        row = {text: number for number, text in enumerate(texts)}
        said = yield texts
        # One more column, which unreadable frames point to.
        table = np.full((len(texts), len(features) + 1), np.nan)
        table[:, :-1] = cosines(stacked(said), frames)
        columns = [[column.get(moment, -1) for moment in moments] for moments in wanted]
        scores: FloatArray = table[
            np.array([row[caption.text] for caption in captions])[:, None], np.array(columns)
        ]
        return scores


def answers(scorer: Scorer, questions: Sequence[Image | str]) -> Sequence[FloatArray | Exception]:
    """A vector of the joint space a text, and a frame feature a frame."""
    texts = [asked for asked in questions if isinstance(asked, str)]
    images = [asked for asked in questions if not isinstance(asked, str)]
    of_texts = iter(vectors(scorer, scorer.embed_texts(texts), texts) if texts else ())
    of_images = iter(vectors(scorer, scorer.embed_images(images), images) if images else ())
    return [next(of_texts if isinstance(asked, str) else of_images) for asked in questions]


def projected(scorer: Scorer, features: Sequence[FloatArray]) -> FloatArray:
    """Frame features in the joint space, one row each.

    Raises:
        BadModelOutputError: The scorer gave something else.
    """
    return matrix(scorer, scorer.project(stacked(features)), features)


def known_features(video: Video, embedder: Embedder, scorer: Scorer) -> dict[int, FloatArray]:
    """What the embedder found that the scorer would find too, by index of the kept frame."""
    if embedder.frame_model != scorer.frame_model:
        return {}
    return dict(zip(video.feature_frames.tolist(), video.features, strict=True))


def features_of(
    video: Video, context: Context, moments: Sequence[Moment], known: Mapping[int, FloatArray]
) -> Asking[dict[Moment, FloatArray]]:
    """The feature of every readable frame; those that are not known are asked for."""
    features = {m: known[m.kept] for m in moments if m.kept is not None and m.kept in known}
    missing = [moment for moment in moments if moment not in features]
    return features | (yield from vectors_of(context, video, missing))
