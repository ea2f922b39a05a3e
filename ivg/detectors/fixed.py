"""Equal pieces, whatever they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivg.errors import ConfigError
from ivg.ranges import number_within

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from scenedetect import SceneDetector

    from ivg.detectors.contract import Meter


@dataclass(frozen=True)
class FixedMeasure:
    """Nothing is measured: every score is 0."""

    lag: ClassVar[int] = 0

    def meter(self) -> Meter:
        """A meter for one video."""
        return Nothing()


@dataclass(frozen=True)
class FixedRule:
    """A cut every `secs` seconds; the last piece may be shorter.

    Attributes:
        secs: Length of a piece.
    """

    secs: float = 10.0

    reads: ClassVar[type | tuple[type, ...]] = object

    def __post_init__(self) -> None:
        """Check the length."""
        number_within("split.rule.secs", self.secs, 0.001)

    def checked(self, threshold: float | None) -> float | None:
        """Refuse a threshold, which would look as if it did something."""
        if threshold is not None:
            raise ConfigError(
                f"split.threshold must be null, got {threshold!r}: split=fixed cuts every "
                "split.rule.secs seconds"
            )
        return None

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """Cuts by the clock."""
        from ivg.detectors.clock import Clock

        return Clock(self.secs)


class Nothing:
    """Looks at no frame."""

    def push(self, picture: VideoFrame) -> list[float]:
        """0."""
        return [0.0]

    def finish(self) -> list[float]:
        """Nothing is owed."""
        return []
