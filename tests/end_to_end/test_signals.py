"""What a run leaves behind when it is told to stop, and when it is not even told."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import command

pytestmark = pytest.mark.slow

LONG_WAIT = 120.0

SLEEPY = '''
"""A captioner that never comes to an end."""

import os
import time
from pathlib import Path


class Sleepy:
    def __init__(self, begun: str) -> None:
        self.begun = begun

    n_frames = 1

    def setup(self, device):
        """Nothing to load."""

    def caption(self, clips):
        (Path(self.begun) / str(os.getpid())).touch()
        time.sleep(600)
'''


def wait_for(condition, seconds: float = LONG_WAIT) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def sleeping_run(here: Path, clip: Path, *more: str) -> Iterator[tuple[subprocess.Popen, set[int]]]:
    """A build whose captioner sleeps, and the processes in which it does."""
    (here / "sleepy.py").write_text(SLEEPY)
    (here / "begun").mkdir()
    (here / "videos").mkdir()
    for number in range(2):
        copy = here / "videos" / f"{number}.mp4"
        copy.write_bytes(clip.read_bytes() + bytes(number))
    source = ["source=local", "source.path=videos", "stages.caption.min_secs=0"]
    captioner = "stages.caption.captioner={_target_: sleepy.Sleepy, begun: begun}"
    path = os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])
    arguments = ["build", "experiment=quickstart", *source, captioner, *more, "hydra.run.dir=run"]
    with (here / "said").open("w") as said:
        run = subprocess.Popen(
            command(*arguments),
            cwd=here,
            env={**os.environ, "IVG_PACKAGES": "sleepy", "PYTHONPATH": path},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    workers = 2 if more else 1
    try:
        assert wait_for(
            lambda: run.poll() is not None or len(list((here / "begun").iterdir())) == workers
        )
        assert run.poll() is None, (here / "said").read_text()
        yield run, {int(path.name) for path in (here / "begun").iterdir()}
    finally:
        if run.poll() is None:
            run.kill()
        run.wait()


def is_alive(pid: int) -> bool:
    """A process that has ended, reaped or not, is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def check_books(here: Path) -> None:
    """The run says that it was interrupted, and what had come through by then."""
    summary = json.loads((here / "run" / "summary.json").read_text())
    assert (summary["status"], summary["message"]) == ("failed", "interrupted")
    assert summary["files"] == []
    lines = {(line["stage"], line["tally"]["unit"]): line["tally"] for line in summary["lines"]}
    assert lines["merge", "video"]["n_out"] == 2
    said = (here / "said").read_text()
    assert "interrupted; what was computed stays in the store" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_ends_a_run_with_its_books_written(tmp_path, tiny_clip, number, code):
    with sleeping_run(tmp_path, tiny_clip) as (run, _):
        run.send_signal(number)
        assert run.wait(timeout=30) == code
    check_books(tmp_path)


@pytest.mark.parametrize("workers", [(), ("executor.workers=2",)])
def test_ctrl_c_twice_ends_a_run_and_its_workers_at_once(tmp_path, tiny_clip, workers):
    """The terminal sends it to the whole group."""
    with sleeping_run(tmp_path, tiny_clip, *workers) as (run, sleepers):
        os.killpg(run.pid, signal.SIGINT)
        assert wait_for(lambda: "finishing what is under way" in (tmp_path / "said").read_text())
        assert run.poll() is None
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(timeout=30) == 130
        assert wait_for(lambda: not any(map(is_alive, sleepers)), seconds=10)
    check_books(tmp_path)


def test_sigterm_does_not_wait_for_what_workers_have_under_way(tmp_path, tiny_clip):
    """A scheduler sends it to the parent alone, and kills it some seconds later."""
    with sleeping_run(tmp_path, tiny_clip, "executor.workers=2") as (run, sleepers):
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=10) == 143
        assert wait_for(lambda: not any(map(is_alive, sleepers)), seconds=10)
    check_books(tmp_path)


def test_workers_die_with_a_killed_parent(tmp_path, tiny_clip):
    with sleeping_run(tmp_path, tiny_clip, "executor.workers=2") as (run, sleepers):
        assert all(map(is_alive, sleepers))
        run.kill()
        run.wait()
        assert wait_for(lambda: not any(map(is_alive, sleepers)), seconds=10)
