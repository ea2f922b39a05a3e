"""PySceneDetect's `HistogramDetector`: how well brightness histograms correlate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ivg.detectors.pictures import PictureMeter
from ivg.ranges import number_within, whole_within
from ivg.records import Image

if TYPE_CHECKING:
    from scenedetect import SceneDetector

    from ivg.detectors.contract import Meter

ALIKE = 2.0
"""Of the first picture: above any correlation, so that no threshold makes a cut there."""


@dataclass(frozen=True)
class HistogramMeasure:
    """The correlation of neighbouring frames' brightness histograms, -1 to 1.

    Attributes:
        bins: Of a histogram.
    """

    bins: int = 128

    lag: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Check the settings."""
        whole_within("split.measure.bins", self.bins, 2, 256)

    def meter(self) -> Meter:
        """A meter for one video."""
        return PictureMeter(Histograms(int(self.bins)).score)


@dataclass(frozen=True)
class HistogramRule:
    """A cut where the correlation falls by the threshold, not too soon after the last."""

    reads: ClassVar[type | tuple[type, ...]] = HistogramMeasure

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if it is a relative difference."""
        return number_within("split.threshold", threshold, 0, 1)  # type: ignore[arg-type]

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """PySceneDetect's decisions on stored scores."""
        from ivg.detectors.replay import SUPPRESS, Filtered

        most = max(0.0, min(1.0, 1.0 - (threshold or 0)))
        return Filtered(lambda score: score <= most, min_scene_len, SUPPRESS)


class Histograms:
    """The correlation of each picture's histogram with the one before."""

    def __init__(self, bins: int) -> None:
        self.bins = bins
        self.before: Any = None

    def score(self, picture: Image) -> float:
        """How alike the two are."""
        import cv2
        from scenedetect import HistogramDetector

        found = HistogramDetector.calculate_histogram(picture, bins=self.bins)
        before, self.before = self.before, found
        return ALIKE if before is None else cv2.compareHist(before, found, cv2.HISTCMP_CORREL)
