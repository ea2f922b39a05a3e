"""`ContentDetector`'s score of a picture that was scaled before its colours were made.

The full-size colour conversion costs more than all else that `content` does. Here the decoder's
own planes are scaled, and only the small picture is converted. Hues of near-grey pixels come out a
little different, so scores differ by a little from `content`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ivg.detectors.content import ContentRule, Differences
from ivg.detectors.pictures import Sized
from ivg.records import Image

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from ivg.detectors.contract import Meter

LONG_SIDE = 128
"""Of the pictures looked at, pixels: half of what `content` looks at, and as good as that."""
PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})
"""Formats whose planes are looked at as they are; others become `yuv420p` first."""


@dataclass(frozen=True)
class FastMeasure:
    """The mean difference in hue, saturation and brightness, 0 to 255."""

    lag: ClassVar[int] = 0

    def meter(self) -> Meter:
        """A meter for one video."""
        return PlaneMeter()


@dataclass(frozen=True)
class FastRule(ContentRule):
    """A cut where the score reaches the threshold; cuts close together are one."""

    reads: ClassVar[type | tuple[type, ...]] = FastMeasure


class PlaneMeter:
    """Scores frames by their scaled planes."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self.sized = Sized()
        self.differences = Differences((1.0, 1.0, 1.0, 0.0))
        self.reformatter = VideoReformatter()

    def push(self, picture: VideoFrame) -> list[float]:
        """The score of this frame."""
        if not self.sized.fits(picture):
            return [math.nan]
        if picture.format.name not in PLANAR:
            picture = self.reformatter.reformat(picture, format="yuv420p", threads=1)
        return [self.differences.score(small_bgr(picture))]

    def finish(self) -> list[float]:
        """Nothing is owed."""
        return []


def small_bgr(picture: VideoFrame) -> Image:
    """A frame of planes at PySceneDetect's size, made even, as BGR."""
    import cv2

    factor = max(1.0, max(picture.width, picture.height) / LONG_SIDE)
    width, height = (max(2, round(n / factor) // 2 * 2) for n in (picture.width, picture.height))
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    planes = [resized(plane, size) for plane, size in zip(picture.planes, sizes, strict=True)]
    packed = np.concatenate([plane.ravel() for plane in planes]).reshape(height * 3 // 2, width)
    return np.asarray(cv2.cvtColor(packed, cv2.COLOR_YUV2BGR_I420), np.uint8)


def resized(plane: Any, size: tuple[int, int]) -> Image:
    """One plane, scaled."""
    import cv2

    from ivg.video.picture import pixels_of

    return np.asarray(cv2.resize(pixels_of(plane), size, interpolation=cv2.INTER_LINEAR), np.uint8)
