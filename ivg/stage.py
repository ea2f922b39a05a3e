"""What a stage is, and the one place that keeps its books.

A stage answers for one video: `process` returns the fields that it adds, raises `Drop` to leave
the video out, or raises anything else to fail it. It holds no try/except: `run_stage` turns the
three cases into a `Processed` record, so that an error costs one video and never the run.
"""

from __future__ import annotations

import time
import traceback
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ivg.errors import IvgError, StageBrokenError
from ivg.limits import Limits, is_confined, out_of_memory
from ivg.secrets import redacted

if TYPE_CHECKING:
    from ivg.pipeline import Line
    from ivg.quality.benchmarks.benchmark import Benchmark
    from ivg.records import Video
    from ivg.video.frames import FrameStore


class Drop(Exception):  # noqa: N818 - not an error: an answer
    """The video is left out for a reason that is nobody's fault (`no_scene`, ...)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Tally:
    """One line of the books: in = out + dropped(reason) + failed(error type)."""

    unit: str
    n_in: int
    n_out: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Whether the line adds up."""
        return self.n_in == self.n_out + sum(self.dropped.values()) + sum(self.failed.values())

    def __add__(self, other: Tally) -> Tally:
        """The sum of two lines of the same unit."""
        return Tally(
            self.unit,
            self.n_in + other.n_in,
            self.n_out + other.n_out,
            added(self.dropped, other.dropped),
            added(self.failed, other.failed),
        )


def added(counts: Mapping[str, int], others: Mapping[str, int]) -> Mapping[str, int]:
    """The sum of counts; there are millions of sums, and nearly all of nothing."""
    return dict(Counter(counts) + Counter(others)) if others else counts


