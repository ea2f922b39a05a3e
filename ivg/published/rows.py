"""What each published file says of one video."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import compress
from typing import Any

from ivg.published.lines import rounded
from ivg.records import Annotation, Caption, Scene, Segment, Video

Row = dict[str, Any]
FIELDS = tuple(field.name for field in fields(Annotation))
TIMES = ("duration", "start_sec", "end_sec", "neg_start_sec", "neg_end_sec")


def scene_row(video: str, scenes: Iterable[Scene | Segment], decimals: int | None) -> Row:
    """`scenes.jsonl` and `scenes-merged.jsonl`."""
    times = [[rounded(s.start_sec, decimals), rounded(s.end_sec, decimals)] for s in scenes]
    return {"video_fname": video, "scenes": times}


def caption_rows(video: str, captions: Iterable[Caption], decimals: int | None) -> Iterator[Row]:
    """`scenes-<captioner>.jsonl`: a row a segment, with all its captions in order."""
    texts: dict[tuple[float, float], list[str]] = {}
    for caption in captions:
        texts.setdefault((caption.start_sec, caption.end_sec), []).append(caption.text)
    for (start, end), found in texts.items():
        yield {**timed(video, start, end, decimals), "captions": found}


def scored_rows(video: Video, decimals: int | None) -> Iterator[Row]:
    """`scenes-<captioner>-filtered.jsonl`: every caption with its score, null where unscored.

    Rounded like times: the last bits depend on which pictures shared a batch. Filters see all.
    """
    for caption, score in zip(video.captions, video.clip_sim.tolist(), strict=True):
        row = timed(video.name, caption.start_sec, caption.end_sec, decimals)
        yield {
            **row,
            "caption": caption.text,
            "clip_sim": rounded(score, decimals) if math.isfinite(score) else None,
        }


def kept_rows(video: Video, decimals: int | None) -> Iterator[Row]:
    """`scenes-<captioner>-filtered-high_sims.jsonl`: a row a segment, its distinct captions."""
    kept = compress(video.captions, video.kept)
    for row in caption_rows(video.name, kept, decimals):
        yield {**row, "captions": list(dict.fromkeys(row["captions"]))}


def annotation_row(annotation: Annotation, decimals: int | None) -> Row:
    """`final_dataset.jsonl`; rounding keeps `neg_start <= start < end <= neg_end`."""
    row = {name: getattr(annotation, name) for name in FIELDS}
    return {**row, **{name: rounded(row[name], decimals) for name in TIMES}}


def timed(video: str, start: float, end: float, decimals: int | None) -> Row:
    """The fields that all rows about a stretch of a video begin with."""
    return {
        "video_fname": video,
        "start_sec": rounded(start, decimals),
        "end_sec": rounded(end, decimals),
    }
