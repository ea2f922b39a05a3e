"""The config as `ivg build` gets it, for commands that are no Hydra applications."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ivg.errors import ConfigError
from ivg.hydra_node import guard


def composed(
    overrides: Sequence[str], config_dir: Path | None = None, primary: str = "config"
) -> DictConfig:
    """The config of `ivg build [--config-dir DIR] OVERRIDES`, without Hydra's own node.

    Args:
        overrides: As on the command line.
        config_dir: Searched for more choices.
        primary: Name of the YAML that lists the groups.

    Raises:
        ConfigError: Hydra can't read an override, or knows no such choice or key.
    """
    if config_dir is not None and not config_dir.is_dir():
        raise ConfigError(f"--config-dir {config_dir}: there is no such folder")
    guard()
    where = [f"hydra.searchpath=[file://{config_dir.absolute()}]"] if config_dir else []
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module("ivg.conf", version_base="1.3"):
            found = compose(primary, [*where, *overrides], return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, YAMLError, TypeError, ValueError) as error:
        raise ConfigError(str(error).strip()) from error
    # the config asks Hydra for the name of the captioner's YAML
    HydraConfig.instance().set_config(found)
    return DictConfig({k: v for k, v in found.items_ex(resolve=False) if k != "hydra"})
