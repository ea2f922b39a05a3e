"""What a hygiene rule must offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Known:
    """What a rule may know before it judges.

    Attributes:
        prompts: What the captioner asks its model.
        captions: The captions of each video; each iteration reads them anew.
    """

    prompts: Sequence[str]
    captions: Iterable[Sequence[str]]


class HygieneRule(Protocol):
    """Answers one question of a caption: is this what the rule is about?

    Its name in the config is the reason in the books.
    """

    def learn(self, known: Known) -> None:
        """See the prompts and the captions of all videos, before `hits`."""

    def hits(self, caption: str) -> bool:
        """Whether the caption is to go."""
