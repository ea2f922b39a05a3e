"""Annotations as plain rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

from numpy.typing import NDArray

from ivg.negatives.search import NO_SCENE
from ivg.negatives.spans import Positives, Spans
from ivg.records import Annotation, BoolArray, Caption, Video

Grounded = tuple[Annotation, Caption]
"""A row, and the caption that it was made of."""


def annotation_rows(
    video: Video, captions: Sequence[Caption], positives: Positives, spans: Spans, left: BoolArray
) -> Iterator[Grounded]:
    """The rows that are left, as plain Python numbers, each with its caption."""
    times = (positives.starts, positives.ends, spans.starts, spans.ends)
    indices = (positives.first, positives.last, spans.first, spans.last)
    duration = float(video.duration)
    for caption, seconds, scenes in zip(
        compress(captions, left), plain(times, left), plain(indices, left), strict=True
    ):
        start, end, neg_start, neg_end = seconds
        first, last, before, after = scenes
        row = Annotation(
            video=video.name,
            duration=duration,
            start_sec=start,
            end_sec=end,
            neg_start_sec=neg_start,
            neg_end_sec=neg_end,
            caption=caption.text,
            start_scene=first,
            end_scene=last,
            neg_start_scene=None if before == NO_SCENE else before,
            neg_end_scene=None if after == NO_SCENE else after,
        )
        yield row, caption


def plain(columns: tuple[NDArray[Any], ...], left: BoolArray) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns as Python numbers."""
    return zip(*(column[left].tolist() for column in columns), strict=True)
