"""`filter=review`: what a reviewer marked decides, and a rule for all that is unmarked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from ivg.filters.marks import Mark, read_marks
from ivg.filters.rule import FilterRule, Verdict
from ivg.ranges import text
from ivg.records import BoolArray, Caption, FloatArray, Video

TOLERANCE_SECS = 0.0006
"""Files round times to a millisecond, so they are off by half of one."""


class ReviewFilter:
    """Keep what is marked `keep` or `edit`, drop what is marked `reject`, whatever its score.

    A mark is matched by video id, text and times of its caption; equal captions share it. A
    caption that hygiene dropped stays dropped. The cut-off of the other rule is that of all
    captions, so unmarked rows are as they were. An edited text is what is published; scores and a
    judge's measures stay those of the captioner's own text.
    """

    VERSION: ClassVar[int] = 1
    FILES: ClassVar[frozenset[str]] = frozenset({"file"})
    REVIEWS: ClassVar[bool] = True

    def __init__(self, file: str, unmarked: FilterRule) -> None:
        """Nothing is read yet.

        Args:
            file: What the page of `ivg report` has saved: `review.jsonl`. Counts by its content.
            unmarked: Decides about captions without a mark; config group `filter`.

        Raises:
            ConfigError: `filter.file` is no path.
        """
        self.file = text("filter.file", file)
        self.unmarked = unmarked
        self._marks: dict[str, list[Mark]] | None = None

    @property
    def reason(self) -> str:
        """That of the other rule; rejected captions are counted beside it."""
        return self.unmarked.reason

    def fit(self, clip_sims: FloatArray) -> float:
        """The other rule's cut-off."""
        return self.unmarked.fit(clip_sims)

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """See `FilterRule`: what the other rule says."""
        return self.unmarked.keep(clip_sim, cutoff)

    def check(self) -> None:
        """See `Reviewing`."""
        self._by_video()

    def verdict(self, video: Video) -> Verdict:
        """See `Reviewing`."""
        marks = self._by_video().get(video.id, [])
        kept, rejected = (np.zeros(len(video.captions), dtype=np.bool_) for _ in range(2))
        rewritten: dict[int, str] = {}
        strays = 0
        for mark in marks:
            places = matching(mark, video.captions)
            (rejected if mark.mark == "reject" else kept)[places] = True
            rewritten |= dict.fromkeys(places, mark.text) if mark.mark == "edit" else {}
            strays += not places
        return Verdict(kept, rejected, rewritten, len(marks), strays)

    def strays(self, videos: Sequence[Video]) -> int:
        """See `Reviewing`."""
        there = {video.id for video in videos}
        return sum(len(marks) for name, marks in self._by_video().items() if name not in there)

    def _by_video(self) -> dict[str, list[Mark]]:
        if self._marks is None:
            self._marks = {}
            for mark in read_marks(Path(self.file).expanduser()):
                self._marks.setdefault(mark.video_id, []).append(mark)
        return self._marks


def matching(mark: Mark, captions: Sequence[Caption]) -> list[int]:
    """The captions that a mark is about: none, one, or several that are equal."""
    return [
        place
        for place, caption in enumerate(captions)
        if caption.text == mark.caption
        and abs(caption.start_sec - mark.start_sec) <= TOLERANCE_SECS
        and abs(caption.end_sec - mark.end_sec) <= TOLERANCE_SECS
    ]
