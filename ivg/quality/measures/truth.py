"""What is really so, of videos whose truth is known: to measure the other measures against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.measure import Columns, Measure
from ivg.records import Annotation, IntArray, Video
from ivg.truth import TrueScene, Truth, alike, caption_is_right

NAMES = {"caption_precision": 1, "false_negative_rate": -1, "boundary_error_secs": -1}


class AgainstTruth(Measure):
    """True caption precision, false-negative rate of the spans, and boundary error.

    caption_precision: share of annotations whose caption is right of what their segment mostly
    shows. false_negative_rate: share of the span's other true scenes that show the same as the
    segment does, or of which the caption is right. boundary_error_secs: distance of the segment's
    ends from the nearest true cut, the mean of both. Only made-up videos have a truth
    (`source=montage`, `source=sample`).
    """

    true = True

    def names(self, judged: bool) -> tuple[str, ...]:
        """Precision, false-negative rate, boundary error."""
        return tuple(f"truth/{name}" for name in NAMES)

    def see(self, video: Video) -> Columns:
        """The three of each annotation; NaN where there is nothing to compare."""
        truth = video.truth or Truth(())
        found = [
            (precision(row, truth), false_negatives(row, truth), boundary_error(row, truth))
            for row in video.annotations
        ]
        columns = np.array(found, dtype=np.float64).reshape(-1, len(NAMES))
        return dict(zip(NAMES, columns.T, strict=True))

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """Their means."""
        for name, better in NAMES.items():
            yield bootstrap.mean(f"truth/{name}", seen[name], groups, better, None)


def precision(row: Annotation, truth: Truth) -> float:
    """1 if the caption is right, 0 if not, NaN where nothing is known."""
    subjects = truth.subjects_in(row.start_sec, row.end_sec)
    return float(caption_is_right(row.caption, subjects[0])) if subjects else float("nan")


def false_negatives(row: Annotation, truth: Truth) -> float:
    """Share of the true scenes of the span, but not of the segment, that are like the segment.

    Those that show the same, whatever is said of it, and those of which the caption is right.
    """
    own = truth.subjects_in(row.start_sec, row.end_sec)[:1]
    context = [scene.subject for scene in truth.scenes if is_context(scene, row)]
    if not context:
        return float("nan")
    return float(np.mean([is_false_negative(subject, own, row.caption) for subject in context]))


def is_false_negative(subject: str, own: Sequence[str], caption: str) -> bool:
    """Whether a scene of this subject is no negative of a segment that shows `own`."""
    return any(alike(subject, one) for one in own) or caption_is_right(caption, subject)


def is_context(scene: TrueScene, row: Annotation) -> bool:
    """Whether the middle of a true scene lies in the negative span and not in the segment."""
    middle = (scene.start_sec + scene.end_sec) / 2
    outside = not row.start_sec <= middle <= row.end_sec
    return outside and row.neg_start_sec <= middle <= row.neg_end_sec


def boundary_error(row: Annotation, truth: Truth) -> float:
    """Seconds between the segment's ends and the nearest true ones, the mean of both."""
    edges = np.array([(scene.start_sec, scene.end_sec) for scene in truth.scenes]).ravel()
    if not len(edges):
        return float("nan")
    return float(np.mean([np.abs(edges - end).min() for end in (row.start_sec, row.end_sec)]))
