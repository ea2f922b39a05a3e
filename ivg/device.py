"""Which device the models run on."""

from __future__ import annotations

import sys
from pathlib import Path

from ivg.errors import ConfigError

DRIVERS = ("nvidia*", "nvhost*", "nvmap", "dxg", "kfd")
"""What drivers of GPUs put into /dev: Nvidia's, on Jetson, under Windows, AMD's."""


def may_have_gpu(devices: Path = Path("/dev")) -> bool:
    """Whether torch may find a GPU: on Linux not without a driver, elsewhere who knows."""
    known = any(any(devices.glob(name)) for name in DRIVERS)
    return known or sys.platform != "linux"


def resolve_device(wanted: str) -> str:
    """`auto` is the GPU if there is one; anything else is checked and taken as it is.

    Raises:
        ConfigError: The device is not one that torch has here.
    """
    if wanted == "cpu" or (wanted == "auto" and not may_have_gpu()):
        return "cpu"  # without torch: loading it takes longer than a run that finds all stored
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"device={wanted} is not to be had here: {error}") from error
    return wanted
