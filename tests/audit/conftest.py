"""Datasets of real videos, and a web server on loopback to ask for them again."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from compared_folders import caption, video, write_run
from make_videos import shots, write_video
from running import ivg
from web_server import Web, serving

from ivg.sources.content import hash_stable
from ivg.video.probe import probe


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def clips(tmp_path_factory) -> list[Path]:
    """Three videos of one length and a longer one, each with its own content."""
    here = tmp_path_factory.mktemp("clips")
    lengths = [(20, 21), (21, 20), (19, 22), (60, 60)]
    return [write_video(here / f"{i}.mp4", shots(*both)) for i, both in enumerate(lengths)]


@pytest.fixture
def dataset(tmp_path) -> Callable[..., Path]:
    """A run whose videos are these files under these names; each has as many rows as its place."""

    def write(files: dict[str, Path], **source: Any) -> Path:
        records = []
        for n, (name, path) in enumerate(files.items(), 1):
            known = {"video_id": hash_stable(path)[0], "duration": probe(path).duration}
            said = [caption(f"{name} {i}", 0.0, 0.5) for i in range(n)]
            records.append(video(name, *said, **known))
        folder = write_run(tmp_path / "set", *records)
        config = {**json.loads((folder / "config.yaml").read_text()), "source": source}
        (folder / "config.yaml").write_text(json.dumps(config))
        return folder

    return write


@pytest.fixture
def audit(tmp_path) -> Callable[..., dict]:
    """Audit at the command line; the whole of it."""

    def run(folder: Path, *settings: str, cold: bool = False, **env: str) -> dict:
        fast = ["backoff_secs=0.01", "max_attempts=2", "timeout_secs=5", "out=audit.json"]
        fast.append("allow_private=true")
        done = ivg("audit", str(folder), *fast, *settings, cwd=tmp_path, cold=cold, **env)
        found = json.loads((tmp_path / "audit.json").read_text())
        counts = found["videos"]
        assert sum(counts[one] for one in ("same", "changed", "gone", "unknown")) == counts["asked"]
        return {**found, "printed": done.stdout}

    return run
