"""A few tiny videos, and what an undisturbed run makes of them."""

import shutil
from pathlib import Path

import pytest
from faulted import build, write_videos

N_VIDEOS = 4


@pytest.fixture(scope="session")
def calm_home(tmp_path_factory) -> Path:
    """Videos, a store and a run `calm`; not to be written to."""
    here = tmp_path_factory.mktemp("calm")
    write_videos(here / "videos", N_VIDEOS)
    build(here, "calm", "executor.workers=1")
    return here


@pytest.fixture
def home(calm_home, tmp_path) -> Path:
    """A place of one's own with the same videos."""
    shutil.copytree(calm_home / "videos", tmp_path / "videos")
    return tmp_path


@pytest.fixture
def calm(calm_home) -> Path:
    """The run folder of the undisturbed run."""
    return calm_home / "calm"
