"""The store: durable row by row, packed, waiting, and able to say why a key is new."""

import multiprocessing
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from stored_rows import FIELDS, row, table

from ivg.errors import StoreError
from ivg.records import Scene
from ivg.stage import Processed


def test_table_gives_back_what_was_stored(tmp_path):
    stored = table(tmp_path)
    with stored.locked():
        stored.append(row("v1"))
        stored.append(Processed("v2", "dropped", 0.1, reason="no_scene"))
    again = table(tmp_path)
    assert again.index() == {"v1", "v2"}
    found, dropped = again.get("v1", FIELDS), again.get("v2", FIELDS)
    assert found.outcome.tallies == row("v1").outcome.tallies
    assert found.outcome.fields["captions"] == row("v1").outcome.fields["captions"]
    assert found.outcome.fields["segments"] == row("v1").outcome.fields["segments"]
    np.testing.assert_array_equal(found.outcome.fields["features"], np.ones((2, 3)))
    assert found.outcome.fields["features"].dtype == np.float32
    assert (dropped.status, dropped.reason, dropped.outcome) == ("dropped", "no_scene", None)


def test_table_keeps_every_row_when_packed(tmp_path):
    stored = table(tmp_path)
    with stored.locked():
        for i in range(20):
            stored.append(row(f"v{i:02}", i))
        stored.pack()
    assert len(list(stored.dir.glob("part-*.parquet"))) == 1
    rows = {done.video_id: done for done in stored.scan(stored.index(), ["scenes"])}
    assert len(rows) == 20
    assert rows["v07"].outcome.fields == {"scenes": (Scene(0.0, 7.0), Scene(7.0, 14.0))}
    assert stored.get("v19", ["features"]).outcome.fields["features"][0, 0] == 19


def test_table_writes_rows_that_took_no_work_together(tmp_path):
    stored = table(tmp_path)
    with stored.locked():
        for i in range(450):
            stored.append(replace(row(f"v{i:03}", i), seconds=0.002))
        assert stored.get("v449", ["features"]).outcome.fields["features"][0, 0] == 449
        assert {done.video_id for done in stored.scan(["v449", "v000"], [])} == {"v000", "v449"}
        on_disk = table(tmp_path).index()  # what a kill would leave
        assert len(on_disk) == 250
        stored.append(row("dear"))
        assert table(tmp_path).index() == on_disk | {"dear"}
        assert len(list(stored.dir.glob("part-*.parquet"))) == 2
    assert len(table(tmp_path).index()) == 451
    again = table(tmp_path)
    with again.locked():
        again.pack()
    assert again.get("v300", ["features"]).outcome.fields["features"][0, 0] == 300
    assert len(list(stored.dir.glob("part-*.parquet"))) == 1


def test_table_finds_a_row_that_another_process_packed_meanwhile(tmp_path):
    writer, reader = table(tmp_path), table(tmp_path)
    with writer.locked():
        for i in range(3):
            writer.append(row(f"v{i}", i))
        reader.index()
        writer.pack()
    assert reader.get("v2", ["features"]).outcome.fields["features"][0, 0] == 2


@pytest.mark.parametrize("packs", [0, 1, 2])
def test_table_takes_the_newer_of_two_rows_and_keeps_one(tmp_path, packs):
    stored = table(tmp_path)
    with stored.locked():
        for i in range(3):
            stored.append(row(f"v{i}", i))
        stored.pack()
        stored.append(row("v1", 7))
        for _ in range(packs):
            stored.append(row("v9", 9))
            stored.pack()
    again = table(tmp_path)
    ids = again.index()
    found = {done.video_id: done for done in again.scan(ids, ["scenes"])}
    assert len(list(again.scan(ids, ["scenes"]))) == len(ids)
    assert found["v1"].outcome.fields["scenes"][0] == Scene(0.0, 7.0)
    assert again.get("v1", ["features"]).outcome.fields["features"][0, 0] == 7


def test_table_takes_the_newer_of_two_packed_rows(tmp_path, monkeypatch):
    stored = table(tmp_path)
    with stored.locked():
        for i in range(300):
            stored.append(row(f"v{i}", i))
        stored.pack()
        (old,) = stored.dir.glob("part-*.parquet")
        monkeypatch.setattr("ivg.holdings.PACK_BYTES", round(1.2 * old.stat().st_size))
        for video in ("v1", "w"):
            stored.append(row(video, 77))
        stored.pack()
    assert len(list(stored.dir.glob("part-packed-*.parquet"))) == 2
    assert stored.get("v1", ["features"]).outcome.fields["features"][0, 0] == 77


def test_table_survives_a_kill_between_packing_and_deleting(tmp_path):
    stored = table(tmp_path)
    with stored.locked():
        for i in range(3):
            stored.append(row(f"v{i}", i))
        kept = {part: part.read_bytes() for part in stored.dir.glob("part-v*.parquet")}
        stored.pack()
        for part, content in kept.items():
            part.write_bytes(content)
        stored.append(row("v3", 3))
        stored.pack()
    ids = stored.index()
    assert sorted(done.video_id for done in stored.scan(ids, [])) == ["v0", "v1", "v2", "v3"]


