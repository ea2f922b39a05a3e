"""A plain sentence with the name of what the packaged classifier sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ivg.models.batches import Batching, spare_threads
from ivg.models.small import class_names, load_classifier, package_provenance
from ivg.ranges import whole_within
from ivg.records import Clip, FloatArray

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
        self._batching = Batching("captioner.batch_size", batch_size, spare_threads())
        self._device = "cpu"

    @property
    def n_frames(self) -> int:
        """How many frames of a segment the captioner looks at."""
        return self._n_frames

    @property
    def provenance(self) -> dict[str, str]:
        """Versions of the packages that hold the weights, for manifests."""
        return package_provenance("lite0")

    def setup(self, device: str) -> None:
        """Load the weights onto `device`.

        Raises:
            MissingDependencyError: The package with the weights is not installed.
        """
        self._device = device
        load_classifier(device, "lite0")

    def caption(self, clips: Sequence[Clip]) -> list[list[str]]:
        """One sentence a clip."""
        classifier = load_classifier(self._device, "lite0")
        frames = [frame for clip in clips for frame in clip.frames]
        probabilities = classifier.probabilities(classifier.features(frames, self._batching))
        following = iter(probabilities)
        return [[_sentence([next(following) for _ in clip.frames])] for clip in clips]


def _sentence(probabilities: Sequence[FloatArray]) -> str:
    name = class_names()[int(np.mean(probabilities, axis=0).argmax())]
    return f"a photo of {with_article(name.split(',')[0])}"


def with_article(noun: str) -> str:
    """The noun after "a" or "an", by its sound."""
    word = noun.lower()
    spoken_vowel = word.startswith(SPELT_WITH_H) or (
        word[:1] in set("aeiou") and not word.startswith(SPELT_WITH_A_VOWEL)
    )
    return f"{'an' if spoken_vowel else 'a'} {noun}"
