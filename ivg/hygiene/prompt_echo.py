"""`prompt_echo`: the captioner repeats what it was asked."""

from __future__ import annotations

from ivg.hygiene.rule import Known
from ivg.hygiene.words import words_of
from ivg.ranges import whole_within


class PromptEcho:
    """Hits captions that hold a whole prompt, or are a part of one.

    A prompt that is meant to be gone on from ("a photo of") is shorter than `min_words`.
    """

    def __init__(self, min_words: int = 4) -> None:
        """Store the config.

        Args:
            min_words: Shorter prompts and shorter captions are no echoes.

        Raises:
            ConfigError: The number is below 1.
        """
        self.min_words = whole_within("hygiene.rules.prompt_echo.min_words", min_words, 1)
        self._prompts: list[list[str]] = []

    def learn(self, known: Known) -> None:
        """Take the prompts that are long enough."""
        prompts = [words_of(prompt) for prompt in known.prompts]
        self._prompts = [prompt for prompt in prompts if len(prompt) >= self.min_words]

    def hits(self, caption: str) -> bool:
        """Whether the caption holds a prompt or stands in one."""
        words = words_of(caption)
        return any(
            _holds(words, prompt) or (len(words) >= self.min_words and _holds(prompt, words))
            for prompt in self._prompts
        )


def _holds(whole: list[str], part: list[str]) -> bool:
    starts = range(len(whole) - len(part) + 1)
    return any(whole[start : start + len(part)] == part for start in starts)
