"""Fixtures that every test may use."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig


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
