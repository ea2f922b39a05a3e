"""How much a small network learns from the dataset."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ivg.errors import ConfigError
from ivg.models.protocols import Scorer
from ivg.quality.benchmarks.benchmark import Benchmark
from ivg.quality.benchmarks.held_out import HeldOut
from ivg.quality.benchmarks.synthetic import Synthetic
from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.judged import caption_vectors
from ivg.quality.measure import Columns, Measure
from ivg.quality.probe.asked import Asked
from ivg.quality.probe.exams import Exam, FilesExam, HeldOutExam, SyntheticExam
from ivg.quality.probe.figures import all_figures, figure_names
from ivg.quality.probe.grid import stretch_sample
from ivg.quality.probe.sample import Sample
from ivg.quality.probe.settings import ProbeSettings
from ivg.quality.probe.train import SeedScores, train_and_test
from ivg.ranges import number_within
from ivg.records import IntArray, Video
from ivg.stage import Context

log = logging.getLogger(__name__)


class Probe(Measure):
    """A moment-retrieval network, trained on the filtered dataset and tested on a benchmark.

    A training sample is an annotation: the judge's frames of its negative span on an even grid,
    the judge's vector of its caption, and where in the span its segment lies. No video is decoded
    for it: at each point of the grid the nearest frame that the judge has seen stands in.

    `probe/R@1@0.5` and the like are means over seeds, with what uniform windows reach beside them;
    `probe/blind_...` is what the best constant window of the training samples reaches.
    """

    def __init__(
        self,
        benchmark: Benchmark | HeldOut | Synthetic | None,
        judge: Scorer | None,
        step_secs: float = 1.0,
        settings: ProbeSettings | None = None,
    ) -> None:
        """Check the config.

        Args:
            benchmark: What the probe is tested on; config group `benchmark`.
            judge: Whose vectors it sees; with `benchmark=synthetic` nobody's.
            step_secs: Seconds of a step of the grid.
            settings: The network and its training.

        Raises:
            ConfigError: There is no benchmark or no judge, or a value is out of range.
        """
        self.step_secs = number_within("quality.measures.probe.step_secs", step_secs, 0.05, 60)
        self.settings = settings or ProbeSettings()
        self.exam = exam_of(benchmark, judge, self.step_secs)
        self._rows: dict[str, list[int]] = {}
        self._told: dict[str, Any] = {}

    def names(self, judged: bool) -> tuple[str, ...]:
        """What it reaches, and what a blind guesser does."""
        return figure_names(self.exam.name)

    @property
    def tested_on(self) -> Benchmark | None:
        """The benchmark, if it has video files."""
        return self.exam.benchmark if isinstance(self.exam, FilesExam) else None

    def setup(self, context: Context) -> None:
        """Take what was found of the benchmark's videos."""
        self.exam.setup(context)

    def prepare(self, videos: Sequence[Video]) -> None:
        """Draw the annotations that may be trained on: those that all seeds could draw together."""
        kept_out = [video for video in videos if self.exam.keeps_out(video)]
        rows = annotations_but_of(kept_out, videos)
        n, seeds = self.settings.n_samples, self.settings.n_seeds
        order = np.random.default_rng(self.settings.seed).permutation(len(rows))
        self._rows = defaultdict(list)
        for i in sorted(order[: None if n is None else n * seeds]):
            self._rows[rows[i][0]].append(rows[i][1])
        self._told = {"annotations": len(rows), "videos_kept_out": len(kept_out)}

    def see(self, video: Video) -> Columns:
        """The training samples of a video; of one that is kept out none."""
        if self.exam.keeps_out(video):
            self.exam.see(video)
        return {"samples": as_column(self._samples(video))}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """Train, test, and tell."""
        train = list(self.exam.lessons(list(seen["samples"])))
        asked = self.exam.gather()
        asked.tell()
        runs = self._runs(train, asked.samples)
        self._told |= self._account(runs, asked)
        return all_figures(runs, train, asked.samples, self.exam.name)

    def notes(self) -> Mapping[str, Any]:
        """What was trained on, what was asked and what not."""
        return self._told

    def _samples(self, video: Video) -> Iterator[Sample]:
        rows = self._rows.get(video.id)
        if not rows:
            return
        texts = caption_vectors(video)
        for i in rows:
            row = video.annotations[i]
            span, window = (row.neg_start_sec, row.neg_end_sec), (row.start_sec, row.end_sec)
            if sample := stretch_sample(video, texts[i], span, [window], self.step_secs):
                yield sample

    def _runs(self, train: Sequence[Sample], test: Sequence[Sample]) -> list[SeedScores]:
        """The trainings; none where a sweep's point has left too little."""
        n_videos = len({sample.video for sample in train})
        if n_videos >= 2 and test:
            return train_and_test(train, test, self.settings)
        log.warning(
            "the probe has no figures: it needs samples of two videos to train on and a query to "
            "test it, and has %d samples of %d videos and %d queries",
            len(train),
            n_videos,
            len(test),
        )
        return []

    def _account(self, runs: Sequence[SeedScores], asked: Asked) -> dict[str, Any]:
        n_train, n_samples = [run.n_train for run in runs], self.settings.n_samples
        return {
            "n_samples": n_samples,
            "n_train": n_train,
            "short_of_samples": n_samples is not None and min(n_train, default=0) < n_samples,
            "seeds": [run.seed for run in runs],
            "epochs": [run.epochs for run in runs],
            "queries": len(asked.samples) + asked.n_left_out,
            "asked": len(asked.samples),
            "left_out": {reason: dict(videos) for reason, videos in asked.left_out.items()},
        }


def exam_of(
    benchmark: Benchmark | HeldOut | Synthetic | None, judge: Scorer | None, step_secs: float
) -> Exam:
    """The test set that a benchmark makes.

    Raises:
        ConfigError: There is no benchmark, or no judge.
    """
    if benchmark is None:
        raise ConfigError(
            "quality=probe needs a benchmark to test on: benchmark=held_out, charades_sta, "
            "activitynet, qvhighlights, ..."
        )
    if isinstance(benchmark, Synthetic):
        return SyntheticExam(benchmark)
    if judge is None:
        raise ConfigError(
            "quality=probe needs a judge, whose vectors it sees: judge=siglip, judge=small, ..."
        )
    if isinstance(benchmark, HeldOut):
        return HeldOutExam(benchmark, judge, step_secs)
    return FilesExam(benchmark, judge, step_secs)


def annotations_but_of(kept_out: Sequence[Video], videos: Sequence[Video]) -> list[tuple[str, int]]:
    """Id of video and number of annotation, of all that are not of the videos kept out."""
    ids = {video.id for video in kept_out}
    return [(v.id, i) for v in videos if v.id not in ids for i in range(len(v.annotations))]


def as_column(samples: Iterator[Sample]) -> Any:
    """(n,) the samples as objects."""
    found = list(samples)
    column = np.empty(len(found), dtype=object)
    column[:] = found
    return column
