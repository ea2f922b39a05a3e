"""The Ray executor on a store on S3: what actors of all nodes write there is found again."""

import os
import signal
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import pytest
from make_clips import make_clips
from ray_clusters import once, one_node_cluster
from ray_lines import Names, chain, found, notes, times
from running import books, command, ivg
from s3_server import KEYS, make_bucket, proxied
from thrifty import THRIFTY

from ivg.executors.local import LocalExecutor
from ivg.executors.ray import RayExecutor
from ivg.remote import located

pytestmark = [pytest.mark.long, pytest.mark.alone]

ENV = {
    "IVG_PACKAGES": "thrifty",
    "PYTHONPATH": os.pathsep.join(
        [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    ),
}
NAMES = [f"v{number:02}" for number in range(10)]
STAGES = ("scan", "split", "embed", "merge", "caption", "score")
SECRET = KEYS["AWS_SECRET_ACCESS_KEY"]


@pytest.fixture(scope="module")
def s3(s3_port):
    """Keys are in the environment, of the nodes too; the address is told in `store.options`."""
    with pytest.MonkeyPatch.context() as patch, proxied(s3_port) as proxy:
        for name, value in {**KEYS, **ENV}.items():
            patch.setenv(name, value)
        make_bucket(proxy, "bucket")
        yield proxy


@pytest.fixture(scope="module")
def cluster(s3):
    with one_node_cluster() as cluster:
        yield cluster


@pytest.fixture
def store() -> str:
    return f"s3://bucket/{uuid4().hex}"


@pytest.fixture(scope="module")
def here(tmp_path_factory, sample) -> Path:
    """A folder with three videos and an undisturbed run on a store in a folder."""
    here = tmp_path_factory.mktemp("here")
    make_clips(sample, here / "videos", 3, secs=4.0)
    ivg(*arguments("calm", "executor=local", "store.dir=store"), cwd=here, **ENV)
    return here


def arguments(run: str, *more: str) -> list[str]:
    source = ["source=local", "source.path=videos", *THRIFTY]
    return ["build", "experiment=quickstart", *source, f"hydra.run.dir={run}", *more]


def on_both(cluster, s3, store: str) -> list[str]:
    where = [f"store.dir={store}", f"+store.options.endpoint_url={address(s3)}"]
    local = f"store.local=local-{store[-8:]}"
    return ["executor=ray", f"executor.address={cluster.address}", *where, local]


def address(s3) -> str:
    return f"http://127.0.0.1:{s3.port}"


def check_same(here: Path, run: str) -> None:
    written = sorted((here / "calm").glob("*.jsonl"))
    assert written
    for path in written:
        assert path.read_bytes() == (here / run / path.name).read_bytes(), path.name


def test_ray_on_s3_writes_what_local_writes_and_computes_it_once(here, cluster, second, s3, store):
    """All files, to the byte; then again, with nothing to compute, to write or to list."""
    ivg(*arguments("first", *on_both(cluster, s3, store)), cwd=here, **ENV)
    check_same(here, "first")
    assert books(here / "first") == books(here / "calm")
    s3.asked.clear()
    ivg(*arguments("second", *on_both(cluster, s3, store)), cwd=here, **ENV)
    check_same(here, "second")
    assert {books(here / "second")[stage, "video"]["computed"] for stage in STAGES} == {0}
    assert s3.listings() == []
    assert {method for method, _ in s3.asked} == {"GET"}


def test_ray_on_s3_writes_the_keys_nowhere(here, cluster, second, s3, store):
    """Not into the run folder, nor into Ray's logs, nor onto the store."""
    ivg(*arguments("told", *on_both(cluster, s3, store)), cwd=here, **ENV)
    (logs,) = {Path(node.get_logs_dir_path()) for node in cluster.list_all_nodes()}
    for folder in (here / "told", logs):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            assert SECRET.encode() not in path.read_bytes(), path
    there = located(store, {"endpoint_url": address(s3)})
    objects = [path for path in there.rglob("*") if path.is_file()]
    assert any("/frames/" in str(path) for path in objects)
    assert all(SECRET.encode() not in path.read_bytes() for path in objects)


def test_node_killed_under_ray_on_s3_costs_only_what_it_had_under_way(
    tmp_path, cluster, second, s3, store
):
    def in_the_middle():
        there = [one for one in notes(tmp_path) if (one.node, one.stage) == ("second", "scan")]
        ended = {one.video for one in there if one.what == "end"}
        return ended and {one.video for one in there} > ended and second

    killer = once(in_the_middle, lambda node: cluster.remove_node(node, allow_graceful=False))
    place = located(store, {"endpoint_url": address(s3)})
    line = chain(tmp_path, RayExecutor(cpus=0.2, actors=3), store=place, secs=0.3)
    line.run(Names(NAMES))
    killer.join()
    assert second not in cluster.list_all_nodes()
    (tmp_path / "calm").mkdir()
    calm = chain(tmp_path / "calm", LocalExecutor(1))
    calm.run(Names(NAMES))
    assert found(line) == found(calm)
    assert not line.failures
    lost = {(n.stage, n.video) for n in notes(tmp_path) if n.node == "second"}
    assert {task for task, count in times(tmp_path).items() if count > 1} <= lost
    assert max(times(tmp_path).values()) <= 2
    again = chain(tmp_path, LocalExecutor(1), store=place)
    again.run(Names(NAMES))
    assert found(again) == found(calm)
    assert {one.computed for one in again.ledgers[1:]} == {0}


def test_driver_killed_under_ray_on_s3_computes_nothing_again_that_was_stored(
    here, cluster, second, s3, store
):
    s3.asked.clear()
    run = subprocess.Popen(
        command(*arguments("killed", *on_both(cluster, s3, store))),
        cwd=here,
        env={**os.environ, **ENV, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while run.poll() is None and len(parts_put(s3, "merge")) < 1:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    time.sleep(5)  # its workers end by themselves
    stored = {stage: len(parts_put(s3, stage)) for stage in STAGES}
    ivg(*arguments("last", *on_both(cluster, s3, store)), cwd=here, **ENV)
    check_same(here, "last")
    computed = {stage: books(here / "last")[stage, "video"]["computed"] for stage in STAGES}
    assert computed == {stage: 3 - stored[stage] for stage in STAGES}


def parts_put(s3, stage: str) -> set[str]:
    """Rows that actors have written."""
    asked = (where for method, where in list(s3.asked) if method == "PUT")
    return {where for where in asked if f"/{stage}/" in where and "/part-" in where}
