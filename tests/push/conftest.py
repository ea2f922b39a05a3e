"""A release of the quickstart, to publish."""

import shutil
from pathlib import Path

import pytest
from running import ivg


@pytest.fixture(scope="session")
def made(quickstart, tmp_path_factory) -> Path:
    """The release; not to be changed."""
    folder = tmp_path_factory.mktemp("made") / "q"
    name = ["name=q", "version=2026.11", f"out={folder}", "force=true"]
    ivg("release", str(quickstart.folder), *name, cwd=folder.parent)
    return folder


@pytest.fixture
def release(made, tmp_path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "q"))
