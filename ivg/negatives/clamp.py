"""Spans that hold their positive and stay inside the video."""

from __future__ import annotations

import numpy as np

from ivg.negatives.spans import Positives, Spans


def clamp_positives(positives: Positives, duration: float) -> Positives:
    """Cut positives at the video's start and end."""
    return Positives(
        np.maximum(positives.starts, 0.0),
        np.minimum(positives.ends, duration),
        positives.first,
        positives.last,
    )


def clamp_spans(spans: Spans, positives: Positives, duration: float) -> Spans:
    """Make 0 <= neg_start <= start and end <= neg_end <= duration hold.

    A caption may begin up to `boundary_shift` before its segment, hence inside the scene before,
    whose end would then be a neg_start after the start.
    """
    return Spans(
        np.clip(spans.starts, 0.0, positives.starts),
        np.clip(spans.ends, positives.ends, duration),
        spans.first,
        spans.last,
    )
