"""Dataset stages: a few videos at a time, whatever is asked of the set, with the same books."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivg import lineup, passes
from ivg.errors import RunFailedError
from ivg.executors.local import LocalExecutor
from ivg.filters.median import MedianFilter
from ivg.identity import Identity
from ivg.pipeline import Line
from ivg.pools.max import MaxPool
from ivg.records import Caption, Video
from ivg.sources.source import Listing
from ivg.stage import Context, Drop, Outcome, Stage, Tally
from ivg.stages.filter import Filter
from ivg.step import Step
from ivg.video.frames import FrameStore

N = 23


class Names:
    provides = ()

    def list_videos(self, store_dir: Path) -> Listing:
        videos = tuple(Video(f"id-{i:02}", f"{i:02}") for i in range(N))
        return Listing(videos, Tally("video", N, N))


class Say(Stage):
    name = "caption"
    produces = ("captions", "frame_similarities")

    def process(self, video, context):
        number = int(video.name)
        captions = tuple(Caption(0, 1, f"{video.name} {i}") for i in range(number % 3))
        scores = np.array([[number + i / 4] for i in range(number % 3)])
        return Outcome({"captions": captions, "frame_similarities": scores.reshape(-1, 1)})


class Clean(Stage):
    """Drops one video, fails another."""

    name = "hygiene"
    produces = ("clean",)
    cached = False

    def process(self, video, context):
        if video.name == "05":
            raise Drop("dull")
        if video.name == "08":
            raise ZeroDivisionError("a bug")
        return Outcome({"clean": np.ones(len(video.captions), dtype=np.bool_)})


class Write(Stage):
    """Leaves nothing on the record; fails a video too."""

    name = "export"
    cached = False

    def __init__(self):
        self.seen = []

    def process(self, video, context):
        if video.name == "10":
            raise OSError("no room")
        self.seen.append((video.name, video.clip_sim.tolist(), video.kept.tolist()))
        return Outcome({})


class Look(Stage):
    """Sees the whole set before."""

    name = "quality"
    cached = False
    breaks = False

    def prepare(self, videos):
        if self.breaks:
            raise OSError("broken")
        self.whole = [(video.name, len(video.captions), video.kept.tolist()) for video in videos]

    def process(self, video, context):
        return Outcome({})


def run(here: Path, *stages: Stage, on_error="continue") -> Line:
    steps = [Step(stage, Identity(stage.name, {}, "")) for stage in stages]
    context = Context(FrameStore(here / "frames"))
    line = Line(steps, LocalExecutor(1), context, here / "store", on_error)
    line.run(Names())
    return line


@pytest.fixture(params=[1024, 3])
def few(request, monkeypatch):
    """So many records are made at a time, and kept."""
    monkeypatch.setattr(lineup.Lineup.batches, "__defaults__", (request.param,))
    monkeypatch.setattr(passes, "HELD", request.param)
    monkeypatch.setattr(passes, "HEAVY_AT_ONCE", 2)


def test_passes_keep_the_books_and_the_records(tmp_path, few):
    write, look = Write(), Look()
    line = run(tmp_path, Say(), Clean(), Filter(MaxPool(), MedianFilter()), write, look)
    left = [f"{i:02}" for i in range(N) if i not in (5, 8, 10)]
    assert [video.name for video in line.videos] == [entry.name for entry in line.lineup] == left
    found = {ledger.stage: ledger.videos for ledger in line.ledgers}
    assert found["hygiene"] == Tally("video", N, N - 2, {"dull": 1}, {"ZeroDivisionError": 1})
    assert found["filter"] == Tally("video", N - 2, N - 2)
    assert found["export"] == Tally("video", N - 2, N - 3, {}, {"OSError": 1})
    assert found["quality"] == Tally("video", N - 3, N - 3)
    assert [(one.stage, one.video) for one in line.failures] == [
        ("hygiene", "08"),
        ("export", "10"),
    ]
    assert [name for name, _, _ in write.seen] == left
    assert [name for name, _, _ in look.whole] == left
    scores = sorted(i + j / 4 for i in range(N) if i not in (5, 8) for j in range(i % 3))
    median = float(np.median(scores))
    for name, clip_sim, kept in write.seen:
        assert clip_sim == [int(name) + j / 4 for j in range(int(name) % 3)]
        assert kept == [score >= median for score in clip_sim]
    assert [kept for _, _, kept in write.seen] == [kept for _, _, kept in look.whole]
    assert line.videos[3].kept.tolist() == write.seen[3][2]


def test_stage_that_can_not_begin_ends_the_run_when_those_before_are_through(tmp_path, few):
    look, write = Look(), Write()
    look.breaks = True
    steps = [Step(s, Identity(s.name, {}, "")) for s in (Say(), Clean(), look, write)]
    line = Line(steps, LocalExecutor(1), Context(FrameStore(tmp_path)), tmp_path / "store")
    with pytest.raises(RunFailedError, match="quality: broken"):
        line.run(Names())
    assert [ledger.stage for ledger in line.ledgers] == ["source", "caption", "hygiene", "quality"]
    assert line.ledgers[-2].videos.n_out == N - 2
    assert line.ledgers[-1].videos == Tally("video", N - 2, 0, {}, {"OSError": N - 2})
    assert write.seen == []


def test_on_error_stop_has_each_stage_through_before_the_next(tmp_path, few):
    write = Write()
    steps = [Step(s, Identity(s.name, {}, "")) for s in (Say(), Clean(), write)]
    line = Line(steps, LocalExecutor(1), Context(FrameStore(tmp_path)), tmp_path / "store", "stop")
    with pytest.raises(RunFailedError, match="hygiene failed on 08"):
        line.run(Names())
    assert [ledger.stage for ledger in line.ledgers] == ["source", "caption", "hygiene"]
    assert write.seen == []


def test_records_are_made_anew_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(passes, "HELD", 0)
    line = run(tmp_path, Say(), Clean())
    first, again = list(line.videos), list(line.videos)
    assert [replace(one, clean=None).name for one in first] == [one.name for one in again]
    assert all(one is not other for one, other in zip(first, again, strict=True))
