"""Frames of the sample clip and of plain colours, and models to look at them."""

from pathlib import Path

import pytest
from kept_frames import keep, keep_sample, plain
from tiny_checkpoints import write_tiny_open_clip

from ivg.models.embedders.open_clip import OpenClipEmbedder
from ivg.records import Scene, Video
from ivg.stage import Context
from ivg.video.frames import FrameStore


@pytest.fixture(scope="session")
def kept_context(tmp_path_factory) -> Context:
    return Context(FrameStore(tmp_path_factory.mktemp("frames")))


@pytest.fixture(scope="session")
def sample_video(kept_context) -> Video:
    path = Path(__file__).parents[2] / "ivg" / "sample" / "sample.mp4"
    return keep_sample(kept_context.frames, path)


@pytest.fixture(scope="session")
def colour_video(kept_context) -> Video:
    """Three scenes of 3 s: red, green, red; one frame a second, in its middle."""
    scenes = [Scene(0.0, 3.0), Scene(3.0, 6.0), Scene(6.0, 9.0)]
    colours = ["red"] * 3 + ["green"] * 3 + ["red"] * 3
    frames = {second + 0.5: plain(colour) for second, colour in enumerate(colours)}
    return keep(kept_context.frames, frames, scenes, name="colours")


@pytest.fixture(scope="session")
def tiny_clip_folder(tmp_path_factory) -> Path:
    return write_tiny_open_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def tiny_embedder(tiny_clip_folder) -> OpenClipEmbedder:
    return OpenClipEmbedder(pretrained=str(tiny_clip_folder))


@pytest.fixture
def tiny_scorer(tiny_clip_folder) -> OpenClipEmbedder:
    return OpenClipEmbedder(pretrained=str(tiny_clip_folder))
