"""The distributions of a run, as arrays: what trackers and reports draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ivg.records import Annotation, FloatArray, Scene, Segment, Video


def distributions(videos: Sequence[Video]) -> dict[str, FloatArray]:
    """Lengths in seconds, similarities and clip_sim over all videos; each (n,) float64.

    `neighbour_similarity` is what `scene_merge.threshold` cuts: of each scene with the next one.
    """
    rows = [row for video in videos for row in video.annotations]
    return {
        "scene_secs": lengths(scene for video in videos for scene in video.scenes),
        "segment_secs": lengths(segment for video in videos for segment in video.segments),
        "annotation_secs": lengths(rows),
        "neg_span_secs": np.array([row.neg_end_sec - row.neg_start_sec for row in rows]),
        "neighbour_similarity": joined(video.neighbour_similarity for video in videos),
        "clip_sim": joined(video.clip_sim for video in videos),
    }


def lengths(spans: Iterable[Scene | Segment | Annotation]) -> FloatArray:
    """(n,) seconds."""
    return np.array([span.end_sec - span.start_sec for span in spans])


def joined(parts: Iterable[FloatArray]) -> FloatArray:
    """One vector of all."""
    return np.concatenate([np.zeros(0), *parts])
