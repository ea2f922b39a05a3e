"""Cuts by the clock alone."""

from __future__ import annotations

from typing import Any

from scenedetect import FrameTimecode, SceneDetector

SLACK_SECS = 1e-6
"""Ten times 0.1 s are a second, whatever floats say."""


class Clock(SceneDetector):  # type: ignore[misc]
    """A cut at the first frame of every period, counted from the first frame of all."""

    def __init__(self, secs: float) -> None:
        super().__init__()
        self.secs = secs
        self.start: float | None = None
        self.n_periods = 0

    def process_frame(self, timecode: FrameTimecode, frame_img: Any) -> list[FrameTimecode]:
        """The frame itself, if it opens a period."""
        now = timecode.seconds
        if self.start is None:
            self.start = now
        n_periods = int((now - self.start + SLACK_SECS) / self.secs)
        if n_periods <= self.n_periods:
            return []
        self.n_periods = n_periods
        return [timecode]
