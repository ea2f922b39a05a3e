"""Cuts, found by PySceneDetect's own `ContentDetector` fed as PySceneDetect feeds it.

Equal cut lists need equal pixels: full-size BGR, then OpenCV's bilinear resize. Scaling in
swscale, or scaling the planes, is cheaper and moves scores across the threshold.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from scenedetect import ContentDetector, FrameTimecode
from scenedetect.common import Timecode
from scenedetect.scene_manager import compute_downscale_factor

from ivg.records import Image
from ivg.video.decode import Frame
from ivg.video.picture import to_bgr


class CutFinder:
    """Takes the frames of one video in order and tells its cuts.

    Args:
        threshold: Of the mean HSV difference of neighbouring frames, 0 to 255.
        min_scene_len: Least frames between cuts, counted at `rate`.
        rate: Frames a second, as ffmpeg guesses it.
    """

    def __init__(self, threshold: float, min_scene_len: int, rate: Fraction) -> None:
        self.detector = ContentDetector(threshold=threshold, min_scene_len=min_scene_len)
        self.rate = rate
        self.reformatter = VideoReformatter()
        self.source_size: tuple[int, int] | None = None
        self.n_resized = 0

    @property
    def lag(self) -> int:
        """Frames by which a cut may be told late, at a constant rate."""
        return int(self.detector.event_buffer_length)

    def cuts(self, frame: Frame) -> list[int]:
        """`Frame.pts` of the cuts known now: first frames of scenes, this one's or earlier."""
        if not self._comparable(frame):
            return []
        picture = self._scaled(to_bgr(frame.picture, self.reformatter))
        timecode = FrameTimecode(Timecode(frame.pts, frame.time_base), fps=self.rate)
        return [cut.pts for cut in self.detector.process_frame(timecode, picture)]

    def _comparable(self, frame: Frame) -> bool:
        """PySceneDetect passes over frames whose size differs from the first one's."""
        size = (frame.picture.width, frame.picture.height)
        self.source_size = self.source_size or size
        self.n_resized += size != self.source_size
        return size == self.source_size

    @staticmethod
    def _scaled(picture: Image) -> Image:
        height, width = picture.shape[:2]
        factor = compute_downscale_factor(max(width, height))
        if factor <= 1:
            return picture
        size = (max(1, round(width / factor)), max(1, round(height / factor)))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)
