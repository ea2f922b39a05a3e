"""The whole line on a store on S3: the same files, resumed without a listing, killed, failing."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import pytest
from make_clips import make_clips
from running import books, command, ivg
from thrifty import THRIFTY

pytestmark = pytest.mark.long

STAGES = ("scan", "split", "embed", "merge", "caption", "score")


TESTS = str(Path(__file__).parents[1])
ENV = {
    "IVG_PACKAGES": "thrifty",
    "PYTHONPATH": os.pathsep.join([TESTS, os.environ.get("PYTHONPATH", "")]),
}


def arguments(run: str, *more: str) -> list[str]:
    local = ["source=local", "source.path=videos", *THRIFTY]
    return ["build", "experiment=quickstart", *local, f"hydra.run.dir={run}", *more]


def build(here: Path, run: str, *more: str) -> None:
    ivg(*arguments(run, *more), cwd=here, **ENV)


@pytest.fixture(scope="module")
def calm(tmp_path_factory, sample) -> Path:
    """A folder with four videos and an undisturbed run on a store in a folder."""
    here = tmp_path_factory.mktemp("calm")
    make_clips(sample, here / "videos", 4)
    build(here, "calm")
    return here


@pytest.fixture
def here(calm, tmp_path) -> Path:
    shutil.copytree(calm / "videos", tmp_path / "videos")
    return tmp_path


@pytest.fixture
def store() -> list[str]:
    return [f"store.dir=s3://bucket/{uuid4().hex}", "store.local=local"]


def check_same(calm: Path, run: Path) -> None:
    written = sorted(calm.glob("calm/*.jsonl"))
    assert written
    for path in written:
        assert path.read_bytes() == (run / path.name).read_bytes(), path.name


def test_run_on_s3_gives_the_same_files_and_resumes_without_a_listing(calm, here, store, s3):
    build(here, "first", *store)
    check_same(calm, here / "first")
    s3.asked.clear()
    build(here, "second", *store)
    check_same(calm, here / "second")
    assert {books(here / "second")[stage, "video"]["computed"] for stage in STAGES} == {0}
    assert s3.listings() == []
    assert {method for method, _ in s3.asked} == {"GET"}
    assert (here / "local" / "content_ids.sqlite").exists()
    left = "\n".join(p.read_text(errors="replace") for p in here.glob("first/**/*") if p.is_file())
    assert "planted-secret-of-s3" not in left


def test_run_on_s3_that_is_killed_again_and_again_ends_the_same(calm, here, store, s3):
    for number, answers in enumerate((40, 90, 160)):
        s3.asked.clear()
        run = subprocess.Popen(
            command(*arguments(f"killed{number}", *store)),
            cwd=here,
            env={**os.environ, **ENV, "HF_HUB_OFFLINE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while run.poll() is None and len(s3.asked) < answers:
            time.sleep(0.01)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    build(here, "last", *store)
    check_same(calm, here / "last")


def test_run_on_s3_that_fails_and_is_slow_ends_the_same(calm, here, store, s3):
    s3.failing, s3.delay = 0.05, 0.02
    build(here, "run", *store)
    check_same(calm, here / "run")
    assert s3.failed > 5
    assert (here / "run" / "failures.jsonl").read_text() == ""


def test_frames_lost_on_s3_are_made_again_by_the_next_run(calm, here, store, s3):
    build(here, "first", *store)
    from ivg.remote import children, located, put, read

    frames = located(store[0].partition("=")[2]) / "frames"
    split = next(key for key in children(frames) if _is_of(here / "first", "split", key))
    folder = next(iter(children(frames / split)))
    path = frames / split / folder / children(frames / split / folder)[0]
    content = bytearray(read(path))
    content[1000] ^= 1
    put(path, bytes(content))
    again = ["stages.embed.max_scenes=99"]  # embeds anew, from the frames
    build(here, "second", *store, *again)
    build(here, "third", *store, *again)
    assert books(here / "second")["embed", "video"]["failed"] == {"StoreError": 1}
    assert books(here / "third")["embed", "video"]["n_out"] == 4
    assert books(here / "third")["split", "video"]["computed"] == 1
    assert (calm / "calm" / "final_dataset.jsonl").read_bytes() == (
        here / "third" / "final_dataset.jsonl"
    ).read_bytes()


def _is_of(run: Path, stage: str, key: str) -> bool:
    return json.loads((run / "manifest.json").read_text())["keys"][stage] == key


def test_quickstart_on_s3_gives_the_files_of_the_quickstart(quickstart, tmp_path, s3):
    store = f"store.dir=s3://bucket/{uuid4().hex}"
    ivg("build", "experiment=quickstart", store, "store.local=local", cwd=tmp_path)
    written = sorted(quickstart.folder.glob("*.jsonl"))
    assert written
    for path in written:
        assert path.read_bytes() == (tmp_path / "runs/quickstart" / path.name).read_bytes()
