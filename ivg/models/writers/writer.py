"""What a writer must offer, and how captions are put before a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ivg.errors import ConfigError
from ivg.ranges import text

CAPTIONS = "{captions}"
PROMPT = (
    "Several models described the same part of a video; some may be wrong. Write one plain "
    "sentence with what they agree on, and answer with that sentence only.\n{captions}"
)

Draft = Mapping[str, Sequence[str]]
"""The sentences on one clip, by captioner."""


class Writer(Protocol):
    """Several captions of a clip to one sentence."""

    def setup(self, device: str) -> None:
        """Load the weights onto `device`."""

    def write(self, drafts: Sequence[Draft]) -> Sequence[str | Exception]:
        """One sentence a draft; an exception costs the video of that clip."""


def checked_prompt(prompt: str) -> str:
    """A prompt that has a place for the captions.

    Raises:
        ConfigError: It has none.
    """
    if CAPTIONS not in text("captioner.writer.prompt", prompt):
        raise ConfigError(f"captioner.writer.prompt must hold {CAPTIONS}, the captions' place")
    return prompt


def question(prompt: str, draft: Draft) -> str:
    """The prompt with the captions in their place, one a line; they are data, never a template."""
    lines = [f"- {sentence}" for sentences in draft.values() for sentence in sentences]
    return prompt.replace(CAPTIONS, "\n".join(lines))
