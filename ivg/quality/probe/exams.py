"""Where the probe's test set comes from: a benchmark's files, videos held out, or made-up data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from ivg.models.protocols import Scorer
from ivg.quality.benchmarks.benchmark import Benchmark, Query
from ivg.quality.benchmarks.held_out import HeldOut
from ivg.quality.benchmarks.synthetic import Synthetic
from ivg.quality.probe.asked import Asked
from ivg.quality.probe.sample import Sample
from ivg.records import FloatArray, Video
from ivg.stage import Context

if TYPE_CHECKING:
    from ivg.pipeline import Line

JUDGED = ("judge_frames", "judge_times", "judge_captions")


class Texts:
    """The judge's vectors of queries: of what a caption says as stored, of others made here.

    A benchmark's captions are stored by what their video holds, and its ids may since have come to
    name other files: a text that is not among them is embedded.
    """

    def __init__(self, judge: Scorer) -> None:
        self.judge = judge
        self._device = "cpu"
        self._made: dict[str, FloatArray] = {}

    def setup(self, context: Context) -> None:
        """Note where the judge is to think."""
        self._device = context.device

    def of(self, text: str, video: Video) -> FloatArray:
        """(j,) the vector of a text that is asked about a video with its `judge_captions`."""
        rows = {caption.text: row for row, caption in enumerate(video.captions)}
        if text in rows:
            stored: FloatArray = video.judge_captions[rows[text]]
            return stored
        if not self._made:
            self.judge.setup(self._device)
        if text not in self._made:
            self._made[text] = self.judge.embed_texts([text])[0]
        return self._made[text]


class Exam:
    """A test set; this one is empty.

    Attributes:
        name: The first part of the figures' names.
    """

    name: ClassVar[str] = "probe"

    def __init__(self) -> None:
        self.asked = Asked()

    def setup(self, context: Context) -> None:
        """Start afresh."""
        self.asked = Asked()

    def keeps_out(self, video: Video) -> bool:
        """Whether a video of the dataset must not be trained on."""
        return False

    def see(self, video: Video) -> None:
        """Take queries about a video that is kept out."""

    def lessons(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        """What is trained on, given the samples of the dataset."""
        return samples

    def gather(self) -> Asked:
        """All queries; called once, after all videos were seen."""
        return self.asked


class FilesExam(Exam):
    """The queries of a benchmark about its video files, which a line of their own has embedded.

    A video of the dataset that is one of the benchmark's, by content, is not trained on.
    """

    def __init__(self, benchmark: Benchmark, judge: Scorer, step_secs: float) -> None:
        super().__init__()
        self.benchmark = benchmark
        self.texts = Texts(judge)
        self.step_secs = step_secs
        self._line: Line | None = None
        self._ids: frozenset[str] = frozenset()

    def setup(self, context: Context) -> None:
        """Take the line."""
        super().setup(context)
        self.texts.setup(context)
        self._line = context.benchmark
        self._ids = frozenset(video.id for video in self.line.videos)

    @property
    def line(self) -> Line:
        """The line of the benchmark's videos."""
        if self._line is None:
            raise RuntimeError("the probe's benchmark has not been run")
        return self._line

    def keeps_out(self, video: Video) -> bool:
        """Whether the benchmark holds it too."""
        return video.id in self._ids

    def gather(self) -> Asked:
        """The queries whose video is through; the others by what happened to their video."""
        waiting: dict[str, list[Query]] = defaultdict(list)
        for query in self.benchmark.queries():
            waiting[query.video].append(query)
        for video in self.line.videos:
            ready = self.line.hydrate(video, JUDGED)
            asked = [(self.texts.of(q.text, ready), q.windows) for q in waiting.pop(video.name)]
            self.asked.ask(ready, asked, self.step_secs)
        lost = {failure.video: failure.error for failure in self.line.failures}
        for name, queries in waiting.items():
            self.asked.left_out[lost.get(name, "dropped")][name] += len(queries)
        return self.asked


class HeldOutExam(Exam):
    """Queries about some of the dataset's videos, which are not trained on."""

    def __init__(self, held_out: HeldOut, judge: Scorer, step_secs: float) -> None:
        super().__init__()
        self.held_out = held_out
        self.texts = Texts(judge)
        self.step_secs = step_secs

    def setup(self, context: Context) -> None:
        """Note where the judge is to think."""
        super().setup(context)
        self.texts.setup(context)

    def keeps_out(self, video: Video) -> bool:
        """Whether it is held out."""
        return self.held_out.holds(video.id)

    def see(self, video: Video) -> None:
        """Take all that can be asked about the video."""
        queries = self.held_out.queries(video)
        asked = [(self.texts.of(query.text, video), query.windows) for query in queries]
        self.asked.ask(video, asked, self.step_secs)


class SyntheticExam(Exam):
    """Made-up data to train on and to test on: says something of the probe, not of the dataset."""

    name = "probe_check"

    def __init__(self, synthetic: Synthetic) -> None:
        super().__init__()
        self.synthetic = synthetic

    def lessons(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        """Planted samples of other videos than those of the test."""
        return self.synthetic.training()

    def gather(self) -> Asked:
        """The planted samples."""
        return Asked(self.synthetic.samples())
