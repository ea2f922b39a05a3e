"""PySceneDetect's `HashDetector`: how many bits of a perceptual hash change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ivg.detectors.pictures import PictureMeter
from ivg.ranges import number_within, whole_within
from ivg.records import Image

if TYPE_CHECKING:
    from scenedetect import SceneDetector

    from ivg.detectors.contract import Meter


@dataclass(frozen=True)
class HashMeasure:
    """The share of differing bits between the hashes of neighbouring frames.

    Attributes:
        size: Rows and columns of the hash.
        lowpass: The hash is taken of the lowest 1 / `lowpass` of the frequencies.
    """

    size: int = 8
    lowpass: int = 2

    lag: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Check the settings; a cosine transform takes even sizes only."""
        whole_within("split.measure.size", self.size, 2)
        whole_within("split.measure.lowpass", self.lowpass, 1)

    def meter(self) -> Meter:
        """A meter for one video."""
        return PictureMeter(Hashes(int(self.size), int(self.lowpass)).score)


@dataclass(frozen=True)
class HashRule:
    """A cut where the distance reaches the threshold, not too soon after the last."""

    reads: ClassVar[type | tuple[type, ...]] = HashMeasure

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if it is a share."""
        return number_within("split.threshold", threshold, 0, 1)  # type: ignore[arg-type]

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """PySceneDetect's decisions on stored scores."""
        from ivg.detectors.replay import SUPPRESS, Filtered

        return Filtered(lambda score: score >= (threshold or 0), min_scene_len, SUPPRESS)


class Hashes:
    """The distance of each picture's hash from the one before."""

    def __init__(self, size: int, lowpass: int) -> None:
        self.size = size
        self.lowpass = lowpass
        self.before: Any = None

    def score(self, picture: Image) -> float:
        """Share of bits that changed; for the first picture none did, and no rule may cut there."""
        from scenedetect import HashDetector

        found = HashDetector.hash_frame(picture, self.size, self.lowpass)
        before, self.before = self.before, found
        if before is None:
            return -1.0
        return float(np.count_nonzero(found != before) / float(self.size * self.size))
