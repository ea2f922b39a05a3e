"""Videos that hang the decoder, eat memory or end the process: each costs only itself."""

import os
import signal
import time

import psutil
import pytest
from hostile_stages import TIGHT, Hostile
from talking import OddError

from ivg.apart import apart
from ivg.errors import (
    ConfigError,
    VideoMemoryLimitError,
    VideoTimeLimitError,
    WorkerCrashedError,
)
from ivg.executors.local import LocalExecutor
from ivg.executors.worker import start_worker, work
from ivg.limits import Limits, limits_of, use
from ivg.records import Video
from ivg.stage import Context
from ivg.video.frames import FrameStore

NAMES = ("a", "hang", "bb", "eat", "ccc", "crash", "dddd", "eeeee")
WRONG = {
    "hang": "VideoTimeLimitError",
    "eat": "VideoMemoryLimitError",
    "crash": "WorkerCrashedError",
}


@pytest.fixture(autouse=True)
def default_limits():
    yield
    use(Limits())


def told(results):
    return {
        one.video_id: one.failure.error if one.failure else one.outcome.fields["duration"]
        for one in results
    }


def expected():
    return {name: WRONG.get(name, float(len(name))) for name in NAMES}


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_bad_videos_cost_only_themselves(tmp_path, workers):
    videos = [Video(id=name, name=name) for name in NAMES]
    context = Context(FrameStore(tmp_path), limits=TIGHT)
    results = list(LocalExecutor(workers).run(Hostile(), videos, context, len(videos)))
    assert len(results) == len(NAMES)
    assert told(results) == expected()


def test_worker_of_another_executor_is_guarded_too(tmp_path):
    """What a Ray actor runs: the actor itself survives."""
    videos = [Video(id=name, name=name) for name in NAMES]
    start_worker(Hostile(), Context(FrameStore(tmp_path), limits=TIGHT))
    assert told(work(videos)) == expected()


def test_without_limits_there_is_no_other_process(tmp_path):
    free = Limits(secs_per_video=None, memory_mb=None)
    context = Context(FrameStore(tmp_path), limits=free)
    (done,) = LocalExecutor(1).run(Here(), [Video(id="a", name="a")], context, 1)
    assert done.outcome.fields["duration"] == os.getpid()


class Here(Hostile):
    def process(self, video, context):
        done = super().process(video, context)
        done.fields["duration"] = os.getpid()
        return done


def test_work_apart_returns_raises_and_is_limited():
    use(TIGHT)
    assert apart("a", abs, -3) == 3
    assert apart("a", os.getpid) != os.getpid()
    with pytest.raises(ValueError, match="invalid literal"):
        apart("a", int, "x")
    with pytest.raises(VideoMemoryLimitError, match=r"a: .*limits\.memory_mb=200"):
        apart("a", bytes, 2**32)
    with pytest.raises(WorkerCrashedError, match="died twice"):
        apart("a", os._exit, 1)
    with pytest.raises(VideoTimeLimitError, match=r"a: .*limits\.secs_per_video=3"):
        apart("a", pow, 3**200_000, 3**200_000)


def test_process_that_keeps_memory_is_not_asked_again():
    use(TIGHT)
    first = apart("a", os.getpid)
    assert apart("a", os.getpid) == first
    for _ in range(3):
        apart("a", keep, 30 * 2**20)
    assert apart("a", os.getpid) != first


def keep(n_bytes: int) -> None:
    """A decoder that leaks; what it writes to is memory in earnest."""
    KEPT.append(b"x" * n_bytes)


KEPT: list[bytes] = []


def test_process_that_died_idle_costs_no_video_a_chance():
    use(TIGHT)
    for _ in range(2):
        died = apart("a", os.getpid)
        os.kill(died, signal.SIGKILL)
        while psutil.pid_exists(died) and psutil.Process(died).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    assert apart("a", abs, -3) == 3


def test_error_that_cannot_leave_its_process_is_told_by_its_words():
    use(TIGHT)
    with pytest.raises(RuntimeError, match="OddError: no lens"):
        apart("a", fail_oddly)


def fail_oddly() -> None:
    raise OddError(what="lens")


@pytest.mark.parametrize(
    "wrong",
    [
        {"frames": 0},
        {"memory_mb": "all"},
        {"memory_mb": 2**43},
        {"secs_per_video": -1},
        {"secs_per_video": 1e19},
        {"colour": 3},
        [],
    ],
)
def test_limits_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ConfigError, match="limits"):
        limits_of({"limits": wrong})