@dataclass(frozen=True)
class Outcome:
    """What a stage found for one video: the fields it adds, and counts of smaller units."""

    fields: Mapping[str, Any]
    tallies: tuple[Tally, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A typed record of what went wrong with one video (or one id of a source)."""

    stage: str
    video: str
    error: str
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Processed:
    """The result of one stage on one video, ready for the store or the books."""

    video_id: str
    status: Literal["out", "dropped", "failed"]
    seconds: float
    outcome: Outcome | None = None
    reason: str = ""
    failure: Failure | None = None


@dataclass(frozen=True)
class Context:
    """What a stage may use besides the record and its config; picklable.

    Attributes:
        frames: The sampled frames of the split stage in use.
        passing: Frames that the scan stage kept in passing, on the chance that split wants them;
            None keeps none.
        stream_threads: Threads of one decoder; 0 lets ffmpeg choose.
        device: `cpu`, `cuda`, `cuda:1`, ... as torch spells it.
        run_dir: The run folder; only dataset stages write there.
        benchmark: The line of the benchmark's videos, run before; only dataset stages see it.
        limits: What one video may cost.
    """

    frames: FrameStore
    device: str = "cpu"
    run_dir: Path | None = None
    passing: FrameStore | None = None
    stream_threads: int = 0
    benchmark: Line | None = None
    limits: Limits = field(default_factory=Limits)


class Stage(ABC):
    """One step of the line. Constructors are cheap; weights and heavy imports wait for `setup`.

    Attributes:
        name: The stage's name in configs, books and the store.
        produces: The `Video` fields that the stage adds.
        needs: The heavy `Video` fields that it reads.
        cached: True: per video, kept in the store; False: recomputed for the set at hand.
        VERSION: Raised when the algorithm changes; part of the key.
        RUNTIME: Constructor arguments that don't change results; not part of the key.
        questions_at_once: For stages that ask a model: how many questions (pictures, clips) are
            collected over the videos before it answers; 0 for all others.
        decodes: Whether it opens video files; their decoding is kept apart from this process.
        spread: Whether a video is work enough for a process of its own.
        reads: For dataset stages that see the whole set before: the light fields that they read,
            then and later, so that no others are fetched for it; None for all.
        aside: It looks on: its key depends on the stages before, and no later key on its.
    """

    name: ClassVar[str]
    produces: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()
    cached: ClassVar[bool] = True
    VERSION: ClassVar[int] = 1
    RUNTIME: ClassVar[frozenset[str]] = frozenset()
    questions_at_once: ClassVar[int] = 0
    decodes: ClassVar[bool] = False
    spread: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...] | None] = None
    aside: ClassVar[bool] = False

    @property
    def idle(self) -> bool:
        """Whether its config leaves it nothing to do; it is then no part of a run."""
        return False

    @property
    def models(self) -> Mapping[str, Mapping[str, Any]]:
        """The weights in use (commit, hashes, licence) by config key, for manifests."""
        return {}

    @property
    def tested_on(self) -> Benchmark | None:
        """The benchmark whose videos must be through before this dataset stage."""
        return None

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the files that a finished dataset stage has left in the run folder."""
        return ()

    def check(self) -> None:  # noqa: B027 - optional hook
        """Refuse a file that it was given, before anything is computed."""

    def setup(self, context: Context) -> None:  # noqa: B027 - optional hook
        """Load what `process` needs; called once a process, only if there is work."""

    def is_complete(self, video_id: str, context: Context) -> bool:
        """Whether what a stored result keeps outside its row (frames) is still there."""
        return True

    def prepare(self, videos: Sequence[Video]) -> None:  # noqa: B027 - optional hook
        """See the whole set before `process` (dataset stages: a median, say).

        Each iteration over `videos` reads them anew: a record is not to be kept.
        """

    @abstractmethod
    def process(self, video: Video, context: Context) -> Outcome:
        """Return what the stage adds to `video`, or raise `Drop`."""

    def converse(
        self, video: Video, context: Context
    ) -> Generator[Sequence[Any], Sequence[Any], Outcome]:
        """`process` for stages that ask a model: yields questions, is sent their answers."""
        yield from ()
        return self.process(video, context)

    def answer(self, questions: Sequence[Any]) -> Sequence[Any]:
        """One answer a question, for many videos at once; an exception is one video's failure."""
        raise NotImplementedError(f"stage {self.name} asks no model")

    def finish(self, context: Context) -> None:  # noqa: B027 - optional hook
        """Close what `setup` opened; called after the last video."""


def run_stage(stage: Stage, video: Video, context: Context) -> Processed:
    """Run `stage` on one video; never raises for what goes wrong with that video.

    Raises:
        StageBrokenError: No other video would fare better.
    """
    begun = time.perf_counter()

    try:
        outcome = checked(stage, stage.process(video, context))
        return Processed(video.id, "out", time.perf_counter() - begun, outcome)
    except Drop as drop:
        seconds = time.perf_counter() - begun
        return Processed(video.id, "dropped", seconds, reason=drop.reason)
    except StageBrokenError:
        raise
    except MemoryError as error:
        told = out_of_memory(video.name) if is_confined() else error
        return failed(stage, video, told, time.perf_counter() - begun)
    except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
        return failed(stage, video, error, time.perf_counter() - begun)


def failed(stage: Stage, video: Video, error: Exception, seconds: float = 0.0) -> Processed:
    """The result of a video that an error has cost."""
    failure = describe(stage.name, video.name, error)
    return Processed(video.id, "failed", seconds, failure=failure)


def checked(stage: Stage, outcome: Outcome) -> Outcome:
    """Refuse fields that the stage did not announce, which the store would lose."""
    unknown = set(outcome.fields) ^ set(stage.produces)
    if unknown:
        raise TypeError(f"stage {stage.name}: fields {sorted(unknown)} differ from `produces`")
    return outcome


def describe(stage: str, video: str, error: BaseException) -> Failure:
    """A failure record; only an unexpected error carries its traceback."""
    trace = "" if isinstance(error, IvgError) else "".join(traceback.format_exception(error))
    texts = (redacted(text) for text in (str(error), trace))
    return Failure(stage, redacted(video), type(error).__name__, *texts)
