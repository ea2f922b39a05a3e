"""Tell captions from what else captioning models answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from ivg.hygiene.rule import HygieneRule, Known
from ivg.models.protocols import Captioner, prompts_of
from ivg.records import Video
from ivg.stage import Context, Outcome, Stage, Tally

NO_RULES: Mapping[str, HygieneRule | None] = MappingProxyType({})


@dataclass(frozen=True)
class Texts:
    """The captions of each video; however many there are, none is kept."""

    videos: Sequence[Video]

    def __iter__(self) -> Iterator[list[str]]:
        return ([caption.text for caption in video.captions] for video in self.videos)


class Hygiene(Stage):
    """Marks captions that are none; the filter looks at the clean ones only.

    It stands after the scores, which are those of all captions: to sweep rules costs no model.
    """

    name: ClassVar[str] = "hygiene"
    produces: ClassVar[tuple[str, ...]] = ("clean",)
    cached: ClassVar[bool] = False
    reads: ClassVar[tuple[str, ...]] = ("captions",)

    def __init__(
        self, captioner: Captioner | None = None, rules: Mapping[str, HygieneRule | None] = NO_RULES
    ) -> None:
        """Store both.

        Args:
            captioner: Of its config only the prompts are used.
            rules: By reason; the first that hits counts. None switches one off.
        """
        self.captioner = captioner
        self.rules = {reason: rule for reason, rule in rules.items() if rule is not None}

    def prepare(self, videos: Sequence[Video]) -> None:
        """Let the rules see all captions."""
        known = Known(prompts_of(self.captioner), Texts(videos))
        for rule in self.rules.values():
            rule.learn(known)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return clean (c,)."""
        reasons = [self._reason(caption.text) for caption in video.captions]
        clean = np.array([reason is None for reason in reasons], dtype=np.bool_)
        dropped = Counter(reason for reason in reasons if reason is not None)
        tally = Tally("caption", len(reasons), int(clean.sum()), dict(dropped))
        return Outcome({"clean": clean}, (tally,))

    def _reason(self, text: str) -> str | None:
        return next((reason for reason, rule in self.rules.items() if rule.hits(text)), None)
