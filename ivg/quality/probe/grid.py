"""Frames of a stretch of video on an even grid: what the probe looks at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ivg.quality.benchmarks.benchmark import Window
from ivg.quality.probe.sample import Sample
from ivg.records import FloatArray, IntArray, Video


def stretch_sample(
    video: Video, text: FloatArray, span: Window, windows: Sequence[Window], step_secs: float
) -> Sample | None:
    """A query over a stretch of a video; None where the judge has seen no frame of it.

    Args:
        video: With `judge_frames` and `judge_times`.
        text: (j,) the judge's vector of the query.
        span: The stretch, seconds.
        windows: True windows in seconds, inside the stretch.
        step_secs: Length of a step; the stretch is cut into so many even ones as come nearest.
    """
    start, end = span
    features = gridded(video.judge_frames, video.judge_times, start, end, step_secs)
    if not len(features):
        return None
    shares = (np.array(windows, np.float64).reshape(-1, 2) - start) / (end - start)
    return Sample(video.id, features, text, shares.clip(0, 1), end - start)


def gridded(
    frames: FloatArray, times: FloatArray, start_sec: float, end_sec: float, step_secs: float
) -> FloatArray:
    """(T, j) at the middle of each of T even steps, the nearest frame of the stretch.

    Args:
        frames: (m, j) vectors.
        times: (m,) their seconds, ascending.
        start_sec: Start of the stretch.
        end_sec: Its end; frames exactly there are its own.
        step_secs: T is the whole number nearest to the length in steps, at least 1.

    Returns:
        (0, j) where no frame lies in the stretch.
    """
    own = np.flatnonzero((times >= start_sec) & (times <= end_sec))
    if not own.size:
        return frames[:0]
    steps = max(1, round((end_sec - start_sec) / step_secs))
    middles = start_sec + (np.arange(steps) + 0.5) / steps * (end_sec - start_sec)
    found: FloatArray = frames[own[nearest_index(times[own], middles)]]
    return found


def nearest_index(times: FloatArray, wanted: FloatArray) -> IntArray:
    """(T,) index into the ascending `times`, at least one; of two equally near the earlier."""
    after = np.searchsorted(times, wanted).clip(0, len(times) - 1)
    before = (after - 1).clip(0)
    earlier = wanted - times[before] <= times[after] - wanted
    return np.asarray(np.where(earlier, before, after))
