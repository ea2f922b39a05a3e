"""PySceneDetect's own decisions, fed with scores in place of pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scenedetect import AdaptiveDetector, FrameTimecode, SceneDetector
from scenedetect.detector import FlashFilter

MERGE = FlashFilter.Mode.MERGE
"""Cuts close together are one cut: of `ContentDetector`."""
SUPPRESS = FlashFilter.Mode.SUPPRESS
"""A cut too soon after the last is none: of `HashDetector` and `HistogramDetector`."""


class Filtered(SceneDetector):  # type: ignore[misc]
    """A cut where the score says so, and PySceneDetect's filter of short scenes agrees."""

    def __init__(
        self, is_cut: Callable[[float], bool], min_scene_len: int, mode: FlashFilter.Mode
    ) -> None:
        super().__init__()
        self.is_cut = is_cut
        self.filter = FlashFilter(mode=mode, length=min_scene_len)

    @property
    def event_buffer_length(self) -> int:
        """Frames by which a cut may be told late, at a constant rate."""
        return int(self.filter.max_behind)

    def process_frame(self, timecode: FrameTimecode, frame_img: Any) -> list[FrameTimecode]:
        """The cuts known now; `frame_img` is the score."""
        cuts: list[FrameTimecode] = self.filter.filter(timecode, self.is_cut(frame_img))
        return cuts


class Adaptive(AdaptiveDetector):  # type: ignore[misc]
    """`AdaptiveDetector`, given its scores."""

    def _calculate_frame_score(self, timecode: FrameTimecode, frame_img: Any) -> float:
        return float(frame_img)
