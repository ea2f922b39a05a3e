"""What `ivg plan` says of a store that holds some videos, and others not."""

from pathlib import Path

import pytest

from ivg.catalogue import as_names
from ivg.compose import composed
from ivg.plan import make_plan, resolved
from ivg.planned import stages
from ivg.stage import Outcome, Processed
from ivg.store import Table


@pytest.fixture
def steps(tmp_path):
    """The stages of the quickstart, of an empty store."""
    given = ["experiment=quickstart", f"store.dir={tmp_path}/store"]
    return make_plan(resolved(composed(given)), tmp_path / "run").line.steps


def table_of(steps, name: str, store: Path) -> Table:
    """The table of a stage."""
    (step,) = (one for one in steps if one.stage.name == name)
    return Table(store, step.identity, step.stage.produces)


def keep(table: Table, out: list[str], dropped: tuple[str, ...] = ()) -> None:
    """Store rows that say no more than what became of the videos."""
    with table.locked():
        for video in out:
            table.append(Processed(video, "out", 0.1, Outcome({}, ())))
        for video in dropped:
            table.append(Processed(video, "dropped", 0.1, reason="no_cut"))
        table.pack()


def counts(store: Path, videos: list[str], steps) -> dict[str, tuple[int, int]]:
    """Stored and to be computed, by stage."""
    return {s.stage: (s.stored, s.todo) for s in stages(store, as_names(videos), steps)}


def test_stages_of_an_empty_store_are_all_to_be_computed(tmp_path, steps):
    found = counts(tmp_path / "store", ["b", "a"], steps)
    assert set(found.values()) == {(0, 2)}
    assert list(found)[:3] == ["scan", "split", "embed"]


def test_stages_count_what_is_stored_and_leave_out_what_was_dropped(tmp_path, steps):
    store, videos = tmp_path / "store", [f"v{i:02}" for i in range(20)]
    keep(table_of(steps, "scan", store), videos)
    keep(table_of(steps, "split", store), videos[:12], tuple(videos[12:15]))
    keep(table_of(steps, "embed", store), videos[3:10])
    found = counts(store, videos, steps)
    assert found["scan"] == (20, 0)
    assert found["split"] == (15, 5)
    assert found["embed"] == (7, 10)
    assert found["caption"] == (0, 17)


def test_stages_ask_for_the_videos_of_this_run_only(tmp_path, steps):
    store = tmp_path / "store"
    keep(table_of(steps, "scan", store), ["a", "b", "c"], ("d",))
    assert counts(store, ["b", "d", "e"], steps)["scan"] == (2, 1)
    assert counts(store, ["b", "d", "e"], steps)["split"] == (0, 2)


def test_stages_of_a_damaged_part_are_to_be_computed_again(tmp_path, steps, caplog):
    store = tmp_path / "store"
    scan = table_of(steps, "scan", store)
    keep(scan, ["a", "b"])
    for part in scan.dir.glob("*part-*.parquet"):
        part.write_bytes(part.read_bytes()[:-20])
    assert counts(store, ["a", "b"], steps)["scan"] == (0, 2)
    assert "damaged" in caplog.text
