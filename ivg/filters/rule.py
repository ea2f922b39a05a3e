"""What a filter rule must offer, and what one that follows a reviewer offers besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from ivg.records import BoolArray, FloatArray, Video


class FilterRule(Protocol):
    """Decides which captions stay: `fit` sees the data set, `keep` one video.

    Attributes:
        reason: Why a scored caption goes, as the books name it.
    """

    @property
    def reason(self) -> str:
        """See `Attributes`; a constant of most rules."""

    def fit(self, clip_sims: FloatArray) -> float:
        """What must be known of the data set: a cut-off, or NaN where the rule needs none.

        Args:
            clip_sims: (n,) all finite scores, in any order; may be empty.
        """

    def keep(self, clip_sim: FloatArray, cutoff: float) -> BoolArray:
        """(c,) whether each caption of one video stays.

        Args:
            clip_sim: (c,) scores; NaN where no frame was readable.
            cutoff: What `fit` returned.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What a reviewer says of the captions of one video, whatever their scores.

    Attributes:
        kept: (c,) whether each is to stay.
        rejected: (c,) whether each is to go.
        rewritten: By index, what is to be published instead of a caption.
        marks: How many marks there are of this video.
        strays: How many of them match no caption.
    """

    kept: BoolArray
    rejected: BoolArray
    rewritten: Mapping[int, str]
    marks: int = 0
    strays: int = 0

    @property
    def decided(self) -> dict[int, str]:
        """By index `keep`, `reject` or `edit`; captions without a mark are left out."""
        kept = dict.fromkeys(self.kept.nonzero()[0].tolist(), "keep")
        rejected = dict.fromkeys(self.rejected.nonzero()[0].tolist(), "reject")
        return kept | dict.fromkeys(self.rewritten, "edit") | rejected


@runtime_checkable
class Reviewing(Protocol):
    """A rule that knows single captions, and not only their scores."""

    REVIEWS: ClassVar[bool]

    def check(self) -> None:
        """Read what the reviewer left, before anything is computed.

        Raises:
            DatasetError: It can't be read; the message names file and line.
        """

    def verdict(self, video: Video) -> Verdict:
        """What the reviewer says of this video's captions."""

    def strays(self, videos: Sequence[Video]) -> int:
        """How many marks are of none of these videos."""
