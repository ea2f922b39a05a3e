"""What worker processes log."""

import logging

import pytest
from talking import Talk

from ivg.executors.local import LocalExecutor
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
