"""What the judge thinks of each annotation of a video: cosines with its scenes and frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ivg.records import Annotation, BoolArray, FloatArray, IntArray, Video
from ivg.stages.vectors import stacked, unit

CELLS_AT_ONCE = 2**21
"""Of rows by scenes: 16 MB a matrix, however long the video."""


@dataclass(frozen=True)
class Judged:
    """Some annotations of one video against its scenes.

    Attributes:
        scenes: (r, n) cosine of each caption with each scene: the mean of its frames'; anything
            where a scene has no readable frame.
        own: (r, n) whether the middle of the scene lies in the annotated segment; False for a
            scene without a readable frame.
        context: (r, n) whether it lies in the negative span, and not in the segment; so too.
        others: (r, n) whether it lies anywhere in the video, but not in the segment; so too.
    """

    scenes: FloatArray
    own: BoolArray
    context: BoolArray
    others: BoolArray

    @property
    def best(self) -> FloatArray:
        """(r,) the cosine of each caption with the best scene of its segment; -inf without any."""
        return np.asarray(np.where(self.own, self.scenes, -np.inf).max(axis=1, initial=-np.inf))


@dataclass(frozen=True)
class Windows:
    """The times of annotations, each (r,) seconds."""

    starts: FloatArray
    ends: FloatArray
    neg_starts: FloatArray
    neg_ends: FloatArray


def judged(video: Video) -> Iterator[Judged]:
    """Compare the annotations of a video with its scenes, some rows at a time, in order.

    `judge_frames`, `judge_times` and `judge_captions` must be there.
    """
    scenes = scene_times(video)
    means, counts = scene_means(video)
    there = counts > 0
    captions, windows = unit(caption_vectors(video)), windows_of(video)
    middles = scenes.mean(axis=1)[None, :]
    step = max(1, CELLS_AT_ONCE // max(1, len(scenes)))
    for first in range(0, len(captions), step):
        rows = slice(first, first + step)
        own = within(middles, windows.starts[rows], windows.ends[rows])
        around = within(middles, windows.neg_starts[rows], windows.neg_ends[rows])
        others = ~own & there
        yield Judged(captions[rows] @ means.T, own & there, around & others, others)


def scene_times(video: Video) -> FloatArray:
    """(n, 2) start and end of each scene, seconds."""
    return np.array([(s.start_sec, s.end_sec) for s in video.scenes]).reshape(-1, 2)


def scene_means(video: Video) -> tuple[FloatArray, IntArray]:
    """(n, j) mean of the unit vectors of each scene's frames, and (n,) how many there are."""
    scenes = scene_times(video)
    frames = frame_vectors(video)
    first, last = (np.searchsorted(video.judge_times, scenes[:, i]) for i in (0, 1))
    counts = last - first
    pairs = np.stack((first, last), axis=1).ravel()
    padded = np.concatenate((frames, np.zeros((1, frames.shape[1]))))
    sums = np.add.reduceat(padded, pairs, axis=0)[::2] if len(pairs) else frames[:0]
    return sums / np.maximum(counts, 1)[:, None], counts


def window_sums(video: Video, starts: FloatArray, ends: FloatArray) -> tuple[FloatArray, IntArray]:
    """(r,) sum of the cosines of each caption with the frames in its window, and how many.

    Args:
        video: With its annotations; `judge_frames` and `judge_captions` must be there.
        starts: (r,) seconds; a window is `[start, end)`.
        ends: (r,) seconds.
    """
    frames = frame_vectors(video)
    before = np.concatenate((np.zeros((1, frames.shape[1])), frames.cumsum(axis=0)))
    first, last = (np.searchsorted(video.judge_times, times) for times in (starts, ends))
    sums = np.einsum("rj,rj->r", unit(caption_vectors(video)), before[last] - before[first])
    return sums, last - first


def frame_vectors(video: Video) -> FloatArray:
    """(m, j) the judge's vectors of the frames, of length 1; as wide as those of the captions."""
    if len(video.judge_frames):
        return unit(video.judge_frames)
    return np.zeros((0, video.judge_captions.shape[1]))


def caption_vectors(video: Video) -> FloatArray:
    """(r, j) the judge's vector of each annotation's caption, of an edited one before the edit."""
    row_of = {caption.text: i for i, caption in enumerate(video.captions)}
    row_of |= {text: i for i, text in video.rewritten.items() if text not in row_of}
    rows = [video.judge_captions[row_of[row.caption]] for row in video.annotations]
    return stacked(rows) if rows else np.zeros((0, video.judge_frames.shape[1]))


def windows_of(video: Video) -> Windows:
    """The times of the video's annotations."""
    names = ("start_sec", "end_sec", "neg_start_sec", "neg_end_sec")
    return Windows(*(_column(video.annotations, name) for name in names))


def within(middles: FloatArray, starts: FloatArray, ends: FloatArray) -> BoolArray:
    """(r, n) whether each of the (1, n) middles lies in each of the r windows."""
    return np.asarray((middles >= starts[:, None]) & (middles <= ends[:, None]))


def _column(rows: tuple[Annotation, ...], name: str) -> FloatArray:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)
