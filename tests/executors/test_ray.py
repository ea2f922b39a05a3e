"""The Ray executor on a cluster of two nodes on this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_clips import make_clips
from ray_clusters import one_node_cluster
from ray_lines import Meet, Names, chain, found, notes, times
from running import books, ivg

from ivg.executors.ray import RayExecutor
from ivg.shard import Shard
from ivg.sources.content import content_ids

pytestmark = [pytest.mark.slow, pytest.mark.alone]

NAMES = [f"v{number:02}" for number in range(8)]
KILLED = """
from pathlib import Path
from ray_lines import Names, chain
from ivg.executors.ray import RayExecutor
line = chain(Path({here!r}), RayExecutor(cpus=0.25, actors=1), secs=0.3)
line.run(Names({names!r}))
"""
INTERRUPTED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)" + KILLED


@pytest.fixture(scope="module")
def cluster():
    with one_node_cluster() as cluster:
        cluster.add_node(num_cpus=2, num_gpus=1)
        cluster.wait_for_nodes()
        yield cluster


def test_ray_writes_the_dataset_that_local_writes(tmp_path, sample, cluster):
    """All files, to the byte, through the real stages; then again, with nothing to compute."""
    make_clips(sample, tmp_path / "videos", 3, secs=4.0)
    source = ["experiment=quickstart", "source=local", "source.path=videos"]
    on_ray = ["executor=ray", f"executor.address={cluster.address}"]
    for run, executor in (("one", ["executor=local"]), ("many", on_ray), ("again", on_ray)):
        store = "one_store" if run == "one" else "many_store"
        more = [*executor, f"store.dir={store}", f"hydra.run.dir={run}"]
        ivg("build", *source, *more, cwd=tmp_path)
    written = sorted(path.name for path in (tmp_path / "one").glob("*.jsonl"))
    assert "final_dataset.jsonl" in written
    for run in ("many", "again"):
        for name in written:
            same = (tmp_path / "one" / name).read_bytes() == (tmp_path / run / name).read_bytes()
            assert same, (run, name)
    one, many, again = (books(tmp_path / run) for run in ("one", "many", "again"))
    assert many == one
    assert not any(again[stage, "video"]["computed"] for stage in ("scan", "caption", "score"))


def test_shard_on_ray_writes_into_the_folder_of_the_shard(tmp_path, sample, cluster):
    """What actors have written there, a run of the same shard without Ray finds."""
    (clip,) = make_clips(sample, tmp_path / "videos", 1, secs=4.0)
    (video,) = content_ids([clip], tmp_path).values()
    mine = Shard(int(Shard(1, 2).takes(video)), 2)
    shard = [f"shard.index={mine.index}", "shard.count=2"]
    told = ["experiment=quickstart", "source=local", "source.path=videos", *shard]
    ivg(
        *("build", *told, "executor=ray", f"executor.address={cluster.address}"),
        "hydra.run.dir=one",
        cwd=tmp_path,
    )
    ivg("build", *told, "executor=local", "hydra.run.dir=two", cwd=tmp_path)
    lines = {key: line["computed"] for key, line in books(tmp_path / "two").items()}
    assert not any(lines[stage, "video"] for stage in ("scan", "embed", "caption", "score"))
    tables = [path.parent for path in tmp_path.glob("store/*/*/manifest.json")]
    parts = [[*table.rglob("part-*.parquet")] for table in tables]
    assert {part.parent.name for some in parts for part in some} == {mine.name}


def test_two_actors_share_a_gpu(tmp_path, cluster):
    """Each reserves half of it, and they work at the same time."""
    executor = RayExecutor(cpus=0.25, resources={"embed": {"gpus": 0.5, "actors": 2, "batch": 1}})
    line = chain(tmp_path, executor, stages=(Meet,))
    line.run(Names(NAMES[:4]))
    assert [video.fps for video in line.videos] == [1.0] * 4
    assert len({note.pid for note in notes(tmp_path)}) == 2


def test_set_of_several_rounds_goes_through_once(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("ivg.executors.ray.ROUND", 3)
    line = chain(tmp_path, RayExecutor(cpus=0.25, actors=1))
    line.run(Names(NAMES))
    assert [row[0] for row in found(line)] == NAMES
    assert set(times(tmp_path).values()) == {1}


def driver_of(script: str, here: Path, names: list[str], ended: int) -> subprocess.Popen[bytes]:
    """A driver in a process of its own, in which so many videos have come through a stage."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    given = [sys.executable, "-c", script.format(here=str(here), names=names)]
    driver = subprocess.Popen(given, env={**os.environ, "PYTHONPATH": path})
    while driver.poll() is None and sum(one.what == "end" for one in notes(here)) < ended:
        time.sleep(0.05)
    assert driver.poll() is None
    return driver


def test_ctrl_c_finishes_what_is_under_way_and_begins_nothing_new(tmp_path, cluster):
    names = [f"v{number:03}" for number in range(100)]
    driver = driver_of(INTERRUPTED, tmp_path, names, ended=3)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(timeout=120) not in (0, -signal.SIGKILL)
    begun = sum(one.what == "begin" for one in notes(tmp_path))
    assert begun == sum(one.what == "end" for one in notes(tmp_path))
    assert begun < 2 * len(names)  # of three stages
    line = chain(tmp_path, RayExecutor(cpus=0.25, actors=1))
    line.run(Names(names))
    assert [row[0] for row in found(line)] == names
    assert set(times(tmp_path).values()) == {1}


def test_killed_driver_loses_only_what_was_under_way(tmp_path, cluster):
    driver = driver_of(KILLED, tmp_path, NAMES, ended=8)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    time.sleep(3)  # its workers end by themselves
    before = {(one.stage, one.video) for one in notes(tmp_path) if one.what == "end"}
    line = chain(tmp_path, RayExecutor(cpus=0.25, actors=1))
    line.run(Names(NAMES))
    assert [row[0] for row in found(line)] == NAMES
    twice = {task for task, count in times(tmp_path).items() if count > 1}
    assert len(twice & before) <= 3  # one a stage: done, and not yet written
    assert max(times(tmp_path).values()) <= 2
    computed = {one.stage: one.computed for one in line.ledgers}
    assert 0 < sum(computed.values()) - len(NAMES) < 3 * len(NAMES) - 4
