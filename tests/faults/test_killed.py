"""Kill -9 of a worker, and of the driver, in the middle of every stage."""

import os
import shutil
import signal

import pytest
from faulted import (
    CACHED,
    OF_THE_SET,
    arm,
    begin,
    build,
    caught,
    check_books,
    check_like,
    failed,
    kill,
)

pytestmark = pytest.mark.long

VICTIM = "002.mp4"
SPREAD = [stage for stage in CACHED if stage != "merge"]
"""Merging is no work for a process of its own: it dies with the driver."""


def all_but(stage, calm_home, home):
    """A store that lacks the results of one stage: the others need no workers, which is faster."""
    shutil.copytree(calm_home / "store", home / "store")
    shutil.rmtree(home / "store" / stage)
    if stage == "split":
        shutil.rmtree(home / "store" / "frames")


@pytest.mark.parametrize("stage", SPREAD)
def test_worker_killed_once_costs_nothing(calm_home, home, calm, stage):
    all_but(stage, calm_home, home)
    traps = arm(home, stage, VICTIM)
    run = begin(home, "run", "executor.workers=2", FAULTS=str(traps))
    worker = caught(traps, stage, run)
    assert worker != run.pid
    (traps / f"arm-{stage}").unlink()
    os.kill(worker, signal.SIGKILL)
    assert run.wait(timeout=120) == 0, (home / "run.said").read_text()
    check_like(calm, home / "run")
    assert not failed(home / "run")


@pytest.mark.parametrize("stage", ["scan", "caption"])
def test_worker_killed_twice_costs_that_video_until_the_rerun(calm_home, home, calm, stage):
    all_but(stage, calm_home, home)
    traps = arm(home, stage, VICTIM)
    run = begin(home, "run", "executor.workers=2", FAULTS=str(traps))
    for _ in range(2):
        os.kill(caught(traps, stage, run), signal.SIGKILL)
    assert run.wait(timeout=120) == 0, (home / "run.said").read_text()
    check_books(home / "run")
    assert failed(home / "run") == {(stage, "WorkerCrashedError"): 1}
    build(home, "run", "executor.workers=1")
    check_like(calm, home / "run")


@pytest.mark.parametrize("stage", [*CACHED, *OF_THE_SET])
def test_driver_killed_then_rerun_ends_like_undisturbed(home, calm, stage):
    traps = arm(home, stage, VICTIM)
    run = begin(home, "run", "executor.workers=1", FAULTS=str(traps))
    caught(traps, stage, run)  # scan and split wait in a process apart, which goes too
    kill(run)
    assert not (home / "run" / "summary.json").exists()
    build(home, "run", "executor.workers=1")
    check_like(calm, home / "run")


def test_driver_and_workers_killed_together_then_rerun_ends_like_undisturbed(home, calm):
    traps = arm(home, "caption", VICTIM)
    run = begin(home, "run", "executor.workers=2", FAULTS=str(traps))
    assert caught(traps, "caption", run) != run.pid
    kill(run)
    build(home, "run", "executor.workers=2")
    check_like(calm, home / "run")
