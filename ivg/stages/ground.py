"""Find the negative span of every caption."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivg.models.batches import batches
from ivg.negatives.clamp import clamp_positives, clamp_spans
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
"""Complete: rows that agree in all of it are equal."""


class Ground(Stage):
    """Captions to annotations: the window that holds the segment and nothing else like it.

    HawkEye (arXiv 2403.10228), InternVid-G step 8. The defaults repair the published step;
    `negatives=published` switches every repair off.
    """

    name = "ground"
    produces = ("annotations",)
    needs = ("scene_vectors",)
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

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the annotations, sorted by start, end and caption; one at most a caption."""
        captions = kept_captions(video)
        dropped: Counter[str] = Counter()
        fitting = self._of_length(captions, dropped)
        annotations = tuple(sorted(self._annotate(video, fitting, dropped), key=ROW_ORDER))
        tally = Tally("caption", len(captions), len(annotations), dict(dropped))
        return Outcome({"annotations": annotations}, (tally,))

    def _of_length(self, captions: Sequence[Caption], dropped: Counter[str]) -> list[Caption]:
        starts, ends = caption_times(captions)
        sieve = Sieve(len(captions), dropped)
        sieve.drop("too_short", ~(ends - starts >= max(self.min_secs, SHORTEST_SECS)))
        sieve.drop("too_long", ~(ends - starts <= self.max_secs))
        return list(compress(captions, sieve.left))

    def _annotate(
        self, video: Video, captions: Sequence[Caption], dropped: Counter[str]
    ) -> Iterator[Annotation]:
        if not video.segments:
            sieve = Sieve(len(captions), dropped)
            sieve.drop("no_scene", sieve.left)
            return
        segments = segment_arrays(video)
        # in order of time, so that a batch asks for rows of the similarity that are close together
        for batch in batches(sorted(captions, key=attrgetter("start_sec")), CAPTIONS_AT_ONCE):
            yield from self._annotate_batch(video, batch, segments, dropped)

    def _annotate_batch(
        self, video: Video, captions: Sequence[Caption], segments: Segments, dropped: Counter[str]
    ) -> Iterator[Annotation]:
        sieve = Sieve(len(captions), dropped)
        found = self._search(sieve, captions, segments)
        grown = self._grow(sieve, found, segments)
        # of those that are out some may span the video, and all its rows would be computed for them
        captions, positives = list(compress(captions, sieve.left)), grown.where(sieve.left)
        sieve = Sieve(len(captions), dropped)
        spans = self._surround(sieve, positives, segments, video)
        return annotation_rows(video, captions, positives, spans, sieve.left)

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

    def _surround(
        self, sieve: Sieve, positives: Positives, segments: Segments, video: Video
    ) -> Spans:
        spans = surround(segments, positives, self.same_threshold)
        if self.clamp:
            spans = clamp_spans(spans, positives, segments.duration)
        if self.verified_only:
            compared = video.scenes[: video.segments[-1].last_scene + 1]
            spans = keep_to_verified(spans, positives, holes(compared, segments.duration))
        if self.require_context:
            margin = np.maximum(positives.starts - spans.starts, spans.ends - positives.ends)
            sieve.drop("no_context", margin <= TOLERANCE_SECS)
        return spans


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


def annotation_rows(
    video: Video, captions: Sequence[Caption], positives: Positives, spans: Spans, left: BoolArray
) -> Iterator[Annotation]:
    """The rows that are left, as plain Python numbers."""
    times = (positives.starts, positives.ends, spans.starts, spans.ends)
    indices = (positives.first, positives.last, spans.first, spans.last)
    duration = float(video.duration)
    for caption, seconds, scenes in zip(
        compress(captions, left), plain(times, left), plain(indices, left), strict=True
    ):
        start, end, neg_start, neg_end = seconds
        first, last, before, after = scenes
        yield Annotation(
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


def plain(columns: tuple[NDArray[Any], ...], left: BoolArray) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns as Python numbers."""
    return zip(*(column[left].tolist() for column in columns), strict=True)
