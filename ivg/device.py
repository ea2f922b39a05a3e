"""Which device the models run on."""

from __future__ import annotations

from ivg.errors import ConfigError


def resolve_device(wanted: str) -> str:
    """`auto` is the GPU if there is one; anything else is checked and taken as it is.

    Raises:
        ConfigError: The device is not one that torch has here.
    """
    if wanted == "cpu":  # no need to load torch, which a build without models never does
        return wanted
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device={wanted} is not to be had here: {error}") from error
    return wanted
