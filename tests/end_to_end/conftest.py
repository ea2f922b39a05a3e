"""Overrides that put tiny checkpoints of the same classes in the place of the big models."""

import pytest
from tiny_checkpoints import write_tiny_blip2, write_tiny_open_clip


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory) -> list[str]:
    """For `embedder=open_clip captioner=blip2`; random weights, so expect nothing of the words."""
    here = tmp_path_factory.mktemp("checkpoints")
    clip = write_tiny_open_clip(here / "clip")
    return [
        f"embedder.pretrained={clip}",
        f"scorer.pretrained={clip}",
        f"captioner.model={write_tiny_blip2(here / 'blip2')}",
        "captioner.dtype=float32",
    ]
