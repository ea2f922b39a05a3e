"""The system's clock jumps while a run is under way, or stands wrong altogether."""

import os
import shutil
from importlib.util import find_spec

import numpy as np
import pytest
from faulted import build, check_like, summary
from faulty import CLOCK

from ivg.identity import Identity
from ivg.records import Scene
from ivg.stage import Outcome, Processed
from ivg.store import Table

PACKING = "ivg.holdings" if find_spec("ivg.holdings") else "ivg.store"
JUMPS = ("forward", "back", "to_and_fro", "1970")


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("jumps", JUMPS)
def test_clock_that_jumps_during_a_run_changes_nothing(calm_home, home, calm, jumps, workers):
    if workers == 2:  # starting processes for every stage takes long, and stages are alike in this
        shutil.copytree(calm_home / "store", home / "store")
        for stage in ("scan", "caption"):
            shutil.rmtree(home / "store" / stage)
    build(home, "run", f"executor.workers={workers}", **{CLOCK: jumps})
    check_like(calm, home / "run")
    assert all(line["seconds"] >= 0 for line in summary(home / "run")["lines"])


@pytest.mark.long
@pytest.mark.parametrize("then", JUMPS)
def test_store_of_another_time_is_reused(calm_home, home, calm, then):
    shutil.copytree(calm_home / "store", home / "store")
    for path in (home / "store").rglob("*"):
        os.utime(path, ns=(2**62, 2**62) if then == "back" else (0, 0))
    build(home, "run", "executor.workers=1", **{CLOCK: then})
    check_like(calm, home / "run")
    cached = [line for line in summary(home / "run")["lines"] if line["stage"] == "scan"]
    assert [line["computed"] for line in cached] == [0]


def row(name: str, end: float) -> Processed:
    return Processed(name, "out", 0.0, Outcome({"scenes": (Scene(0.0, end),)}))


def test_rows_computed_anew_stand_although_the_clock_was_put_back(tmp_path, monkeypatch):
    """Parts too large to be packed again stay; the newest row of a video counts, not its date."""
    table = Table(tmp_path, Identity("split", {}, ""), ("scenes",))
    with table.locked():
        table.append(row("a", 0.0))
    (part,) = table.dir.glob("part-*")
    monkeypatch.setattr(f"{PACKING}.PACK_BYTES", 2 * part.stat().st_size + 2)
    times = iter(np.arange(2_000, 1, -100).tolist())
    monkeypatch.setattr("time.time_ns", lambda: next(times))
    for end in (1.0, 2.0, 3.0):
        with table.locked():
            for name in "abc":
                table.append(row(name, end))
            table.pack()
        assert table.index() == set("abc")
        found = table.scan(frozenset("abc"), ["scenes"])
        assert {done.outcome.fields["scenes"][0].end_sec for done in found} == {end}
