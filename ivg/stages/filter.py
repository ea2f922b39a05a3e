"""Keep the captions that fit their segment."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Sequence, Set

import numpy as np

from ivg.errors import ConfigError
from ivg.filters.rule import FilterRule, Reviewing, Verdict
from ivg.pools.pool import Pool
from ivg.ranges import texts
from ivg.records import BoolArray, FloatArray, Video
from ivg.stage import Context, Outcome, Stage, Tally

log = logging.getLogger(__name__)


class Filter(Stage):
    """Pool the frame similarities and apply a rule; reads scores only, so a sweep costs nothing.

    Published: `pool` max and `rule` median, keep clip_sim >= median of all captions.
    """

    name = "filter"
    produces = ("clip_sim", "kept", "rewritten", "reviewed")
    cached = False
    reads = ("captions", "frame_similarities", "clean")

    def __init__(
        self, pool: Pool, rule: FilterRule, captioners: Sequence[str] | None = None
    ) -> None:
        """Store the config.

        Args:
            pool: Frame similarities to clip_sim; config group `merge`.
            rule: Which captions stay; config group `filter`.
            captioners: Of an ensemble, those whose captions may stay; None for all.

        Raises:
            ConfigError: `captioners` is no list of names.
        """
        self.pool = pool
        self.rule = rule
        self.captioners = None if captioners is None else names_of(captioners)
        self._cutoff: float | None = None
        self._strays = 0

    def check(self) -> None:
        """Read what a reviewer left."""
        if isinstance(self.rule, Reviewing):
            self.rule.check()

    def prepare(self, videos: Sequence[Video]) -> None:
        """Find the cut-off of the whole set, and marks of videos that are not in it.

        Raises:
            ConfigError: No caption is by one of `captioners`.
        """
        names, scores, strays = set[str](), array("d"), 0
        for video in videos:
            names.update(caption.captioner for caption in video.captions)
            if is_scored(video):
                scores.extend(self.pool.pool(video.frame_similarities)[self._open(video)])
            if isinstance(self.rule, Reviewing):
                strays += self.rule.verdict(video).strays
        self._check_names(names)
        pooled = np.array(scores)
        self._cutoff = self.rule.fit(pooled[np.isfinite(pooled)])
        if isinstance(self.rule, Reviewing):
            self._strays = self.rule.strays(videos)
            tell(self._strays, strays)

    def process(self, video: Video, context: Context) -> Outcome:
        """Return clip_sim (c,), kept (c,), and by index what is rewritten and what was reviewed."""
        if self._cutoff is None:
            raise RuntimeError("filter: `prepare` must see the data set before `process`")
        if not is_scored(video):
            raise RuntimeError(
                f"{video.name}: {len(video.captions)} captions, but scores of "
                f"{len(video.frame_similarities)}"
            )
        clip_sim, verdict = self.pool.pool(video.frame_similarities), self._verdict(video)
        eligible = self._open(video)
        kept = np.zeros(len(clip_sim), dtype=np.bool_)
        kept[eligible] = self.rule.keep(clip_sim[eligible], self._cutoff)
        kept = (kept | verdict.kept) & eligible & ~verdict.rejected
        tally = self._tally(clip_sim, kept, eligible, clean_of(video), verdict.rejected)
        by_hand = {"rewritten": verdict.rewritten, "reviewed": verdict.decided}
        fields = {"clip_sim": clip_sim, "kept": kept, **by_hand}
        return Outcome(fields, (tally, *self._marks_tally(verdict)))

    def _verdict(self, video: Video) -> Verdict:
        """What a reviewer says, if the rule follows one."""
        if isinstance(self.rule, Reviewing):
            return self.rule.verdict(video)
        nothing = np.zeros(len(video.captions), dtype=np.bool_)
        return Verdict(nothing, nothing, {})

    def _marks_tally(self, verdict: Verdict) -> tuple[Tally, ...]:
        """The books of marks; those of no video at hand are entered with the first one."""
        others, self._strays = self._strays, 0
        n_in = verdict.marks + others
        reasons = {"no_such_caption": verdict.strays, "no_such_video": others}
        lost = {name: count for name, count in reasons.items() if count}
        return (Tally("mark", n_in, verdict.marks - verdict.strays, lost),) if n_in else ()

    def _open(self, video: Video) -> BoolArray:
        """The captions that may stay: clean, and by one of the wanted captioners."""
        if self.captioners is None:
            return clean_of(video)
        wanted = [caption.captioner in self.captioners for caption in video.captions]
        return clean_of(video) & np.array(wanted, dtype=np.bool_)

    def _check_names(self, there: Set[str]) -> None:
        unknown = sorted(set(self.captioners or ()) - there)
        if unknown and there:
            known = ", ".join(sorted(name for name in there if name)) or "none: it is no ensemble"
            raise ConfigError(
                f"stages.filter.captioners: no caption is by {unknown[0]!r}; there are: {known}"
            )

    def _tally(
        self,
        clip_sim: FloatArray,
        kept: BoolArray,
        eligible: BoolArray,
        clean: BoolArray,
        rejected: BoolArray,
    ) -> Tally:
        n_in, stay = int(np.count_nonzero(clean)), int(np.count_nonzero(kept))
        others = n_in - int(np.count_nonzero(eligible))
        by_hand = int(np.count_nonzero(rejected & eligible))
        unscored = int(np.count_nonzero(np.isnan(clip_sim) & ~kept & eligible & ~rejected))
        worse = n_in - stay - others - unscored - by_hand
        reasons = {
            "other_captioner": others,
            "no_score": unscored,
            "rejected": by_hand,
            self.rule.reason: worse,
        }
        return Tally("caption", n_in, stay, {k: n for k, n in reasons.items() if n})


def tell(of_no_video: int, of_no_caption: int) -> None:
    """Warn of marks that nothing in this set answers to."""
    if of_no_video or of_no_caption:
        log.warning(
            "filter: %d marks are of videos that are not here, %d of captions that are not; they "
            "change nothing",
            of_no_video,
            of_no_caption,
        )


def names_of(captioners: Sequence[str]) -> tuple[str, ...]:
    """The checked names of captioners."""
    found = texts("stages.filter.captioners", captioners)
    return (found,) if isinstance(found, str) else tuple(found)


def is_scored(video: Video) -> bool:
    """Whether every caption has its row of scores."""
    return len(video.frame_similarities) == len(video.captions)


def clean_of(video: Video) -> BoolArray:
    """Which captions hygiene has left; all, where it has not looked."""
    return video.clean if len(video.clean) else np.ones(len(video.captions), dtype=np.bool_)
