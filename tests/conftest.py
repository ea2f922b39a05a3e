"""Fixtures that every test may use."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from running import ivg


@pytest.fixture(scope="session")
def sample() -> Path:
    return Path(__file__).parents[1] / "ivg" / "sample" / "sample.mp4"


@dataclass(frozen=True)
class Run:
    folder: Path
    store: Path
    output: str


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory) -> Run:
    """The quickstart, once, through the real models."""
    here = tmp_path_factory.mktemp("quickstart")
    done = ivg("build", "experiment=quickstart", "hydra.run.dir=run", cwd=here)
    return Run(here / "run", here / "store", done.stdout + done.stderr)
