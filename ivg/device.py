"""Which device the models run on."""

from __future__ import annotations

import sys
from pathlib import Path

from ivg.errors import ConfigError

DRIVERS = ("nvidia*", "nvhost*", "nvmap", "dxg", "kfd")
"""What drivers of GPUs put into /dev: Nvidia's, on Jetson, under Windows, AMD's."""
NVIDIA = "0x10de"
"""The maker of a card, as PCI has it."""


def may_have_gpu(devices: Path = Path("/dev"), cards: Path = Path("/sys/bus/pci/devices")) -> bool:
    """Whether torch may find a GPU: on Linux where a driver or a card is seen, elsewhere who knows.

    Nvidia's driver may put nothing into /dev until CUDA is asked for the first time.
    """
    if sys.platform != "linux" or any(any(devices.glob(name)) for name in DRIVERS):
        return True
    return any(maker.read_text().strip() == NVIDIA for maker in cards.glob("*/vendor"))


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
