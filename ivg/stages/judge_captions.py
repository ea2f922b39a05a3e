"""Read the captions to the judge."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar

from ivg.dialogue import converse_alone
from ivg.models.answers import vectors
from ivg.models.protocols import Scorer, provenance_of
from ivg.records import FloatArray, Video
from ivg.stage import Context, Outcome, Stage
from ivg.stages.judge_frames import asked
from ivg.stages.vectors import stacked


class JudgeCaptions(Stage):
    """Captions to the judge's vectors, for the measures of quality. It stands aside."""

    name: ClassVar[str] = "judge_captions"
    produces: ClassVar[tuple[str, ...]] = ("judge_captions",)
    questions_at_once: ClassVar[int] = 256
    aside: ClassVar[bool] = True

    def __init__(self, judge: Scorer | None) -> None:
        """Store the config.

        Args:
            judge: That of the stage `judge_frames`.
        """
        self.judge = judge

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
        """Return the (c, j) vectors of the captions, in their order."""
        return converse_alone(self, video, context)

    def converse(
        self, video: Video, context: Context
    ) -> Generator[Sequence[str], Sequence[FloatArray], Outcome]:
        """`process`, asking once for each distinct text."""
        texts = list(dict.fromkeys(caption.text for caption in video.captions))
        found = dict(zip(texts, (yield texts) if texts else [], strict=True))
        rows = stacked([found[caption.text] for caption in video.captions])
        return Outcome({"judge_captions": rows})

    def answer(self, questions: Sequence[str]) -> Sequence[FloatArray | Exception]:
        """A vector of the joint space a text."""
        judge = asked(self.judge)
        return vectors(judge, judge.embed_texts(questions), questions)
