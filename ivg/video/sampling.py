"""Which moments of a scene are looked at, and which kept frame stands for a moment.

Times are seconds. The `published_*` functions count frames as the InternVid-G scripts did,
`index = int(seconds * fps)`, and so can name a frame at or past the end of the scene.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ivg.errors import FrameUnavailableError
from ivg.records import FloatArray, Scene

POSITIONS = ("inside", "published")
"""`inside`: at equal fractions of a scene. `published`: where InternVid-G looked."""


def inside(start_sec: float, end_sec: float, k: int) -> list[float]:
    """`k` times that cut `[start_sec, end_sec)` into `k + 1` equal parts."""
    step = (end_sec - start_sec) / (k + 1)
    return [start_sec + i * step for i in range(1, k + 1)]


def published_scene(start_sec: float, end_sec: float, fps: float, k: int) -> list[float]:
    """Times of frames `s + i * (floor((e - s) / (k + 1)) + 1)`, for the similarity of scenes.

    The last ones fall on or past the end in scenes of few frames.
    """
    s, e = _frame_numbers(start_sec, end_sec, fps)
    step = (e - s) // (k + 1) + 1
    return [(s + i * step) / fps for i in range(1, k + 1)]


def published_segment(start_sec: float, end_sec: float, fps: float, k: int) -> list[float]:
    """Times of frames `s + i * ((e - s) // (k + 1))`, for the scores of captions."""
    s, e = _frame_numbers(start_sec, end_sec, fps)
    step = (e - s) // (k + 1)
    return [(s + i * step) / fps for i in range(1, k + 1)]


def published_middle(start_sec: float, end_sec: float, fps: float) -> list[float]:
    """Time of frame `s + ceil((e - s) / 2)`, the one that is captioned."""
    s, e = _frame_numbers(start_sec, end_sec, fps)
    return [(s + math.ceil((e - s) / 2)) / fps]


def published(scene: Scene, fps: float, k: int) -> list[float]:
    """Every frame that a published step looks at if the scene stays a segment of its own."""
    start, end = scene.start_sec, scene.end_sec
    return [
        *published_scene(start, end, fps, k),
        *published_segment(start, end, fps, k),
        *published_middle(start, end, fps),
    ]


def nearest(
    frame_times: FloatArray, wanted: Sequence[float], start_sec: float, end_sec: float
) -> list[int]:
    """Index of the kept frame nearest to each wanted time.

    Frames within `[start_sec, end_sec)` come first: only where there is none, any frame will do.

    Args:
        frame_times: (n,) ascending times of the kept frames.
        wanted: Times to stand for; equal distances take the earlier frame.
        start_sec: Start of the scene or segment.
        end_sec: Its end, not included.

    Raises:
        FrameUnavailableError: No frame is kept at all.
    """
    times = np.asarray(frame_times, dtype=np.float64)
    if times.size == 0:
        raise FrameUnavailableError("no frame of this video is kept; rerun the split stage")
    own = np.flatnonzero((times >= start_sec) & (times < end_sec))
    pool = own if own.size else np.arange(times.size)
    return [int(pool[np.argmin(np.abs(times[pool] - time))]) for time in wanted]


def _frame_numbers(start_sec: float, end_sec: float, fps: float) -> tuple[int, int]:
    return int(start_sec * fps), int(end_sec * fps)
