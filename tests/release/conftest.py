"""A run and its release, made without models."""

import shutil
from pathlib import Path

import pytest
from planted_runs import planted_run

from ivg.release.publish import publish
from ivg.release.settings import ReleaseSettings

THIRDS = {"train": 0.4, "validation": 0.3, "test": 0.3}
NAMES = [f"{letter}.mp4" for letter in "abcdefghij"]


@pytest.fixture(scope="session")
def kept_run(tmp_path_factory) -> Path:
    return planted_run(tmp_path_factory.mktemp("planted") / "run", NAMES)


@pytest.fixture(scope="session")
def kept_release(kept_run, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("released") / "set-1"
    return publish(kept_run, ReleaseSettings("set", "1", str(out), **THIRDS))


@pytest.fixture
def run(kept_run, tmp_path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(kept_run, tmp_path / "run"))


@pytest.fixture
def released(kept_release, tmp_path) -> Path:
    """A copy to break; its three splits all have rows."""
    return Path(shutil.copytree(kept_release, tmp_path / "set-1"))


@pytest.fixture
def settings(tmp_path) -> ReleaseSettings:
    return ReleaseSettings("set", "1", str(tmp_path / "out"), **THIRDS)
