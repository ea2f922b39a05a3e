"""The record that goes down the line, and the Arrow type of each of its fields.

A `Video` enters with `id`, `name` and `path`; every stage adds its own fields and changes none.
Times are seconds from the start of the video.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from ivg.truth import Truth

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
Image = NDArray[np.uint8]
"""An RGB picture, shape (height, width, 3)."""


NO_ROWS: FloatArray = np.zeros((0, 0))
NO_FLOATS: FloatArray = np.zeros(0)
NO_INTS: IntArray = np.zeros(0, dtype=np.int64)
NO_BOOLS: BoolArray = np.zeros(0, dtype=np.bool_)


def no_rows() -> FloatArray:
    """The empty matrix, the value of a field whose stage has not run."""
    return NO_ROWS


def no_floats() -> FloatArray:
    """The empty vector of floats."""
    return NO_FLOATS


def no_ints() -> IntArray:
    """The empty vector of integers."""
    return NO_INTS


def no_bools() -> BoolArray:
    """The empty vector of booleans."""
    return NO_BOOLS


@dataclass(frozen=True, slots=True)
class Scene:
    """One shot, `[start_sec, end_sec)`, as the detector found it."""

    start_sec: float
    end_sec: float


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What one decode pass saw of every frame, in the order shown.

    Attributes:
        pts: (n,) presentation timestamps after the stream's start, in `time_base`.
        scores: (n,) the detector's measurement; NaN where a frame could not be measured.
        marks: (n,) checksums of a few pixels, which tell whether a frame found again is the same.
        keys: Indices of the frames at which decoding can start.
        time_base: Seconds of one tick.
        rate: Frames a second, as ffmpeg guesses it.
        frame_bytes: Size of one decoded frame.
    """

    pts: IntArray
    scores: FloatArray
    marks: IntArray
    keys: IntArray
    time_base: Fraction
    rate: Fraction
    frame_bytes: int

    @property
    def times(self) -> FloatArray:
        """(n,) seconds after the first frame."""
        ticks = (self.pts - self.pts[0]) * self.time_base.numerator
        return np.asarray(ticks / self.time_base.denominator, dtype=np.float64)


NO_TRACK = Track(NO_INTS, NO_FLOATS, NO_INTS, NO_INTS, Fraction(1), Fraction(1), frame_bytes=0)


def no_track() -> Track:
    """The track without frames, the value where no pass was made."""
    return NO_TRACK


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of consecutive scenes merged into one; scene indices are inclusive."""

    start_sec: float
    end_sec: float
    first_scene: int
    last_scene: int


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What a captioner is shown of one segment.

    Attributes:
        frames: Some of its frames, in order.
        times: Of each frame, seconds from the start of the segment.
        start_sec: Where the segment starts in its video.
        end_sec: Where it ends.
    """

    frames: tuple[Image, ...]
    times: tuple[float, ...]
    start_sec: float
    end_sec: float


