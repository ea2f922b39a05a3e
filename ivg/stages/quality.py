"""Say how good the filtered dataset is."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np

from ivg.files import write_text
from ivg.models.protocols import Scorer
from ivg.objective import hint
from ivg.quality.benchmarks.benchmark import Benchmark
from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import FILE, Figure
from ivg.quality.measure import Columns, Measure
from ivg.records import Video
from ivg.stage import Context, Outcome, Stage, Tally

log = logging.getLogger(__name__)


class Quality(Stage):
    """Annotations to `quality.json`: every measure with its n and its interval."""

    name: ClassVar[str] = "quality"
    needs: ClassVar[tuple[str, ...]] = ("judge_frames", "judge_times", "judge_captions")
    cached: ClassVar[bool] = False

    def __init__(
        self,
        measures: Mapping[str, Measure | None],
        bootstrap: Bootstrap,
        judge: Scorer | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        """Store the config.

        Args:
            measures: By name; null leaves one out. Without any the stage is idle.
            bootstrap: Makes intervals.
            judge: Whose eyes the judged measures are taken with; None leaves those out.
            scorer: Whose scores were filtered: not to be the judge.
        """
        self.measures = {name: one for name, one in measures.items() if one is not None}
        self.bootstrap = bootstrap
        self.judge = judge
        self.scorer = scorer
        self._seen: dict[str, list[Columns]] = {}
        self._outputs: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether nothing is to be measured."""
        return not self.measures

    @property
    def outputs(self) -> tuple[str, ...]:
        """`quality.json`, once it is written."""
        return self._outputs

    def why_not(self, figure: str) -> str | None:
        """Why no figure of that name will be measured; None if one will, or it can't be told yet.

        Whether the videos have a truth is not known before they are there.
        """
        now, then = (self._names(judged) for judged in (self.judge is not None, True))
        if now is None or then is None or figure in now:
            return None
        if figure in then:
            return "it needs a judge; choose one (judge=...)"
        return f"there is no such figure{hint(figure)}; there are {', '.join(now)}"

    @property
    def tested_on(self) -> Benchmark | None:
        """That of a measure which needs one."""
        return next(filter(None, (one.tested_on for one in self.measures.values())), None)

    def setup(self, context: Context) -> None:
        """Hand every measure what it needs."""
        for one in self.measures.values():
            one.setup(context)

    def prepare(self, videos: Sequence[Video]) -> None:
        """Warn of a judge who grades its own filter, and start afresh."""
        if self.judge and self.scorer and self.judge.frame_model == self.scorer.frame_model:
            log.warning(
                "quality: judge and scorer are the same model (%s): what passed its filter it "
                "will find good; take another judge",
                self.judge.frame_model,
            )
        if self.judge is None and any(one.judged for one in self.measures.values()):
            log.info("quality: no judge; choose one (judge=...) for %s", ", ".join(self._judged()))
        truth = bool(videos) and all(video.truth is not None for video in videos)
        self._seen = {
            name: []
            for name, one in self.measures.items()
            if (self.judge or not one.judged) and (truth or not one.true)
        }
        for name in self._seen:
            self.measures[name].prepare(videos)

    def process(self, video: Video, context: Context) -> Outcome:
        """Let every measure see the video."""
        for name, seen in self._seen.items():
            seen.append(self.measures[name].see(video))
        n = len(video.annotations)
        return Outcome({}, (Tally("annotation", n, n),))

    def finish(self, context: Context) -> None:
        """Write the figures into the run folder."""
        if context.run_dir is not None:
            write_text(context.run_dir / FILE, json.dumps(self._told(), indent=1) + "\n")
            self._outputs = (FILE,)

    def figures(self) -> Iterator[Figure]:
        """The figures of all measures, in the order of the config."""
        for name, seen in self._seen.items():
            if not seen:
                nothing = self.measures[name].names(self.judge is not None) or ()
                yield from (Figure(one, None, None, None, 0, better=1) for one in nothing)
            else:
                lengths = [len(next(iter(columns.values()))) for columns in seen]
                groups = np.repeat(np.arange(len(seen)), lengths)
                yield from self.measures[name].figures(joined(seen), groups, self.bootstrap)

    def _names(self, judged: bool) -> list[str] | None:
        """The figures of this config with or without a judge; None if a measure can't tell."""
        asked = [one for one in self.measures.values() if judged or not one.judged]
        found = [one.names(judged) for one in asked]
        return None if None in found else [name for names in found for name in names or ()]

    def _told(self) -> dict[str, Any]:
        judge = self.judge.frame_model if self.judge else None
        figures = [asdict(figure) for figure in self.figures()]
        notes = {name: self.measures[name].notes() for name in self._seen}
        return {"judge": judge, "figures": figures, "notes": {k: v for k, v in notes.items() if v}}

    def _judged(self) -> list[str]:
        return [name for name, one in self.measures.items() if one.judged]


def joined(seen: Sequence[Columns]) -> Columns:
    """The columns of all videos, one after the other."""
    return {name: np.concatenate([columns[name] for columns in seen]) for name in seen[0]}
