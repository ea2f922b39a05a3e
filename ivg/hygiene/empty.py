"""`empty`: a caption of punctuation and symbols only."""

from __future__ import annotations

from ivg.hygiene.rule import Known


class Empty:
    """Hits captions without a letter or a digit, of any script."""

    def learn(self, known: Known) -> None:
        """Nothing to learn."""

    def hits(self, caption: str) -> bool:
        """Whether nothing is said."""
        return not any(character.isalnum() for character in caption)
