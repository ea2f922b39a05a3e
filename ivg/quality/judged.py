"""What the judge thinks of each annotation of a video: cosines with every scene and frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ivg.records import Annotation, BoolArray, FloatArray, Video
from ivg.stages.vectors import cosines, stacked


@dataclass(frozen=True)
class Judged:
    """Annotations of one video against its scenes and frames.

    Attributes:
        scenes: (r, n) cosine of each caption with each scene: the mean of its frames; NaN for a
            scene without a readable frame.
        own: (r, n) whether the middle of the scene lies in the annotated segment.
        context: (r, n) whether it lies in the negative span, and not in the segment.
        frames: (r, m) cosine of each caption with each frame.
        times: (m,) seconds of the frames.
        starts: (r,) of the segments, seconds.
        ends: (r,) of the segments.
        neg_starts: (r,) of the negative spans.
        neg_ends: (r,) of the negative spans.
    """

    scenes: FloatArray
    own: BoolArray
    context: BoolArray
    frames: FloatArray
    times: FloatArray
    starts: FloatArray
    ends: FloatArray
    neg_starts: FloatArray
    neg_ends: FloatArray


def judged(video: Video) -> Judged:
    """Compare the annotations of a video; `judge_frames` and `judge_captions` must be there."""
    rows = video.annotations
    frames = caption_cosines(video)
    scenes = np.array([(s.start_sec, s.end_sec) for s in video.scenes]).reshape(-1, 2)
    means = frames @ membership(video.judge_times, scenes)
    times = [
        _column(rows, name) for name in ("start_sec", "end_sec", "neg_start_sec", "neg_end_sec")
    ]
    starts, ends, neg_starts, neg_ends = times
    middles = scenes.mean(axis=1)[None, :]
    own = within(middles, starts, ends)
    around = within(middles, neg_starts, neg_ends)
    there = np.isfinite(means)
    return Judged(means, own & there, around & ~own & there, frames, video.judge_times, *times)


def caption_cosines(video: Video) -> FloatArray:
    """(r, m) cosines of the annotations' captions with the judge's frames."""
    rows = video.annotations
    if not rows or not len(video.judge_frames):
        return np.zeros((len(rows), len(video.judge_times)))
    return cosines(caption_vectors(video), video.judge_frames)


def caption_vectors(video: Video) -> FloatArray:
    """(r, j) the judge's vector of each annotation's caption."""
    row_of = {caption.text: i for i, caption in enumerate(video.captions)}
    return stacked([video.judge_captions[row_of[row.caption]] for row in video.annotations])


def membership(times: FloatArray, scenes: FloatArray) -> FloatArray:
    """(m, n) weights whose product with frame values gives scene means; NaN for empty scenes."""
    inside = (times[:, None] >= scenes[None, :, 0]) & (times[:, None] < scenes[None, :, 1])
    counts = inside.sum(axis=0)
    return np.asarray(inside / np.where(counts, counts, np.nan))


def within(middles: FloatArray, starts: FloatArray, ends: FloatArray) -> BoolArray:
    """(r, n) whether each of the (1, n) middles lies in each of the r windows."""
    return np.asarray((middles >= starts[:, None]) & (middles <= ends[:, None]))


def _column(rows: tuple[Annotation, ...], name: str) -> FloatArray:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)
