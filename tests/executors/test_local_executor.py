"""What worker processes log, and when results come."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from talking import Talk, Unready

from ivg.executors.local import LocalExecutor, drain
from ivg.records import Video
from ivg.stage import Context
from ivg.video.frames import FrameStore


@pytest.fixture
def log_file(tmp_path):
    """A log as a build keeps it: a handler of the root logger; `ivg` at DEBUG."""
    handler = logging.FileHandler(tmp_path / "ivg.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(processName)s %(message)s"))
    ivg_logger, root = logging.getLogger("ivg"), logging.getLogger()
    level = ivg_logger.level
    ivg_logger.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield tmp_path / "ivg.log"
    root.removeHandler(handler)
    handler.close()
    ivg_logger.setLevel(level)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_worker_logs_reaches_the_log(tmp_path, log_file, workers):
    videos = [Video(id=name, name=name) for name in "abc"]
    context = Context(FrameStore(tmp_path))
    done = list(LocalExecutor(workers).run(Talk(), videos, context, len(videos)))
    assert {one.video_id for one in done} == set("abc")
    lines = log_file.read_text().splitlines()
    for name in "abc":
        for level in ("DEBUG", "WARNING"):
            (line,) = [text for text in lines if text.endswith(f"talk about {name}: {level}")]
            assert line.startswith(level)
            assert ("MainProcess" in line) == (workers == 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_setup_that_fails_ends_the_stage_with_what_it_said(tmp_path, workers):
    """Whatever its error is: one that can't leave its process is not blamed on the videos."""
    videos = [Video(id=name, name=name) for name in "abc"]
    with pytest.raises(Exception, match="no licence"):
        list(LocalExecutor(workers).run(Unready(), videos, Context(FrameStore(tmp_path)), 3))


def test_what_is_done_does_not_wait_for_videos_that_are_long_in_coming():
    """The stage before decodes: its first video must be through before its last is asked for."""
    asked = []

    def slow():
        for number in range(6):
            asked.append(number)
            time.sleep(0.3)
            yield (number,)

    with ThreadPoolExecutor(2) as workers:
        results = drain(Numbered(workers), slow(), [], 2)
        first = next(results)
        assert first == 0
        assert len(asked) <= 3
        assert sorted([first, *results]) == list(range(6))
        assert asked == list(range(6))


class Numbered:
    """A pool whose work on a bunch is the bunch."""

    def __init__(self, workers):
        self.workers = workers

    def submit(self, _, bunch):
        return self.workers.submit(list, bunch)
