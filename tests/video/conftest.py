from pathlib import Path

import pytest
from splitting import contexts

import ivg
from ivg.records import Video
from ivg.stage import Context


@pytest.fixture(scope="session")
def sample() -> Path:
    return Path(ivg.__file__).parent / "sample" / "sample.mp4"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return contexts(tmp_path)


@pytest.fixture
def as_video():
    return lambda path: Video(id="v" + str(abs(hash(str(path)))), name=path.name, path=path)
