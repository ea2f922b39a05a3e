"""One Ctrl-C: what is under way is finished and stored, nothing new is begun, nothing is lost."""

import json
import os
import signal
import subprocess
import time

import pytest
from make_clips import make_clips
from running import books, command, ivg, rows

pytestmark = pytest.mark.slow

PATIENT = '''
"""A captioner that waits for a file, and leaves one for each time that it is asked."""

import time
from pathlib import Path
from uuid import uuid4

from ivg.executors import local

local.IN_FLIGHT_PER_WORKER = 1  # so that some videos are not begun when Ctrl-C comes


class Patient:
    VERSION = 1
    RUNTIME = frozenset({"here"})

    def __init__(self, here: str) -> None:
        self.here = here

    n_frames = 1

    def setup(self, device):
        """Nothing to load."""

    def caption(self, clips):
        (Path(self.here) / f"asked-{uuid4().hex}").touch()
        while not (Path(self.here) / "go").exists():
            time.sleep(0.05)
        return [["something moves"] for _ in clips]
'''
N_CLIPS = 6


def waited(condition, seconds=300.0) -> bool:
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.05)
    return bool(condition())


@pytest.fixture
def arguments(tmp_path, sample):
    (tmp_path / "patient.py").write_text(PATIENT)
    make_clips(sample, tmp_path / "videos", N_CLIPS, secs=3.0)
    captioner = f"stages.caption.captioner={{_target_: patient.Patient, here: {tmp_path}}}"
    source = ["source=local", "source.path=videos", "stages.caption.min_secs=0"]
    more = ["filter=none", "quality=none", "executor.workers=2", "hydra.run.dir=run"]
    return ["build", "experiment=quickstart", *source, captioner, *more]


def test_one_ctrl_c_finishes_what_is_under_way_and_loses_nothing(tmp_path, arguments):
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    own = {"IVG_PACKAGES": "patient", "PYTHONPATH": path}
    with (tmp_path / "said").open("w") as said:
        run = subprocess.Popen(
            command(*arguments),
            cwd=tmp_path,
            env={**os.environ, **own},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        assert waited(lambda: any(tmp_path.glob("asked-*")) or run.poll() is not None)
        os.killpg(run.pid, signal.SIGINT)
        assert waited(lambda: "finishing what is under way" in (tmp_path / "said").read_text())
        assert run.poll() is None
        (tmp_path / "go").touch()
        assert run.wait(timeout=300) == 130
    finally:
        if run.poll() is None:
            run.kill()
        run.wait()
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert (summary["status"], summary["message"]) == ("failed", "interrupted")
    first = books(tmp_path / "run")["caption", "video"]
    assert first["n_in"] == first["n_out"] == first["computed"]
    assert 1 <= first["n_out"] < N_CLIPS
    assert rows(tmp_path / "run" / "failures.jsonl") == []
    assert "Traceback" not in (tmp_path / "said").read_text()
    ivg(*arguments, cwd=tmp_path, **own)
    second = books(tmp_path / "run")["caption", "video"]
    assert second["n_out"] == N_CLIPS
    assert second["computed"] == N_CLIPS - first["computed"]
