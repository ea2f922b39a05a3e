"""Tiny checkpoints, written once."""

from pathlib import Path

import numpy as np
import pytest
from kept_frames import plain
from tiny_checkpoints import write_tiny_blip2, write_tiny_open_clip
from tiny_llavas import write_llava_15
from tiny_vlms import write_qwen2_5_vl

from ivg.models import hub
from ivg.records import Clip, Image


@pytest.fixture(autouse=True)
def no_hub(monkeypatch):
    """As on a machine without network: nothing is asked of the hub, nothing hangs."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.hub_is_away.cache_clear()
    yield
    hub.hub_is_away.cache_clear()


@pytest.fixture(scope="session")
def blip2_folder(tmp_path_factory) -> Path:
    return write_tiny_blip2(tmp_path_factory.mktemp("blip2"))


@pytest.fixture(scope="session")
def llava_folder(tmp_path_factory) -> Path:
    return write_llava_15(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="session")
def qwen_folder(tmp_path_factory) -> Path:
    return write_qwen2_5_vl(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory) -> Path:
    return write_tiny_open_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def pictures() -> list[Image]:
    """Three plain colours, noise, one pixel, and a broad strip."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    odd = [np.zeros((1, 1, 3), np.uint8), np.full((3, 90, 3), 200, np.uint8)]
    return [plain("red"), plain("green"), plain("blue"), noise, *odd]


@pytest.fixture(scope="session")
def clips() -> list[Clip]:
    """Clips of one to three frames, of several sizes, at uneven times."""
    random = np.random.default_rng(0)
    shapes = [(1, 40, 60), (3, 40, 60), (2, 30, 30), (3, 48, 64), (1, 64, 48), (3, 40, 60)]
    return [clip_of(random.integers(0, 256, (*shape, 3), dtype=np.uint8)) for shape in shapes]


def clip_of(frames) -> Clip:
    """A clip of two seconds."""
    times = tuple(0.2 + 0.7 * number for number in range(len(frames)))
    return Clip(tuple(frames), times, 10.0, 12.5)
