from pathlib import Path

import pytest
from detection_videos import VIDEOS, make


@pytest.fixture(scope="session")
def videos(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("videos")
    return {name: make(name, folder) for name in VIDEOS}
