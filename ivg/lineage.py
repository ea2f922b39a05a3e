"""How a row of the dataset came about: merged of what, kept by what score, bounded by what.

Nothing here names a path, a host or a user: it goes into releases.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ivg.published.lines import rounded
from ivg.records import Annotation, Caption, FloatArray, Video
from ivg.similarity import Similarity

Row = dict[str, Any]


def row_lineage(video: Video, index: int, segments: Similarity, decimals: int | None) -> Row:
    """What led to one annotation.

    Args:
        video: With all that the line has found.
        index: Of the annotation.
        segments: Similarity of the video's segments.
        decimals: Numbers are rounded to so many.

    Returns:
        `video_id`; `caption_index` (its place in the captions of `video_record`) and `edited`
        (whether a reviewer wrote another text, which the scores don't know); `captioner`,
        `clip_sim` and `frame_sims` (why it was kept); `first_scene`, `last_scene`, `scene_sims` (of
        neighbours within: why they were merged), `sim_before` and `sim_after` (with the scene next
        to it: why no more was); `expanded`; and for each end of the span why it is there
        (`neg_start_reason`: `video_start`, `segment`, `unverified` or `no_context`;
        `neg_end_reason`: `video_end`, ...) and how alike the segment there is (`neg_start_sim`,
        `neg_end_sim`).
    """
    annotation, place = video.annotations[index], int(video.annotation_captions[index])
    return {
        "video_id": video.id,
        "caption_index": place,
        "edited": place in video.rewritten,
        **scored(video, place, decimals),
        **merged(video, annotation, decimals),
        "expanded": is_expanded(annotation, video.captions[place]),
        **bounded(annotation, segments, decimals),
    }


def scored(video: Video, place: int, decimals: int | None) -> Row:
    """Who said the caption, and how well it fits."""
    sims = video.frame_similarities[place] if len(video.frame_similarities) else ()
    return {
        "captioner": video.captions[place].captioner,
        "clip_sim": or_none(video.clip_sim[place], decimals) if len(video.clip_sim) else None,
        "frame_sims": [or_none(value, decimals) for value in sims],
    }


def merged(video: Video, annotation: Annotation, decimals: int | None) -> Row:
    """The scenes that the positive consists of, and their likeness to their neighbours."""
    first = video.segments[annotation.start_scene].first_scene
    last = video.segments[annotation.end_scene].last_scene
    links = video.neighbour_similarity
    return {
        "first_scene": first,
        "last_scene": last,
        "scene_sims": [rounded(link, decimals) for link in links[first:last].tolist()],
        "sim_before": link_at(links, first - 1, decimals),
        "sim_after": link_at(links, last, decimals),
    }


def bounded(annotation: Annotation, segments: Similarity, decimals: int | None) -> Row:
    """Why the negative span starts and ends where it does."""
    before, after = annotation.neg_start_scene, annotation.neg_end_scene
    positive = np.arange(annotation.start_scene, annotation.end_scene + 1)
    like = segments.rows(positive).max(axis=0)
    return {
        "neg_start_reason": start_reason(annotation),
        "neg_start_sim": None if before is None else rounded(like[before], decimals),
        "neg_end_reason": end_reason(annotation),
        "neg_end_sim": None if after is None else rounded(like[after], decimals),
    }


def start_reason(row: Annotation) -> str:
    """What lies before the span."""
    if row.neg_start_scene is not None:
        return "segment"
    if row.neg_start_sec <= 0:
        return "video_start"
    return "no_context" if row.neg_start_sec == row.start_sec else "unverified"


def end_reason(row: Annotation) -> str:
    """What lies behind the span."""
    if row.neg_end_scene is not None:
        return "segment"
    if row.neg_end_sec >= row.duration:
        return "video_end"
    return "no_context" if row.neg_end_sec == row.end_sec else "unverified"


def is_expanded(row: Annotation, caption: Caption) -> bool:
    """Whether neighbours that look the same were taken into the positive."""
    return row.start_sec < caption.start_sec or row.end_sec > caption.end_sec


def video_record(video: Video, decimals: int | None) -> Row:
    """What is known of a video: scenes, segments, and every caption with its fate.

    A caption has the captioner's text; `rewritten` is what a reviewer put in its place, `reviewed`
    what was decided by hand (`keep`, `reject` or `edit`); both are None where nobody did.
    """
    return {
        "video": video.name,
        "video_id": video.id,
        "duration": rounded(video.duration, decimals),
        "fps": rounded(video.fps, decimals),
        "scenes": [times(scene, decimals) for scene in video.scenes],
        "dropped_scenes": [times(scene, decimals) for scene in video.dropped_scenes],
        "segments": [
            [*times(segment, decimals), segment.first_scene, segment.last_scene]
            for segment in video.segments
        ],
        "captions": [
            {
                "start_sec": rounded(caption.start_sec, decimals),
                "end_sec": rounded(caption.end_sec, decimals),
                "caption": caption.text,
                "rewritten": video.rewritten.get(place),
                "reviewed": video.reviewed.get(place),
                "segment": caption.segment,
                **scored(video, place, decimals),
                "fate": fate(video, place),
            }
            for place, caption in enumerate(video.captions)
        ],
    }


def fate(video: Video, place: int) -> str:
    """What became of a caption: `annotation`, or where it was dropped."""
    if place in video.annotation_captions:
        return "annotation"
    if len(video.clean) and not video.clean[place]:
        return "hygiene"
    return "filter" if len(video.kept) and not video.kept[place] else "ground"


def times(span: Any, decimals: int | None) -> list[float]:
    """Start and end, seconds."""
    return [rounded(span.start_sec, decimals), rounded(span.end_sec, decimals)]


def link_at(links: FloatArray, place: int, decimals: int | None) -> float | None:
    """The likeness of a scene and the next one; None past either end."""
    return rounded(links[place], decimals) if 0 <= place < len(links) else None


def or_none(value: float, decimals: int | None) -> float | None:
    """A number, or None where it is none."""
    return rounded(value, decimals) if math.isfinite(value) else None
