"""Another captioner, some of whose answers are replaced: to see what measures make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ivg.errors import ConfigError
from ivg.models.hub import Absent, absent_of
from ivg.models.protocols import Captioner, Said, prompts_of, provenance_of
from ivg.models.sampling import seed_of
from ivg.ranges import number_within, texts, whole_within
from ivg.records import Clip

SENTENCES = (
    "a close-up of a tabby cat",
    "a cup of espresso on a wooden table",
    "a rocket standing on its launch pad",
    "a cartoon rabbit comes out of its burrow",
    "a red motorcycle in a garage",
    "a rocket lifts off from its launch pad",
    "city towers at night",
    "an astronaut in an orange space suit",
)
"""The captions of the bundled clip."""
SEED_BITS = 63


class NoisyCaptioner:
    """The answers of `inner`, a share of them replaced by a sentence from a list.

    Which are replaced, and by what, is drawn by a hash of the seed and the clip's frames and
    times, so that neither order nor batch matters, and what is replaced at one share is so at
    every larger one. A replaced answer never holds a sentence that `inner` gave, but may be right
    by chance: of the default sentences, one or two in eight are, for a clip of the sample.
    """

    VERSION: ClassVar[int] = 1

    def __init__(
        self,
        inner: Captioner,
        noise: float = 0.3,
        seed: int = 0,
        sentences: Sequence[str] = SENTENCES,
    ) -> None:
        """Store the config.

        Args:
            inner: The captioner that is asked.
            noise: Share of the answers that is replaced, 0 to 1.
            seed: Of the draws.
            sentences: What answers are replaced by, at least two.

        Raises:
            ConfigError: A value is out of range.
        """
        self.inner = inner
        self.noise = number_within("captioner.noise", noise, 0, 1)
        self.seed = whole_within("captioner.seed", seed, 0)
        found = texts("captioner.sentences", sentences)
        self.sentences = list(dict.fromkeys([found] if isinstance(found, str) else found))
        if len(self.sentences) < 2:
            raise ConfigError(f"captioner.sentences must be two or more, got {self.sentences}")

    @property
    def n_frames(self) -> int:
        """How many frames of a segment `inner` looks at."""
        return self.inner.n_frames

    @property
    def prompts(self) -> tuple[str, ...]:
        """What `inner` asks."""
        return prompts_of(self.inner)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What is known of the weights of `inner`."""
        return provenance_of(self.inner)

    @property
    def absent(self) -> tuple[Absent, ...]:
        """What `inner` has to fetch from the hub first."""
        return absent_of(self.inner)

    def setup(self, device: str) -> None:
        """Load the weights of `inner`; raises what it raises."""
        self.inner.setup(device)

    def caption(self, clips: Sequence[Clip]) -> list[Said]:
        """The sentences on each clip; an exception stays one.

        Raises:
            ValueError: `inner` gives another number of answers.
        """
        answers = self.inner.caption(clips)
        return [self._heard(clip, said) for clip, said in zip(clips, answers, strict=True)]

    def _heard(self, clip: Clip, said: Said) -> Said:
        """What is passed on; of several captioners each is drawn for by itself."""
        if isinstance(said, Exception):
            return said
        if isinstance(said, Mapping):
            return {name: self._answer(clip, name, one) for name, one in said.items()}
        return self._answer(clip, "", said)

    def _answer(self, clip: Clip, name: str, said: Sequence[str]) -> Sequence[str]:
        """The answer, or in its place one sentence that is none of its own."""
        if seed_of(self.seed, f"noisy {name}", clip, 0) >= self.noise * 2**SEED_BITS:
            return said
        others = [sentence for sentence in self.sentences if sentence not in said]
        if not others:
            return said
        return [others[seed_of(self.seed, f"noisy {name}", clip, 1) % len(others)]]
