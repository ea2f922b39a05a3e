"""Positives and their negative spans, for all captions of one video at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ivg.negatives.neighbours import Side, earlier, later, reach_left, reach_right, unlike
from ivg.negatives.search import NO_SCENE
from ivg.records import BoolArray, FloatArray, IntArray
from ivg.similarity import Similarity


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of one video as arrays.

    Attributes:
        starts: (n,) seconds.
        ends: (n,) seconds.
        similarity: How alike the n segments are.
        duration: The video's, seconds.
    """

    starts: FloatArray
    ends: FloatArray
    similarity: Similarity
    duration: float


@dataclass(frozen=True, slots=True)
class Positives:
    """What the captions describe: (c,) times in seconds, (c,) inclusive segment indices."""

    starts: FloatArray
    ends: FloatArray
    first: IntArray
    last: IntArray

    def where(self, mask: BoolArray) -> Positives:
        """Those that are set in the (c,) mask."""
        return Positives(self.starts[mask], self.ends[mask], self.first[mask], self.last[mask])


@dataclass(frozen=True, slots=True)
class Spans:
    """Negative spans: (c,) times in seconds, (c,) bounding segments or NO_SCENE."""

    starts: FloatArray
    ends: FloatArray
    first: IntArray
    last: IntArray


def expand(segments: Segments, found: Positives, threshold: float) -> Positives:
    """Grow positives over neighbours similar to their edges; a side that grew takes new times."""
    first = reach_left(segments.similarity, found.first, threshold)
    last = reach_right(segments.similarity, found.last, threshold)
    return Positives(
        np.where(first < found.first, segments.starts[first], found.starts),
        np.where(last > found.last, segments.ends[last], found.ends),
        first,
        last,
    )


def surround(
    segments: Segments, positives: Positives, threshold: float, fits: BoolArray | None = None
) -> Spans:
    """The window around each positive in which nothing else looks like it, as published.

    Args:
        segments: Of the video.
        positives: In it.
        threshold: Below it a segment is unlike the positive.
        fits: (c, n) segments that are no context either, whatever they look like.
    """
    context = unlike(segments.similarity, positives.first, positives.last, threshold)
    if fits is not None:
        context &= ~fits
    before, after = earlier(context, positives.first), later(context, positives.last)
    starts = bound(before, positives.starts, segments.ends, 0.0)
    ends = bound(after, positives.ends, segments.starts, segments.duration)
    first = np.where(before.any_unlike, before.nearest, NO_SCENE)
    last = np.where(after.any_unlike, after.nearest, NO_SCENE)
    return Spans(starts, ends, first, last)


def bound(side: Side, own: FloatArray, near: FloatArray, far: float) -> FloatArray:
    """One side's bounds: the video's end, the positive's own, or the nearest alike segment's."""
    stopped = np.where(side.any_unlike, near[side.nearest], own)
    return np.where(side.nearest == NO_SCENE, far, stopped)
