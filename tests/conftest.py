"""Fixtures that every test may use."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig
from running import ivg


@pytest.fixture
def sample() -> Path:
    return Path(__file__).parents[1] / "ivg" / "sample" / "sample.mp4"


@pytest.fixture
def composed():
    """Compose the config as the command line would: `composed("filter=top_k", ...)`."""

    def compose_config(*overrides: str, config: str = "config") -> DictConfig:
        from hydra.core.hydra_config import HydraConfig

        GlobalHydra.instance().clear()
        with initialize_config_module("ivg.conf", version_base="1.3"):
            found = compose(config, overrides=list(overrides), return_hydra_config=True)
        HydraConfig.instance().set_config(found)
        return DictConfig({k: v for k, v in found.items_ex(resolve=False) if k != "hydra"})

    return compose_config


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
