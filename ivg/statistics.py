"""The distributions of a run, as arrays: what trackers and reports draw."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ivg.records import Annotation, FloatArray, Scene, Segment, Video

NAMES = (
    "scene_secs",
    "segment_secs",
    "annotation_secs",
    "neg_span_secs",
    "neighbour_similarity",
    "clip_sim",
)


def distributions(videos: Sequence[Video]) -> dict[str, FloatArray]:
    """Lengths in seconds, similarities and clip_sim over all videos; each (n,) float64.

    `neighbour_similarity` is what `scene_merge.threshold` cuts: of each scene with the next one.
    """
    found = {name: array("d") for name in NAMES}
    for video in videos:
        rows = video.annotations
        found["scene_secs"].extend(lengths(video.scenes))
        found["segment_secs"].extend(lengths(video.segments))
        found["annotation_secs"].extend(lengths(rows))
        found["neg_span_secs"].extend(row.neg_end_sec - row.neg_start_sec for row in rows)
        found["neighbour_similarity"].extend(video.neighbour_similarity)
        found["clip_sim"].extend(video.clip_sim)
    return {name: np.array(values) for name, values in found.items()}


def lengths(spans: Iterable[Scene | Segment | Annotation]) -> Iterator[float]:
    """Seconds of each."""
    return (span.end_sec - span.start_sec for span in spans)
