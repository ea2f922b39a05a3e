"""Compose the config as the command line would."""

from omegaconf import DictConfig

from ivg import compose


def composed(*overrides: str) -> DictConfig:
    """The config that `ivg build OVERRIDES` gets."""
    return compose.composed(overrides)
