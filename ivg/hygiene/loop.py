"""`loop`: the same words again and again ("a man a man a man")."""

from __future__ import annotations

from ivg.hygiene.rule import Known
from ivg.hygiene.words import words_of
from ivg.ranges import whole_within


class Loop:
    """Hits captions in which a phrase of up to `max_words` words follows itself.

    A single word may stand once more: "a very very very long train" is a caption.

    Scripts without spaces are read letter by letter, with `max_words` letters to a phrase.
    """

    def __init__(self, times: int = 3, max_words: int = 8) -> None:
        """Store the config.

        Args:
            times: How often in a row makes a loop, at least 2.
            max_words: Longest phrase looked for.

        Raises:
            ConfigError: A number is out of range.
        """
        self.times = whole_within("hygiene.rules.loop.times", times, 2)
        self.max_words = whole_within("hygiene.rules.loop.max_words", max_words, 1)

    def learn(self, known: Known) -> None:
        """Nothing to learn."""

    def hits(self, caption: str) -> bool:
        """Whether a phrase follows itself often enough."""
        words = words_of(caption)
        if len(words) == 1 and not words[0].isascii():
            return self._loops(list(words[0]))
        return self._loops(words)

    def _loops(self, units: list[str]) -> bool:
        lengths = range(1, min(self.max_words, len(units) // self.times) + 1)
        return any(self._loops_by(units, length) for length in lengths)

    def _loops_by(self, units: list[str], length: int) -> bool:
        """Whether units equal those `length` before them, long enough without a break."""
        run = 0
        for before, here in zip(units, units[length:], strict=False):
            # numbers may repeat: a clock shows 10 10 10
            run = run + 1 if before == here and not here.isdigit() else 0
            if run >= length * (self.times - (length > 1)):
                return True
        return False
