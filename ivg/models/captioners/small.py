"""A plain sentence with the name of what the packaged classifier sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ivg.models.batches import batch_size_of
from ivg.models.small import class_names, load_classifier, package_versions
from ivg.ranges import whole_within
from ivg.records import Image

SPELT_WITH_A_VOWEL = ("eu", "ewe", "one", "uni", "us", "ut")
"""Beginnings that are spelt with a vowel and spoken with a consonant: a unicycle."""
SPELT_WITH_H = ("heir", "honest", "honour", "hour")
"""Beginnings with a silent h: an hourglass."""


class SmallCaptioner:
    """Top ImageNet class of a segment: "a photo of an Egyptian cat"; for trying out and for CI."""

    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"batch_size"})

    def __init__(self, n_frames: int = 3, batch_size: int = 32) -> None:
        """Store the config.

        Args:
            n_frames: Frames of a segment whose class probabilities are averaged.
            batch_size: Images a forward pass.

        Raises:
            ConfigError: A number is below 1.
        """
        self._n_frames = whole_within("captioner.n_frames", n_frames, 1)
        self.batch_size = batch_size_of("captioner", batch_size)
        self._device = "cpu"

    @property
    def n_frames(self) -> int:
        """How many frames of a segment the captioner looks at."""
        return self._n_frames

    @property
    def weights(self) -> str:
        """Versions of the packages that hold the weights, for manifests."""
        return package_versions()

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            MissingDependencyError: The package with the weights is not installed.
        """
        self._device = device
        load_classifier(device)

    def caption(self, clips: Sequence[Sequence[Image]]) -> list[list[str]]:
        """One sentence a clip."""
        return [[self._sentence(clip)] for clip in clips]

    def _sentence(self, clip: Sequence[Image]) -> str:
        classifier = load_classifier(self._device)
        probabilities = classifier.probabilities(classifier.features(clip, self.batch_size))
        name = class_names()[int(probabilities.mean(axis=0).argmax())]
        return f"a photo of {with_article(name.split(',')[0])}"


def with_article(noun: str) -> str:
    """The noun after "a" or "an", by its sound."""
    word = noun.lower()
    spoken_vowel = word.startswith(SPELT_WITH_H) or (
        word[:1] in set("aeiou") and not word.startswith(SPELT_WITH_A_VOWEL)
    )
    return f"{'an' if spoken_vowel else 'a'} {noun}"
