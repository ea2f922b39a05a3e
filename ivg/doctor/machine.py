"""What is installed, which device there is, and how much room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ivg import remote
from ivg.doctor.finding import Finding, State, tried
from ivg.environment import environment

SHOWN = ("python", "ivg", "torch", "transformers", "open_clip_torch", "scenedetect-headless", "av")
GIB = 2**30
LITTLE = 10 * GIB


def examine_packages() -> Finding:
    """The versions that results depend on most."""
    known = environment()
    return Finding("ok", "installed", ", ".join(f"{name} {known[name]}" for name in SHOWN))


def examine_device(device: str) -> Finding:
    """Where the models run, and the memory there."""
    import torch

    if device.startswith("cuda"):
        number = torch.device(device).index
        numbers = range(torch.cuda.device_count()) if number is None else [number]
        return Finding("ok", "device", "; ".join(_gpu(one) for one in numbers))
    cores = f"{os.cpu_count()} cores, {_memory() / GIB:.0f} GiB of memory"
    if torch.cuda.is_available():
        return Finding("note", "device", f"device={device}: the GPU is not used ({cores})")
    return Finding("note", "device", f"no GPU: models run on {device} ({cores})")


def examine_store(store: Path) -> Finding:
    """Whether the store can be written, wherever it is."""
    if not remote.is_remote(store):
        return examine_disk("store", store)
    return tried("store", lambda: remote.probe(store))


def examine_disk(subject: str, folder: Path) -> Finding:
    """Whether a folder can be written, and the room that is left."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding("bad", subject, f"{folder}: {place} can't be written")
    free = shutil.disk_usage(place).free
    state: State = "note" if free < LITTLE else "ok"
    return Finding(state, subject, f"{free / GIB:.0f} GiB free in {folder}")


def _gpu(number: int) -> str:
    import torch

    free, total = torch.cuda.mem_get_info(number)
    name = torch.cuda.get_device_name(number)
    return f"cuda:{number} {name}, {free / GIB:.0f} of {total / GIB:.0f} GiB free"


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
