"""Time that no comparison has covered, and spans that end there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ivg.negatives.search import NO_SCENE
from ivg.negatives.spans import Positives, Spans
from ivg.records import FloatArray, Scene

TOLERANCE_SECS = 0.0015
"""Published files round to a millisecond, so times that meet may miss by one."""


@dataclass(frozen=True, slots=True)
class Holes:
    """Disjoint stretches of unverified time, (h,) seconds, ascending."""

    starts: FloatArray
    ends: FloatArray


def holes(compared: Sequence[Scene], duration: float) -> Holes:
    """All time in [0, duration] outside the compared scenes.

    That is where short scenes were dropped, where scenes lie past `max_scenes`, and what the
    detector never saw before, between and after scenes.
    """
    starts = np.array([scene.start_sec for scene in compared])
    ends = np.maximum.accumulate(np.array([scene.end_sec for scene in compared]))
    opened = np.concatenate(([0.0], ends))
    closed = np.concatenate((starts, [duration]))
    real = closed - opened > TOLERANCE_SECS
    return Holes(opened[real], closed[real])


def keep_to_verified(spans: Spans, positives: Positives, unverified: Holes) -> Spans:
    """End each span where comparison ended; holes inside the positive don't matter."""
    lowest = verified_from(positives.starts, unverified)
    highest = verified_until(positives.ends, unverified)
    return Spans(
        np.maximum(spans.starts, lowest),
        np.minimum(spans.ends, highest),
        np.where(lowest > spans.starts + TOLERANCE_SECS, NO_SCENE, spans.first),
        np.where(highest < spans.ends - TOLERANCE_SECS, NO_SCENE, spans.last),
    )


def verified_from(starts: FloatArray, unverified: Holes) -> FloatArray:
    """The end of the last hole that begins before `starts`, at most `starts` itself; (c,)."""
    before = np.searchsorted(unverified.starts, starts - TOLERANCE_SECS, side="left")
    ends = np.concatenate(([-np.inf], unverified.ends))
    return np.minimum(ends[before], starts)


def verified_until(ends: FloatArray, unverified: Holes) -> FloatArray:
    """The start of the first hole that ends after `ends`, at least `ends` itself; (c,)."""
    after = np.searchsorted(unverified.ends, ends + TOLERANCE_SECS, side="right")
    starts = np.concatenate((unverified.starts, [np.inf]))
    return np.maximum(starts[after], ends)
