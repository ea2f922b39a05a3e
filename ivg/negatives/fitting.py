"""Which segments a caption fits as well as its own, by the scorer's eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ivg.errors import FrameUnavailableError
from ivg.negatives.spans import Positives, Segments, Spans
from ivg.negatives.verified import TOLERANCE_SECS
from ivg.records import BoolArray, Caption, FloatArray, IntArray, Video


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What the scorer saw and read of one video.

    Attributes:
        scenes: (n, j) mean of the vectors of a scene's frames; NaN where none is readable.
        captions: (c, j) of length 1.
        rows: A row of `captions` for each text.
        firsts: (s,) first scene of each segment; segments lie side by side.
    """

    scenes: FloatArray
    captions: FloatArray
    rows: Mapping[str, int]
    firsts: IntArray


def sight_of(video: Video) -> Sight:
    """The fields of the stage `score_scenes`.

    Raises:
        FrameUnavailableError: No frame of the video was readable.
    """
    if not video.scorer_scenes.size:
        raise FrameUnavailableError(f"{video.name}: no scene is there to verify captions with")
    return Sight(
        video.scorer_scenes,
        video.scorer_captions,
        {caption.text: row for row, caption in enumerate(video.captions)},
        np.array([segment.first_scene for segment in video.segments]),
    )


def fitting(
    sight: Sight, captions: Sequence[Caption], positives: Positives, margin: float
) -> BoolArray:
    """(c, s) whether a caption fits a segment as well as its own, but for `margin`.

    A caption fits a segment as its best scene, a scene by the mean cosine of its frames. A segment
    of which a scene can't be seen might fit; of the caption's own, the scenes seen are enough.
    """
    texts = sight.captions[[sight.rows[caption.text] for caption in captions]]
    scenes = texts @ sight.scenes.T
    fits, seen = (best.reduceat(scenes, sight.firsts, axis=1) for best in (np.maximum, np.fmax))
    index = np.arange(fits.shape[1])
    own = (index >= positives.first[:, None]) & (index <= positives.last[:, None])
    best = np.where(own & ~np.isnan(seen), seen, -np.inf).max(axis=1)
    return np.asarray(~(fits < best[:, None] - margin))


def shortened(before: Spans, after: Spans) -> BoolArray:
    """(c,) whether a span lost time."""
    lost = np.maximum(after.starts - before.starts, before.ends - after.ends)
    return np.asarray(lost > TOLERANCE_SECS)


def context_of(spans: Spans, positives: Positives, segments: Segments) -> BoolArray:
    """(c, s) whether a segment lies in a span, and not in its positive."""
    index = np.arange(len(segments.starts))
    outside = (index < positives.first[:, None]) | (index > positives.last[:, None])
    after = segments.starts >= spans.starts[:, None] - TOLERANCE_SECS
    before = segments.ends <= spans.ends[:, None] + TOLERANCE_SECS
    return np.asarray(outside & after & before)
