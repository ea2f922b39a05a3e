"""The loop: books, failures, reuse, and what ends a run."""

import json
import logging
import os
import signal
from pathlib import Path
from typing import ClassVar

import pytest

from ivg.errors import BooksError, MissingDependencyError, RunFailedError
from ivg.executors.local import LocalExecutor
from ivg.identity import Identity
from ivg.pipeline import Branch, Line
from ivg.records import Scene, Video
from ivg.sources.source import Listing
from ivg.stage import Context, Drop, Failure, Outcome, Stage, Tally
from ivg.step import Step
from ivg.video.frames import FrameStore


class Names:
    """A source of videos that are only names."""

    provides = ()

    def __init__(self, *names: str, failures: tuple[Failure, ...] = ()) -> None:
        self.names, self.failures = names, failures

    def list_videos(self, store_dir: Path) -> Listing:
        videos = tuple(Video(id=f"id-{name}", name=name) for name in self.names)
        failed = {failure.error: 1 for failure in self.failures}
        n = len(videos) + len(self.failures)
        return Listing(videos, Tally("video", n, len(videos), {}, failed), self.failures)


class Count(Stage):
    """A real, if small, stage: how it treats a video depends on the video's name."""

    name = "split"
    produces = ("scenes",)

    def __init__(self, log: str, setup_error: bool = False) -> None:
        self.log, self.setup_error = Path(log), setup_error

    def setup(self, context):
        if self.setup_error:
            raise MissingDependencyError("captioner.model: no checkpoint")

    def process(self, video, context):
        with self.log.open("a") as file:
            file.write(video.name + "\n")
        if video.name.startswith("drop"):
            raise Drop("no_scene")
        if video.name.startswith("bug"):
            raise ZeroDivisionError("a bug")
        if video.name.startswith("crash"):
            os._exit(9)
        return Outcome({"scenes": (Scene(0.0, 1.0),)}, (Tally("scene", 2, 1, {"too_short": 1}),))


class After(Stage):
    name = "merge"
    cached = False

    def __init__(self, lose: int = 0) -> None:
        self.lose = lose

    def process(self, video, context):
        return Outcome({}, (Tally("scene", len(video.scenes) + self.lose, 1),))


class Weighty(Count):
    """With weights that a manifest names."""

    questions_at_once = 1
    models: ClassVar = {"captioner": {"model": "made-up"}}


class Interrupted(Weighty):
    """Ctrl-C comes while it loads its weights."""

    def setup(self, context):
        signal.raise_signal(signal.SIGINT)


class Missing(Count):
    """A later stage that can't be set up."""

    name = "embed"
    produces = ("features",)


def line(tmp_path, *stages, workers=1, on_error="continue", version=1) -> Line:
    steps = [Step(s, Identity(s.name, {"version": version}, "")) for s in stages]
    context = Context(FrameStore(tmp_path / "frames"))
    return Line(steps, LocalExecutor(workers), context, tmp_path / "store", on_error)


def count(tmp_path, **more) -> Count:
    return Count(str(tmp_path / "log"), **more)


def computed(tmp_path) -> list[str]:
    return sorted((tmp_path / "log").read_text().split())


def test_line_keeps_the_books(tmp_path):
    run = line(tmp_path, count(tmp_path), After())
    run.run(Names("a", "b", "drop", "bug"))
    source, split, merge = run.ledgers
    assert split.videos == Tally("video", 4, 2, {"no_scene": 1}, {"ZeroDivisionError": 1})
    assert split.units["scene"] == Tally("scene", 4, 2, {"too_short": 2})
    assert (source.videos.n_out, merge.videos.n_in) == (4, 2)
    assert [video.name for video in run.videos] == ["a", "b"]


def test_line_records_an_unexpected_error_with_its_traceback(tmp_path):
    run = line(tmp_path, count(tmp_path))
    run.run(Names("a", "bug"))
    (failure,) = run.failures
    assert (failure.stage, failure.video, failure.error) == ("split", "bug", "ZeroDivisionError")
    assert "test_pipeline.py" in failure.traceback


def test_line_knows_the_weights_of_rows_whose_run_ended_after_the_last(tmp_path):
    log = str(tmp_path / "log")
    with pytest.raises(RunFailedError, match=r"embed: captioner\.model: no checkpoint"):
        line(tmp_path, Weighty(log), Missing(log, setup_error=True)).run(Names("a"))
    again = line(tmp_path, Weighty(log))
    again.run(Names("a"))
    assert computed(tmp_path) == ["a"]
    assert again.models == Weighty.models


def test_line_tells_where_a_manifest_has_lost_the_weights(tmp_path, caplog):
    log = str(tmp_path / "log")
    line(tmp_path, Weighty(log)).run(Names("a"))
    line(tmp_path, Weighty(log)).run(Names("a"))
    assert "which weights" not in caplog.text
    (manifest,) = tmp_path.glob("store/split/*/manifest.json")
    manifest.write_bytes(bytes(100))
    line(tmp_path, Weighty(log)).run(Names("a"))
    assert f"{manifest} does not say with which weights" in caplog.text


