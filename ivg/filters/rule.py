"""What a filter rule must offer."""

from __future__ import annotations

from typing import ClassVar, Protocol

from ivg.records import BoolArray, FloatArray


class FilterRule(Protocol):
    """Decides which captions stay: `fit` sees the data set, `keep` one video.

    Attributes:
        reason: Why a scored caption goes, as the books name it.
    """

    reason: ClassVar[str]

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
