"""Compose the config as the command line would."""

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig


def composed(*overrides: str) -> DictConfig:
    """The config that `ivg build OVERRIDES` gets."""
    GlobalHydra.instance().clear()
    with initialize_config_module("ivg.conf", version_base="1.3"):
        found = compose("config", overrides=list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(found)
    return DictConfig({k: v for k, v in found.items_ex(resolve=False) if k != "hydra"})
