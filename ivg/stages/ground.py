"""Find the negative span of every caption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from operator import attrgetter
from typing import Any

import numpy as np

from ivg.models.batches import batches
from ivg.negatives.clamp import clamp_positives, clamp_spans
from ivg.negatives.fitting import Sight, context_of, fitting, shortened, sight_of
from ivg.negatives.rows import Grounded, annotation_rows
from ivg.negatives.search import NO_SCENE, end_scenes, start_scenes
from ivg.negatives.sieve import Sieve
from ivg.negatives.spans import Positives, Segments, Spans, expand, surround
from ivg.negatives.verified import TOLERANCE_SECS, holes, keep_to_verified
from ivg.ranges import flag, number_within, one_of
from ivg.records import Annotation, BoolArray, Caption, FloatArray, Video
from ivg.similarity import segment_similarity
from ivg.stage import Context, Outcome, Stage, Tally

SHORTEST_SECS = 0.001
"""Published files round to a millisecond: what is shorter would have no length there."""


CAPTIONS_AT_ONCE = 64
"""A batch holds some matrices of (captions, segments): 2.5 MB each for 5,000 segments."""

ROW_ORDER = attrgetter("start_sec", "end_sec", "caption", "start_scene", "end_scene")
"""Complete: rows that agree in all of it are equal, and are in the order of their captions."""


class Ground(Stage):
    """Captions to annotations: the window that holds the segment and nothing else like it.

    HawkEye (arXiv 2403.10228), InternVid-G step 8. The defaults repair the published step;
    `negatives=published` switches every repair off.
    """

    name = "ground"
    produces = ("annotations", "annotation_captions")
    needs = ("scene_vectors", "scorer_scenes", "scorer_captions")
    cached = False
    VERSION = 2

    def __init__(
        self,
        boundary_shift: float = 0.25,
        same_threshold: float = 0.8,
        min_secs: float = 0.5,
        max_secs: float = 10,
        require_context: bool = True,
        verified_only: bool = True,
        clamp: bool = True,
        unmatched: str = "drop",
        verify_caption: bool = False,
        verify_margin: float = 0.0,
        verify_action: str = "shrink",
    ) -> None:
        """Check the values.

        Args:
            boundary_shift: How far a segment may stick out of its caption, seconds.
            same_threshold: Above it a neighbour belongs to the positive, below it a segment is
                context; exactly there it is neither.
            min_secs: Shortest caption, inclusive.
            max_secs: Longest caption, inclusive, before and after expansion.
            require_context: Drop rows whose negative span is the positive itself.
            verified_only: End the span where the comparison of scenes ended.
            clamp: Keep the positive inside the span, and both inside the video.
            unmatched: A caption outside all segments is dropped, or takes all of them (published).
            verify_caption: Hold each caption against every segment of its span, by the scorer's
                eyes: one that it fits as well as its own is no context.
            verify_margin: A segment fits if its cosine is not lower than that of the caption's own
                by more than this; the best scene of each counts.
            verify_action: `shrink` ends the span before such a segment, `drop` drops the row.

        Raises:
            ConfigError: A value is out of range; the message names `negatives.<key>`.
        """
        self.boundary_shift = number_within("negatives.boundary_shift", boundary_shift, 0)
        self.same_threshold = number_within("negatives.same_threshold", same_threshold, -1, 1)
        self.min_secs = number_within("negatives.min_secs", min_secs, 0)
        self.max_secs = number_within("negatives.max_secs", max_secs, min_secs)
        self.require_context = flag("negatives.require_context", require_context)
        self.verified_only = flag("negatives.verified_only", verified_only)
        self.clamp = flag("negatives.clamp", clamp)
        self.unmatched = one_of("negatives.unmatched", unmatched, ("drop", "all"))
        self.verify_caption = flag("negatives.verify_caption", verify_caption)
        self.verify_margin = number_within("negatives.verify_margin", verify_margin, -2, 2)
        self.verify_action = one_of("negatives.verify_action", verify_action, ("shrink", "drop"))

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the annotations, sorted by start, end and caption; one at most a caption."""
        captions = kept_captions(video)
        dropped: Counter[str] = Counter()
        context_segments: Counter[str] = Counter()
        of_length = self._of_length(captions, dropped)
        found = self._annotate(video, of_length, dropped, context_segments)
        place = {id(caption): index for index, caption in enumerate(video.captions)}
        placed = ((row, place[id(caption)]) for row, caption in found)
        rows = sorted((as_published(video, *pair) for pair in placed), key=in_order)
        annotations = tuple(row for row, _ in rows)
        tallies = [Tally("caption", len(captions), len(annotations), dict(dropped))]
        if self.verify_caption:
            tallies.append(context_tally(context_segments))
        made_of = np.array([index for _, index in rows], dtype=np.int64)
        return Outcome({"annotations": annotations, "annotation_captions": made_of}, tuple(tallies))

    def _of_length(self, captions: Sequence[Caption], dropped: Counter[str]) -> list[Caption]:
        starts, ends = caption_times(captions)
        sieve = Sieve(len(captions), dropped)
        sieve.drop("too_short", ~(ends - starts >= max(self.min_secs, SHORTEST_SECS)))
        sieve.drop("too_long", ~(ends - starts <= self.max_secs))
        return list(compress(captions, sieve.left))

    def _annotate(
        self,
        video: Video,
        captions: Sequence[Caption],
        dropped: Counter[str],
        context_segments: Counter[str],
    ) -> Iterator[Grounded]:
        if not video.segments:
            sieve = Sieve(len(captions), dropped)
            sieve.drop("no_scene", sieve.left)
            return
        sight = sight_of(video) if self.verify_caption and captions else None
        scenery = Scenery(video, segment_arrays(video), sight, context_segments)
        # in order of time, so that a batch asks for rows of the similarity that are close together
        for batch in batches(sorted(captions, key=attrgetter("start_sec")), CAPTIONS_AT_ONCE):
            yield from self._annotate_batch(scenery, batch, dropped)

    def _annotate_batch(
        self, scenery: Scenery, captions: Sequence[Caption], dropped: Counter[str]
    ) -> Iterator[Grounded]:
        sieve = Sieve(len(captions), dropped)
        found = self._search(sieve, captions, scenery.segments)
        grown = self._grow(sieve, found, scenery.segments)
        # of those that are out some may span the video, and all its rows would be computed for them
        captions, positives = list(compress(captions, sieve.left)), grown.where(sieve.left)
        sieve = Sieve(len(captions), dropped)
        spans = self._bounds(positives, scenery)
        if self.require_context:
            sieve.drop("no_context", without_context(spans, positives))
        if scenery.sight:
            fits = fitting(scenery.sight, captions, positives, self.verify_margin)
            spans = self._verified(sieve, spans, positives, fits, scenery)
        return annotation_rows(scenery.video, captions, positives, spans, sieve.left)

    def _search(self, sieve: Sieve, captions: Sequence[Caption], segments: Segments) -> Positives:
        starts, ends = caption_times(captions)
        first = start_scenes(starts, segments.starts, self.boundary_shift)
        last = end_scenes(ends, segments.ends, self.boundary_shift)
        if self.unmatched == "drop":
            sieve.drop("no_scene", (first == NO_SCENE) | (last == NO_SCENE))
        first = np.where(first == NO_SCENE, 0, first)
        last = np.where(last == NO_SCENE, segments.starts.size - 1, last)
        sieve.drop("no_whole_scene", last < first)
        return Positives(starts, ends, first, last)

    def _grow(self, sieve: Sieve, found: Positives, segments: Segments) -> Positives:
        positives = expand(segments, found, self.same_threshold)
        sieve.drop("too_long_expanded", ~(positives.ends - positives.starts <= self.max_secs))
        if not self.clamp:
            return positives
        inside = clamp_positives(positives, segments.duration)
        shortest = max(self.min_secs, SHORTEST_SECS)
        sieve.drop("outside_video", ~(inside.ends - inside.starts >= shortest))
        return inside

    def _bounds(
        self, positives: Positives, scenery: Scenery, fits: BoolArray | None = None
    ) -> Spans:
        video, segments = scenery.video, scenery.segments
        spans = surround(segments, positives, self.same_threshold, fits)
        if self.clamp:
            spans = clamp_spans(spans, positives, segments.duration)
        if self.verified_only:
            compared = video.scenes[: video.segments[-1].last_scene + 1]
            spans = keep_to_verified(spans, positives, holes(compared, segments.duration))
        return spans

    def _verified(
        self,
        sieve: Sieve,
        spans: Spans,
        positives: Positives,
        fits: BoolArray,
        scenery: Scenery,
    ) -> Spans:
        """The spans without what a caption fits too, or without the rows of which that is so."""
        looked_at = sieve.left
        after = self._bounds(positives, scenery, fits)
        if self.verify_action == "drop":
            sieve.drop("caption_fits_elsewhere", shortened(spans, after))
        elif self.require_context:
            sieve.drop("caption_fits_beside", without_context(after, positives))
        before = context_of(spans, positives, scenery.segments)[looked_at]
        left = context_of(after, positives, scenery.segments)[sieve.left]
        scenery.context_segments.update({"in": int(before.sum()), "out": int(left.sum())})
        return after


