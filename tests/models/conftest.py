"""Tiny checkpoints, written once."""

from pathlib import Path

import numpy as np
import pytest
from kept_frames import plain
from tiny_checkpoints import write_tiny_blip2, write_tiny_llava, write_tiny_open_clip

from ivg.models import hub
from ivg.records import Image

CHAT = (
    "{% for m in messages %}{{ m.role }} {% for c in m.content %}"
    "{{ '<image>' if c.type == 'image' else c.text }} {% endfor %}{% endfor %}assistant"
)


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
    return write_tiny_llava(tmp_path_factory.mktemp("llava"), CHAT)


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory) -> Path:
    return write_tiny_open_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="session")
def pictures() -> list[Image]:
    """Three plain colours, noise, one pixel, and a broad strip."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    odd = [np.zeros((1, 1, 3), np.uint8), np.full((3, 90, 3), 200, np.uint8)]
    return [plain("red"), plain("green"), plain("blue"), noise, *odd]
