"""Videos, and a web server on loopback to download them from."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from web_server import Web, serving

from ivg.sources.source import Listing
from ivg.sources.urls import UrlSource


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def clip() -> bytes:
    """A real video of 1.4 MB."""
    return Path(str(files("ivg").joinpath("sample", "sample.mp4"))).read_bytes()


@pytest.fixture(scope="session")
def tiny_clips(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Six real videos of a few kB, each with its own content."""
    import av
    import numpy as np

    clips = []
    for grey in range(0, 240, 40):
        path = tmp_path_factory.mktemp("tiny") / "clip.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            picture = np.full((48, 64, 3), grey, dtype=np.uint8)
            for _ in range(5):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        clips.append(path.read_bytes())
    return clips


@pytest.fixture
def fetch(tmp_path: Path) -> Any:
    """List addresses into `tmp_path/videos`, with hardly a pause."""

    def run(*urls: str, **settings: Any) -> Listing:
        fast: dict[str, Any] = {"backoff_secs": 0.01, "max_attempts": 3, "timeout_secs": 5}
        fast["allow_private"] = True
        fast["videos_dir"] = str(tmp_path / "videos")
        source = UrlSource(urls=list(urls), **(fast | settings))
        listing = source.list_videos(tmp_path / "store")
        assert listing.tally.balanced
        return listing

    return run
