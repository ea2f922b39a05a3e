"""The smallest video that the whole line takes."""

from pathlib import Path

import pytest
from make_videos import shots, write_video


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory) -> Path:
    """Two shots of two thirds of a second, 96x64 pixels."""
    return write_video(tmp_path_factory.mktemp("tiny") / "tiny.mp4", shots(40, 40))
