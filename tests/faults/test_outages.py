"""W&B or the model hub down, for hours: refusing connections, or taking them and saying nothing."""

import time
from pathlib import Path

import pytest
from faulted import build, check_like
from running import ivg
from silent_server import gone, silent
from tiny_hub import write_tiny_hub
from wandb_server import falling_silent

BOUND = 240.0
"""Seconds within which a run must end; the test's own limit, far above what it takes."""
KEY = "0" * 40
DOWN = pytest.mark.parametrize("server", [silent, gone], ids=["silent", "gone"])

pytestmark = pytest.mark.long


@DOWN
def test_wandb_that_is_down_costs_no_run(home, calm, server):
    with server() as address:
        online = {"WANDB_MODE": "online", "WANDB_BASE_URL": address, "WANDB_API_KEY": KEY}
        begun = time.monotonic()
        build(home, "run", "tracker=wandb", "executor.workers=1", **online)
        assert time.monotonic() - begun < BOUND
    check_like(calm, home / "run")
    said = (home / "run" / "ivg.log").read_text()
    assert "tracker: W&B can't be reached" in said
    assert "logging offline" in said
    assert list((home / "run").glob("wandb/offline-run-*/*.wandb"))


def test_wandb_that_falls_silent_during_the_run_stalls_nothing(home, calm):
    with falling_silent() as (address, begun):
        online = {"WANDB_MODE": "online", "WANDB_BASE_URL": address, "WANDB_API_KEY": KEY}
        start = time.monotonic()
        build(home, "run", "tracker=wandb", "executor.workers=1", **online)
        assert time.monotonic() - start < BOUND
        assert begun.is_set()
    check_like(calm, home / "run")
    assert list((home / "run").glob("wandb/run-*/*.wandb"))  # for `wandb sync`, later


def captioning(here: Path, home: Path, server: str):
    """A build whose captioner is on the hub."""
    models = ["captioner=blip2", "captioner.dtype=float32", "filter=none", "executor.workers=1"]
    only = [f"~stages.{name}" for name in ("judge_frames", "judge_captions", "score_scenes")]
    return ivg(
        *("build", "source=local", f"source.path={here / 'videos'}", "device=cpu"),
        *(*models, *only, "quality=none", "hydra.run.dir=run"),
        cwd=here,
        check=False,
        HF_HUB_OFFLINE="0",
        HF_ENDPOINT=server,
        HF_HOME=str(home),
    )


@DOWN
def test_hub_that_is_down_is_not_needed_for_a_cached_checkpoint(home, server, tmp_path):
    write_tiny_hub(tmp_path / "hf", ["blip2"])
    with server() as address:
        done = captioning(home, tmp_path / "hf", address)
    assert done.returncode == 0, done.stderr


@DOWN
def test_hub_that_is_down_ends_a_run_without_checkpoint_by_a_clear_error(home, server, tmp_path):
    with server() as address:
        begun = time.monotonic()
        done = captioning(home, tmp_path / "hf", address)
        assert time.monotonic() - begun < BOUND
    assert done.returncode == 1
    assert "the hub can't be reached" in done.stderr
    assert "hf download" in done.stderr
    assert "Traceback" not in done.stderr
