"""PySceneDetect's `AdaptiveDetector`: a change that stands out from those around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivg.detectors.content import ContentMeasure
from ivg.detectors.fast import FastMeasure
from ivg.ranges import number_within, whole_within

if TYPE_CHECKING:
    from scenedetect import SceneDetector


@dataclass(frozen=True)
class AdaptiveRule:
    """A cut where the score is `threshold` times the mean of its neighbours; fit for fast motion.

    Attributes:
        window_width: Neighbours looked at on each side, frames.
        min_content_val: Lower scores make no cut.
    """

    window_width: int = 2
    min_content_val: float = 15.0

    reads: ClassVar[type | tuple[type, ...]] = (ContentMeasure, FastMeasure)

    def __post_init__(self) -> None:
        """Check the settings."""
        whole_within("split.rule.window_width", self.window_width, 1)
        number_within("split.rule.min_content_val", self.min_content_val, 0, 255)

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if it is a ratio that can be reached."""
        return number_within("split.threshold", threshold, 0, 255)  # type: ignore[arg-type]

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """PySceneDetect's decisions on stored scores."""
        from ivg.detectors.replay import Adaptive

        return Adaptive(
            adaptive_threshold=threshold or 0,
            min_scene_len=min_scene_len,
            window_width=int(self.window_width),
            min_content_val=self.min_content_val,
        )