def pack_again_and_again(root: Path, stop) -> None:
    stored = table(root)
    i = 0
    while not stop.is_set():
        i += 1
        with stored.locked():
            stored.append(row("v0", 1))
            stored.append(row(f"w{i % 5}", 1))
            stored.pack()


def test_get_reads_on_while_another_process_packs(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    stored = table(tmp_path)
    with stored.locked():
        for i in range(5):
            stored.append(row(f"v{i}", 1))
    stored.index()
    stop = spawn.Event()
    other = spawn.Process(target=pack_again_and_again, args=(tmp_path, stop))
    other.start()
    ends = time.monotonic() + 3
    while time.monotonic() < ends:
        assert stored.get("v0", ["features"]).outcome.fields["features"][0, 0] == 1
    stop.set()
    other.join()
    assert other.exitcode == 0


def test_damaged_manifest_is_told_and_not_fatal(tmp_path, caplog):
    with table(tmp_path, {"threshold": 27}).locked():
        pass
    (manifest,) = tmp_path.glob("split/*/manifest.json")
    manifest.write_text("{half")
    assert table(tmp_path, {"threshold": 28}).label.nearest() == []
    assert str(manifest) in caplog.text


def test_table_removes_leftovers_of_a_killed_process(tmp_path):
    stored = table(tmp_path)
    with stored.locked():
        leftover = stored.dir / ".tmp-123-part-v1.parquet"
        leftover.write_bytes(b"half")
    assert stored.index() == frozenset()
    with stored.locked():
        assert not leftover.exists()


def test_table_leaves_out_a_broken_part_and_names_it(tmp_path, caplog):
    stored = table(tmp_path)
    with stored.locked():
        (stored.dir / "part-bad.parquet").write_bytes(b"not parquet")
    assert stored.index() == frozenset()
    assert "part-bad.parquet: damaged" in caplog.text
    with stored.locked():
        assert stored.index() == frozenset()
    assert not list(stored.dir.glob("part-*"))


@pytest.mark.parametrize("column", ["video_id", "features.values.list.element"])
@pytest.mark.parametrize("packed", [False, True])
def test_table_keeps_what_is_whole_of_a_damaged_part(tmp_path, caplog, packed, column):
    stored = table(tmp_path)
    with stored.locked():
        for i in range(2):
            stored.append(row(f"v{i}", i))
        if packed:
            stored.pack()
    part = sorted(stored.dir.glob("part-*.parquet"))[0]
    damage(part, column, group=0)
    again = table(tmp_path)
    assert again.index() == (frozenset() if packed else {"v1"})
    assert f"{part.name}: damaged" in caplog.text
    with again.locked():
        assert again.index() == {"v1"} or packed
        found = list(again.scan(again.index(), FIELDS))
    assert "v0" not in {done.video_id for done in found}
    assert not part.exists()


@pytest.mark.parametrize("held", [False, True])
def test_damage_that_is_met_late_costs_one_row_until_the_next_run(tmp_path, monkeypatch, held):
    """As in a table that is too big to be read whole each time."""
    monkeypatch.setattr("ivg.holdings.CHECK_BYTES", 0)
    stored = table(tmp_path)
    with stored.locked():
        for i in range(4):
            stored.append(row(f"v{i}", i, wide=40_000))
        stored.pack()
    (part,) = stored.dir.glob("part-*.parquet")
    damage(part, "features.values.list.element", group=1)
    again = table(tmp_path)
    assert again.index() == {"v0", "v1", "v2", "v3"}
    with again.locked() if held else nullcontext():
        with pytest.raises(StoreError, match=rf"{part.name}: damaged .*run again"):
            again.get("v1", FIELDS)
        assert again.get("v3", ["features"]).outcome.fields["features"][0, 0] == 3
    ids = table(tmp_path).index()
    assert "v1" not in ids
    assert "v3" in ids


def damage(part: Path, column: str, group: int) -> None:
    """Overwrite the pages of one column in one row group."""
    found = pq.ParquetFile(part).metadata.row_group(group)
    content = bytearray(part.read_bytes())
    (chunk,) = [
        chunk
        for chunk in (found.column(i) for i in range(found.num_columns))
        if chunk.path_in_schema == column
    ]
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    part.write_bytes(content)


def test_nearest_names_the_field_that_differs(tmp_path):
    for threshold, decimals in ((27, None), (30, 3)):
        with table(tmp_path, {"threshold": threshold, "decimals": decimals}).locked():
            pass
    new = table(tmp_path, {"threshold": 26, "decimals": 3})
    assert new.label.nearest() == ["config.threshold: 30 -> 26"]


def hold(root: Path, begun, seconds: float) -> None:
    with table(root).locked():
        begun.set()
        time.sleep(seconds)
        table(root).append(row("v1"))


def test_locked_waits_for_the_process_that_computes(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    begun = spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path, begun, 0.5))
    other.start()
    assert begun.wait(30)
    mine = table(tmp_path)
    with mine.locked():
        assert mine.index() == {"v1"}
    other.join()
