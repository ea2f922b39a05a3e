"""Keep the captions that fit their segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ivg.filters.rule import FilterRule
from ivg.pools.pool import Pool
from ivg.records import BoolArray, FloatArray, Video
from ivg.stage import Context, Outcome, Stage, Tally


class Filter(Stage):
    """Pool the frame similarities and apply a rule; reads scores only, so a sweep costs nothing.

    Published: `pool` max and `rule` median, keep clip_sim >= median of all captions.
    """

    name = "filter"
    produces = ("clip_sim", "kept")
    cached = False

    def __init__(self, pool: Pool, rule: FilterRule) -> None:
        """Store both.

        Args:
            pool: Frame similarities to clip_sim; config group `merge`.
            rule: Which captions stay; config group `filter`.
        """
        self.pool = pool
        self.rule = rule
        self._cutoff: float | None = None

    def prepare(self, videos: Sequence[Video]) -> None:
        """Find the cut-off of the whole set."""
        pooled = [self.pool.pool(video.frame_similarities) for video in videos]
        scores = np.concatenate(pooled) if pooled else np.zeros(0)
        self._cutoff = self.rule.fit(scores[np.isfinite(scores)])

    def process(self, video: Video, context: Context) -> Outcome:
        """Return clip_sim (c,) and kept (c,)."""
        if self._cutoff is None:
            raise RuntimeError("filter: `prepare` must see the data set before `process`")
        if len(video.frame_similarities) != len(video.captions):
            raise RuntimeError(
                f"{video.name}: {len(video.captions)} captions, but scores of "
                f"{len(video.frame_similarities)}"
            )
        clip_sim = self.pool.pool(video.frame_similarities)
        kept = self.rule.keep(clip_sim, self._cutoff)
        return Outcome({"clip_sim": clip_sim, "kept": kept}, (self._tally(clip_sim, kept),))

    def _tally(self, clip_sim: FloatArray, kept: BoolArray) -> Tally:
        unscored = np.count_nonzero(np.isnan(clip_sim) & ~kept)
        stay = np.count_nonzero(kept)
        worse = len(kept) - stay - unscored
        reasons = {"no_score": int(unscored), self.rule.reason: int(worse)}
        return Tally("caption", len(kept), int(stay), {k: n for k, n in reasons.items() if n})