@dataclass(frozen=True, slots=True)
class Caption:
    """One sentence about `[start_sec, end_sec]`.

    Attributes:
        start_sec: Start of what it describes.
        end_sec: Its end.
        text: The sentence.
        segment: Index of the segment; None when given from outside.
        captioner: Which one of several said it; empty where there is one.
    """

    start_sec: float
    end_sec: float
    text: str
    segment: int | None = None
    captioner: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One row of the dataset, its fields in the order of `final_dataset.jsonl`.

    `neg_start_sec <= start_sec < end_sec <= neg_end_sec`; scene numbers index the segments.
    """

    video: str
    duration: float
    start_sec: float
    end_sec: float
    neg_start_sec: float
    neg_end_sec: float
    caption: str
    start_scene: int
    end_scene: int
    neg_start_scene: int | None
    neg_end_scene: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Video:
    """A video and all that is known of it.

    Attributes:
        id: Hash of the content, never of the path.
        name: The name in published files (`video_fname`), unique in a run.
        path: Where the file is now; None when only its annotations are known.
        duration: Seconds, from the stream's presentation times.
        fps: Mean frame rate.
        track: Times and scores of all its frames (heavy).
        scenes: Kept scenes, in order.
        dropped_scenes: Scenes too short to keep; their time is not verified context.
        frame_times: Presentation times of the frames in the frame store, ascending.
        features: (m, d) unnormalised image embeddings of kept frames (heavy).
        feature_frames: (m,) index into `frame_times` of each row of `features`.
        scene_vectors: (n, d) mean embedding of each compared scene, n <= len(scenes) (heavy).
        similarity_decimals: Cosines of scene vectors are rounded to so many; None: not at all.
        similarity: (n, n) similarity of scenes where a source brought it instead of their vectors;
            `ivg.similarity` reads whichever there is.
        segments: Merged scenes.
        neighbour_similarity: (n - 1,) similarity of each compared scene with the next one.
        captions: Captions of segments.
        frame_similarities: (c, k) cosine of k frames with each caption; NaN where unreadable.
        clean: (c,) whether hygiene finds a caption; empty where it has not looked.
        clip_sim: (c,) `frame_similarities` pooled.
        kept: (c,) whether the filter keeps the caption.
        rewritten: By index of the caption, what a reviewer wrote to be published instead of it.
        reviewed: By index of the caption, what a reviewer decided: `keep`, `reject` or `edit`.
        annotations: Captions with their negative spans.
        annotation_captions: (a,) index into `captions` of each annotation.
        scorer_scenes: (n, j) mean of the scorer's vectors, of length 1, of `k` frames of each
            compared scene, in the space that it shares with texts; NaN where none is readable
            (heavy).
        scorer_captions: (c, j) the scorer's vectors of the captions, of length 1 (heavy).
        judge_frames: (m, j) the judge's vectors of `k` frames a scene, in the space that it shares
            with texts (heavy).
        judge_times: (m,) seconds of those frames, ascending (heavy).
        judge_captions: (c, j) the judge's vectors of the captions (heavy).
        truth: What the source knows of it, to measure against; never stored, read by no stage
            that makes a dataset.
        content: Hash of the file's bytes when it was listed, and its size and times then; empty
            where there is no file.
    """

    id: str
    name: str
    path: Path | None = None
    duration: float = 0.0
    fps: float = 0.0
    track: Track = field(default_factory=no_track)
    scenes: tuple[Scene, ...] = ()
    dropped_scenes: tuple[Scene, ...] = ()
    frame_times: FloatArray = field(default_factory=no_floats)
    features: FloatArray = field(default_factory=no_rows)
    feature_frames: IntArray = field(default_factory=no_ints)
    scene_vectors: FloatArray = field(default_factory=no_rows)
    similarity_decimals: int | None = None
    similarity: FloatArray = field(default_factory=no_rows)
    segments: tuple[Segment, ...] = ()
    neighbour_similarity: FloatArray = field(default_factory=no_floats)
    captions: tuple[Caption, ...] = ()
    frame_similarities: FloatArray = field(default_factory=no_rows)
    clean: BoolArray = field(default_factory=no_bools)
    clip_sim: FloatArray = field(default_factory=no_floats)
    kept: BoolArray = field(default_factory=no_bools)
    rewritten: Mapping[int, str] = field(default_factory=dict)
    reviewed: Mapping[int, str] = field(default_factory=dict)
    annotations: tuple[Annotation, ...] = ()
    annotation_captions: IntArray = field(default_factory=no_ints)
    scorer_scenes: FloatArray = field(default_factory=no_rows)
    scorer_captions: FloatArray = field(default_factory=no_rows)
    judge_frames: FloatArray = field(default_factory=no_rows)
    judge_times: FloatArray = field(default_factory=no_floats)
    judge_captions: FloatArray = field(default_factory=no_rows)
    truth: Truth | None = None
    content: str = ""


HEAVY = frozenset(
    {
        "track",
        "features",
        "scene_vectors",
        "scorer_scenes",
        "scorer_captions",
        "judge_frames",
        "judge_times",
        "judge_captions",
    }
)
"""Fields that are read from the store for one video at a time, never kept for all of them."""
