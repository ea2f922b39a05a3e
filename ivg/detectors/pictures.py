"""The pictures that PySceneDetect would show its detectors, and meters that look at those.

Equal cut lists need equal pixels: full-size BGR, then OpenCV's bilinear resize. Scaling in
swscale, or scaling the planes, is cheaper and moves scores across the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ivg.records import Image

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


class Sized:
    """Passes over frames whose size differs from the first one's, as PySceneDetect does."""

    def __init__(self) -> None:
        self.size: tuple[int, int] | None = None

    def fits(self, picture: VideoFrame) -> bool:
        """Whether a frame has the size of the first."""
        size = (picture.width, picture.height)
        self.size = self.size or size
        return size == self.size


class PictureMeter:
    """Scores the pictures that PySceneDetect's manager would make.

    Args:
        score: Takes each picture, BGR (height, width, 3); the one before it is its own to keep.
    """

    def __init__(self, score: Callable[[Image], float]) -> None:
        from av.video.reformatter import VideoReformatter

        self.score = score
        self.sized = Sized()
        self.reformatter = VideoReformatter()

    def push(self, picture: VideoFrame) -> list[float]:
        """The score of this frame."""
        from ivg.video.picture import to_bgr

        if not self.sized.fits(picture):
            return [math.nan]
        return [self.score(scaled(to_bgr(picture, self.reformatter)))]

    def finish(self) -> list[float]:
        """Nothing is owed."""
        return []


def scaled_size(width: int, height: int) -> tuple[int, int]:
    """The size at which PySceneDetect looks at frames of a size."""
    from scenedetect.scene_manager import compute_downscale_factor

    factor = max(1.0, compute_downscale_factor(max(width, height)))
    return max(1, round(width / factor)), max(1, round(height / factor))


def scaled(picture: Image) -> Image:
    """A picture at that size."""
    import cv2

    height, width = picture.shape[:2]
    size = scaled_size(width, height)
    if size == (width, height):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
