"""PySceneDetect's `ThresholdDetector`: fades through black, or through white."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ivg.detectors.pictures import PictureMeter
from ivg.ranges import flag, number_within, one_of, whole_within
from ivg.records import Image

if TYPE_CHECKING:
    from scenedetect import SceneDetector

    from ivg.detectors.contract import Meter

METHODS = ("floor", "ceiling")


@dataclass(frozen=True)
class ThresholdMeasure:
    """The mean of all pixels and colours, 0 to 255."""

    lag: ClassVar[int] = 0

    def meter(self) -> Meter:
        """A meter for one video."""
        return PictureMeter(mean)


@dataclass(frozen=True)
class ThresholdRule:
    """A cut within each stretch of frames darker (or brighter) than the threshold.

    Attributes:
        fade_bias: Where in that stretch: -1 its start, 0 its middle, 1 its end.
        method: `floor`: fades to dark frames; `ceiling`: to bright ones.
        add_final_scene: A fade-out at the video's end is a cut too.
        min_out_length: Shorter stretches are no fades, frames.
    """

    fade_bias: float = 0.0
    method: str = "floor"
    add_final_scene: bool = False
    min_out_length: int = 0

    reads: ClassVar[type | tuple[type, ...]] = ThresholdMeasure

    def __post_init__(self) -> None:
        """Check the settings."""
        number_within("split.rule.fade_bias", self.fade_bias, -1, 1)
        one_of("split.rule.method", self.method, METHODS)
        flag("split.rule.add_final_scene", self.add_final_scene)
        whole_within("split.rule.min_out_length", self.min_out_length, 0)

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if it is a brightness; PySceneDetect takes whole ones."""
        return whole_within("split.threshold", threshold, 0, 255)  # type: ignore[arg-type]

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """The detector itself: the mean of a score is the score."""
        from scenedetect import ThresholdDetector

        return ThresholdDetector(
            threshold=threshold or 0,
            min_scene_len=min_scene_len,
            fade_bias=self.fade_bias,
            add_final_scene=self.add_final_scene,
            method=ThresholdDetector.Method[self.method.upper()],
            min_out_length=int(self.min_out_length),
        )


def mean(picture: Image) -> float:
    """The mean of all values."""
    return float(np.mean(picture))