@pytest.fixture
def ctrl_c():
    """A shell that runs the tests in the background has them deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_line_that_was_interrupted_before_the_first_row_misses_no_weights(tmp_path, caplog):
    interrupted = line(tmp_path, Interrupted(str(tmp_path / "log")))
    with pytest.raises(KeyboardInterrupt):
        interrupted.run(Names("a"))
    assert "finishing what is under way" in caplog.text
    assert "which weights" not in caplog.text


def test_line_reuses_and_computes_only_the_new(tmp_path, caplog):
    caplog.set_level(logging.INFO, "ivg")
    line(tmp_path, count(tmp_path)).run(Names("a", "drop", "bug"))
    line(tmp_path, count(tmp_path)).run(Names("b", "drop", "a", "bug"))
    assert computed(tmp_path) == ["a", "b", "bug", "bug", "drop"]
    assert "split: reused 2 of 4 videos" in caplog.text


def test_line_says_why_nothing_was_reused(tmp_path, caplog):
    caplog.set_level(logging.INFO, "ivg")
    line(tmp_path, count(tmp_path), version=1).run(Names("a"))
    line(tmp_path, count(tmp_path), version=2).run(Names("a"))
    assert "config.version: 1 -> 2" in caplog.text


def test_line_stops_when_told_and_keeps_what_was_done(tmp_path):
    with pytest.raises(RunFailedError, match="on_error=stop: split failed on bug"):
        line(tmp_path, count(tmp_path), on_error="stop").run(Names("a", "bug", "c"))
    run = line(tmp_path, count(tmp_path))
    run.run(Names("a", "c"))
    assert computed(tmp_path) == ["a", "bug", "c"]


def test_line_fails_when_no_video_is_left(tmp_path):
    run = line(tmp_path, count(tmp_path), After())
    with pytest.raises(RunFailedError, match="no video is left"):
        run.run(Names("bug1", "bug2"))
    assert len(run.failures) == 2


def test_line_fails_when_the_source_lost_every_video(tmp_path):
    lost = Failure("source", "x", "VideoGoneError", "gone")
    with pytest.raises(RunFailedError, match="no video is left"):
        line(tmp_path, count(tmp_path)).run(Names(failures=(lost,)))


def test_line_ends_well_when_all_is_dropped(tmp_path):
    run = line(tmp_path, count(tmp_path))
    run.run(Names("drop"))
    assert list(run.videos) == []


def test_line_books_a_stage_that_can_not_start(tmp_path):
    run = line(tmp_path, count(tmp_path, setup_error=True))
    with pytest.raises(RunFailedError, match=r"captioner\.model: no checkpoint"):
        run.run(Names("a", "b"))
    assert run.ledgers[-1].videos.failed == {"MissingDependencyError": 2}
    assert run.failures[0].error == "MissingDependencyError"


def test_line_refuses_books_that_do_not_balance(tmp_path):
    with pytest.raises(BooksError, match="merge: the books of its scenes don't balance"):
        line(tmp_path, count(tmp_path), After(lose=1)).run(Names("a"))


@pytest.mark.parametrize("workers", [1, 2])
def test_executor_gives_the_same_with_any_number_of_workers(tmp_path, workers):
    run = line(tmp_path, count(tmp_path), workers=workers)
    run.run(Names("a", "b", "c", "drop", "bug"))
    assert computed(tmp_path) == ["a", "b", "bug", "c", "drop"]
    assert run.ledgers[-1].videos == Tally("video", 5, 3, {"no_scene": 1}, {"ZeroDivisionError": 1})


def test_executor_pays_for_a_crash_with_one_video(tmp_path):
    run = line(tmp_path, count(tmp_path), workers=2)
    run.run(Names("a", "b", "crash", "d", "e", "f", "g", "h"))
    assert [video.name for video in run.videos] == ["a", "b", "d", "e", "f", "g", "h"]
    assert run.ledgers[-1].videos.failed == {"WorkerCrashedError": 1}


def test_executor_raises_what_setup_raised_in_a_worker(tmp_path):
    run = line(tmp_path, count(tmp_path, setup_error=True), workers=2)
    with pytest.raises(RunFailedError, match=r"captioner\.model: no checkpoint"):
        run.run(Names("a", "b", "c"))


def test_failure_is_plain_json(tmp_path):
    run = line(tmp_path, count(tmp_path))
    run.run(Names("a", "bug"))
    assert json.loads(json.dumps(vars(run.failures[0])))["error"] == "ZeroDivisionError"


class Beside(After):
    """A dataset stage that looks at the branch."""

    def setup(self, context):
        self.seen = [video.name for video in context.benchmark.videos]


def test_branch_is_run_first_and_its_books_are_told_apart(tmp_path):
    branch = Branch("bench", line(tmp_path, count(tmp_path)), Names("x", "bug"))
    told, beside = [], Beside()
    run = line(tmp_path, count(tmp_path), beside)
    run.branch, run.on_stage = branch, lambda ledger: told.append(ledger.stage)
    run.run(Names("a"))
    stages = ["bench/source", "bench/split", "source", "split", "merge"]
    assert [ledger.stage for ledger in run.ledgers] == told == stages
    assert [(failure.stage, failure.video) for failure in run.failures] == [("bench/split", "bug")]
    assert beside.seen == ["x"]
    assert [video.name for video in run.videos] == ["a"]


def test_branch_that_fails_ends_the_run_before_it_begins(tmp_path):
    run = line(tmp_path, count(tmp_path))
    run.branch = Branch("bench", line(tmp_path, count(tmp_path)), Names("bug"))
    with pytest.raises(RunFailedError, match=r"^bench/split: no video is left"):
        run.run(Names("a"))
    assert [ledger.stage for ledger in run.ledgers] == ["bench/source", "bench/split"]
    assert computed(tmp_path) == ["bug"]