@dataclass(frozen=True)
class Scenery:
    """What the captions of one video are grounded in.

    Attributes:
        video: The record.
        segments: Its segments as arrays.
        sight: What the scorer saw of them; None where captions are not verified.
        context_segments: How many segments of context went `in` to verification, and came `out`.
    """

    video: Video
    segments: Segments
    sight: Sight | None
    context_segments: Counter[str]


def as_published(video: Video, row: Annotation, index: int) -> tuple[Annotation, int]:
    """The row with the text that a reviewer wrote, if any did; whatever was scored is the other."""
    new = video.rewritten.get(index)
    return (row if new is None else replace(row, caption=new)), index


def in_order(made: tuple[Annotation, int]) -> tuple[Any, ...]:
    """Where a row stands among those of its video; equal ones by the place of their captions."""
    row, index = made
    return *ROW_ORDER(row), index


def without_context(spans: Spans, positives: Positives) -> BoolArray:
    """(c,) whether a span is its positive and nothing else."""
    margin = np.maximum(positives.starts - spans.starts, spans.ends - positives.ends)
    return np.asarray(margin <= TOLERANCE_SECS)


def context_tally(counts: Counter[str]) -> Tally:
    """The books of verification: a segment counts once for each span that it lies in."""
    lost = counts["in"] - counts["out"]
    reasons = {"caption_fits": lost} if lost else {}
    return Tally("context_segment", counts["in"], counts["out"], reasons)


def kept_captions(video: Video) -> Sequence[Caption]:
    """What the filter kept; all captions where they were given and no filter ran."""
    if not len(video.kept):
        return video.captions
    return [caption for caption, kept in zip(video.captions, video.kept, strict=True) if kept]


def caption_times(captions: Sequence[Caption]) -> tuple[FloatArray, FloatArray]:
    """(c,) starts and (c,) ends, seconds."""
    starts = np.array([caption.start_sec for caption in captions])
    return starts, np.array([caption.end_sec for caption in captions])


def segment_arrays(video: Video) -> Segments:
    """The segments of a video as arrays."""
    return Segments(
        np.array([segment.start_sec for segment in video.segments]),
        np.array([segment.end_sec for segment in video.segments]),
        segment_similarity(video),
        float(video.duration),
    )
