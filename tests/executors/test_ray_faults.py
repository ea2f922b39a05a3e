"""Nodes, workers and videos that die under the Ray executor: nothing is lost."""

import logging
import os
import signal

import pytest
from ray_clusters import once, one_node_cluster
from ray_lines import Embed, Merge, Names, Scan, booked, chain, found, notes, times

from ivg.errors import RunFailedError
from ivg.executors.local import LocalExecutor
from ivg.executors.ray import RayExecutor

pytestmark = pytest.mark.long

NAMES = [f"v{number:02}" for number in range(10)]
SMALL = {"cpus": 0.25, "actors": 1}


@pytest.fixture(scope="module")
def cluster():
    with one_node_cluster() as cluster:
        yield cluster


def calm(tmp_path, names=NAMES, **config):
    """The same line on this machine, undisturbed."""
    (tmp_path / "calm").mkdir()
    line = chain(tmp_path / "calm", LocalExecutor(1), **config)
    line.run(Names(names))
    return line


def test_ray_gives_what_local_gives(tmp_path, cluster, second):
    names = [*NAMES, "a-scan-bug", "b-embed-drop", "c-merge-bug"]
    line = chain(tmp_path, RayExecutor(**SMALL))
    line.run(Names(names))
    beside = calm(tmp_path, names)
    assert found(line) == found(beside)
    assert len(line.videos) == len(NAMES)
    assert booked(line) == booked(beside)
    assert max(times(tmp_path).values()) == 1
    again = chain(tmp_path, RayExecutor(**SMALL))
    again.run(Names(names))
    assert found(again) == found(beside)
    assert [one.computed for one in again.ledgers] == [13, 1, 0, 1]


def test_ray_starts_a_stage_before_the_one_before_has_ended(tmp_path, cluster):
    chain(tmp_path, RayExecutor(**SMALL), secs=0.2).run(Names(NAMES))
    scanned = [note.at for note in notes(tmp_path) if (note.stage, note.what) == ("scan", "end")]
    embedded = [note.at for note in notes(tmp_path) if note.stage == "embed"]
    assert min(embedded) < max(scanned)


@pytest.mark.parametrize("stage", ["scan", "embed", "merge"])
def test_killed_node_costs_only_what_it_had_under_way(tmp_path, cluster, second, stage):
    """In the middle of a video in each stage; two of three actors of a stage fit on one node."""
    executor = RayExecutor(cpus=0.2, actors=3)

    def in_the_middle():
        there = [one for one in notes(tmp_path) if one.node == "second" and one.stage == stage]
        ended = {one.video for one in there if one.what == "end"}
        return ended and {one.video for one in there} > ended and second

    killer = once(in_the_middle, lambda node: cluster.remove_node(node, allow_graceful=False))
    line = chain(tmp_path, executor, secs=0.3)
    line.run(Names(NAMES))
    killer.join()
    assert second not in cluster.list_all_nodes()
    assert found(line) == found(calm(tmp_path))
    assert not line.failures
    lost = {(n.stage, n.video) for n in notes(tmp_path) if n.node == "second"}
    twice = {task for task, count in times(tmp_path).items() if count > 1}
    assert twice <= lost
    assert max(times(tmp_path).values()) <= 2
    for stage in ("scan", "embed", "merge"):
        assert sum(name == stage for name, _ in twice) <= 2


@pytest.mark.parametrize("stage", ["scan", "embed", "merge"])
def test_killed_worker_costs_nothing_but_its_video_again(tmp_path, cluster, stage):
    """Kill -9 of the actor, in the middle of a video."""

    def under_way():
        begun = [note for note in notes(tmp_path) if (note.stage, note.what) == (stage, "begin")]
        return begun[2:3]

    def kill(begun):
        actor = begun[0].parent if stage == "scan" else begun[0].pid
        os.kill(actor, signal.SIGKILL)

    killer = once(under_way, kill)
    line = chain(tmp_path, RayExecutor(**SMALL), secs=0.3)
    line.run(Names(NAMES[:6]))
    killer.join()
    assert found(line) == found(calm(tmp_path, NAMES[:6]))
    assert not line.failures
    assert sum(times(tmp_path).values()) <= 3 * 6 + 1


def test_video_that_kills_its_workers_costs_only_itself(tmp_path, cluster):
    names = ["a-scan-crash", "b-embed-crash", *NAMES[:6]]
    executor = RayExecutor(**SMALL, resources={"embed": {"batch": 4}})
    line = chain(tmp_path, executor)
    line.run(Names(names))
    assert [video.name for video in line.videos] == NAMES[:6]
    assert {(one.stage, one.video, one.error) for one in line.failures} == {
        ("scan", "a-scan-crash", "WorkerCrashedError"),
        ("embed", "b-embed-crash", "WorkerCrashedError"),
    }
    assert {one.stage: one.videos.n_out for one in line.ledgers} == {
        "source": 8, "scan": 7, "embed": 6, "merge": 6
    }  # fmt: skip


def test_what_actors_log_reaches_the_log(tmp_path, cluster, caplog):
    """Also from the process beside an actor, in which videos are decoded."""
    caplog.set_level(logging.DEBUG, "ivg")
    chain(tmp_path, RayExecutor(**SMALL)).run(Names(NAMES[:2]))
    said = [one.getMessage() for one in caplog.records if one.name == "ivg.noting"]
    assert sorted(said) == sorted(
        f"{stage} of {name}" for stage in ("scan", "embed", "merge") for name in NAMES[:2]
    )


@pytest.mark.parametrize("stage", ["scan", "embed"])
def test_ray_raises_what_setup_raised(tmp_path, cluster, stage):
    line = chain(tmp_path, RayExecutor(**SMALL), setup_error=stage)
    with pytest.raises(RunFailedError, match=rf"{stage}: {stage}\.model: no checkpoint"):
        line.run(Names(NAMES))
    assert line.failures[-1].error == "MissingDependencyError"


@pytest.mark.parametrize("part", [Scan, Embed, Merge])
def test_ray_computes_only_the_row_that_is_missing(tmp_path, cluster, part):
    chain(tmp_path, LocalExecutor(1)).run(Names(NAMES[:3]))
    (table,) = (tmp_path / "store" / part.name).iterdir()
    for packed in table.glob("*.parquet"):
        packed.unlink()
    line = chain(tmp_path, RayExecutor(**SMALL))
    line.run(Names(NAMES[:3]))
    assert len(line.videos) == 3
    twice = {stage for (stage, _), count in times(tmp_path).items() if count > 1}
    assert twice == {part.name}
