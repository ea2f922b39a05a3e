"""PySceneDetect's `ContentDetector`: how much hue, saturation and brightness change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ivg.detectors.pictures import PictureMeter
from ivg.errors import ConfigError
from ivg.ranges import number_within, whole_within
from ivg.records import Image

if TYPE_CHECKING:
    from scenedetect import SceneDetector

    from ivg.detectors.contract import Meter


@dataclass(frozen=True)
class ContentMeasure:
    """The weighted mean of four differences between neighbouring frames, 0 to 255.

    Attributes:
        hue: Weight of the difference in hue.
        saturation: Weight of the difference in saturation.
        brightness: Weight of the difference in brightness.
        edges: Weight of the difference in edges; PySceneDetect leaves them out.
        edge_width: Pixels to which edges are widened, odd; 0: by the size of the picture.
    """

    hue: float = 1.0
    saturation: float = 1.0
    brightness: float = 1.0
    edges: float = 0.0
    edge_width: int = 0

    lag: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Check the weights."""
        for name in ("hue", "saturation", "brightness", "edges"):
            number_within(f"split.measure.{name}", getattr(self, name), 0)
        if not any(self.weights):
            raise ConfigError("split.measure: one of the weights must be more than 0")
        width = whole_within("split.measure.edge_width", self.edge_width, 0)
        if width and (width < 3 or width % 2 == 0):
            raise ConfigError(f"split.measure.edge_width must be 0 or odd, 3 or more, got {width}")

    @property
    def weights(self) -> tuple[float, float, float, float]:
        """In PySceneDetect's order."""
        return self.hue, self.saturation, self.brightness, self.edges

    def meter(self) -> Meter:
        """A meter for one video."""
        return PictureMeter(Differences(self.weights, self.edge_width).score)


@dataclass(frozen=True)
class ContentRule:
    """A cut where the score reaches the threshold; cuts close together are one."""

    reads: ClassVar[type | tuple[type, ...]] = ContentMeasure

    def checked(self, threshold: float | None) -> float | None:
        """Return the threshold if it is a score."""
        return number_within("split.threshold", threshold, 0, 255)  # type: ignore[arg-type]

    def finder(self, threshold: float | None, min_scene_len: int) -> SceneDetector:
        """PySceneDetect's decisions on stored scores."""
        from ivg.detectors.replay import MERGE, Filtered

        return Filtered(lambda score: score >= (threshold or 0), min_scene_len, MERGE)


class Differences:
    """What `ContentDetector` computes of each picture, to the last bit, but in OpenCV."""

    def __init__(self, weights: tuple[float, float, float, float], edge_width: int = 0) -> None:
        from scenedetect import ContentDetector

        self.weights = weights
        self.library = ContentDetector(kernel_size=edge_width or None)
        self.before: list[Any] = []

    def score(self, picture: Image) -> float:
        """The difference to the picture before; 0 for the first."""
        import cv2

        planes = list(cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)))
        if self.weights[3] > 0:
            planes.append(self.library._detect_edges(planes[2]))
        before, self.before = self.before, planes
        if not before:
            return 0.0
        n_pixels = float(picture.shape[0] * picture.shape[1])
        # whole numbers below 2^53: the sum is exact, as PySceneDetect's over int32 is
        parts = [
            cv2.norm(new, old, cv2.NORM_L1) / n_pixels
            for new, old in zip(planes, before, strict=True)
        ]
        parts += [0.0] * (4 - len(parts))
        weighted = sum(part * weight for part, weight in zip(parts, self.weights, strict=True))
        return float(weighted / sum(abs(weight) for weight in self.weights))
