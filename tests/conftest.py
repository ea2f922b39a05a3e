"""Fixtures that every test may use."""

import os

# Two test processes, with two threads each and all of them waiting busily, take twice as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig
from running import ivg
from s3_server import Proxy, make_bucket, moto, proxied
from s3fs import S3FileSystem
from tiny_checkpoints import write_tiny_blip2, write_tiny_open_clip


@pytest.fixture(autouse=True)
def outside_hydra():
    """What `composed` sets for one test must not tell another where it was started."""
    HydraConfig.instance().cfg = None
    yield
    HydraConfig.instance().cfg = None


@pytest.fixture(scope="session")
def sample() -> Path:
    return Path(__file__).parents[1] / "ivg" / "sample" / "sample.mp4"


@dataclass(frozen=True)
class Run:
    home: Path
    folder: Path
    store: Path
    output: str


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory) -> Run:
    """The quickstart, once, through the real models."""
    here = tmp_path_factory.mktemp("quickstart")
    done = ivg("build", "experiment=quickstart", cwd=here)
    return Run(here, here / "runs" / "quickstart", here / "store", done.stdout + done.stderr)


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


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """A real S3 server for the whole session."""
    with moto() as port:
        yield port


@pytest.fixture
def s3(s3_port, monkeypatch) -> Iterator[Proxy]:
    """A way to that server that counts and can fail; the environment of this process leads there.

    There is a bucket `bucket`; each test keeps to a prefix of its own.
    """
    with proxied(s3_port) as proxy:
        for name, value in proxy.env.items():
            monkeypatch.setenv(name, value)
        make_bucket(proxy, "bucket")
        S3FileSystem.clear_instance_cache()  # they remember the address
        proxy.asked.clear()
        yield proxy
