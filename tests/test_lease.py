"""Who waits for whom on one table: shards side by side, all others one after the other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from stored_rows import FIELDS, row, table

from ivg import remote
from ivg.lease import lease_of
from ivg.locks import BusyError
from ivg.remote import located
from ivg.shard import WHOLE, Shard

FIRST, SECOND = Shard(0, 2), Shard(1, 2)
HOLD = """
import sys
from pathlib import Path
from stored_rows import row, table
from ivg.remote import located
from ivg.shard import Shard

mine = table(located(sys.argv[1]), shard=Shard(int(sys.argv[2]), int(sys.argv[3])))
with mine.locked():
    print("held", flush=True)
    mine.append(row(f"v{sys.argv[2]}", 7))
    sys.stdin.readline()
    mine.pack()
"""


@pytest.fixture(params=["folder", "s3"])
def where(request, s3, tmp_path) -> str:
    return str(tmp_path) if request.param == "folder" else f"s3://bucket/{uuid4().hex}"


@contextmanager
def holding(where: str, shard: Shard) -> Iterator[subprocess.Popen]:
    """A process of its own that holds its share until it is sent a line."""
    given = [where, str(shard.index), str(shard.count)]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *given],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def end(process: subprocess.Popen) -> None:
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(60) == 0


def is_free(where: str, shard: Shard) -> bool:
    try:
        with table(located(where), shard=shard).locked(wait=False):
            return True
    except BusyError:
        return False


def test_shards_of_one_count_hold_a_table_together_and_all_see_both(where):
    with holding(where, FIRST) as first, holding(where, SECOND) as second:
        assert first.stdout.readline() == second.stdout.readline() == "held\n"
        end(second)
        end(first)
    whole = table(located(where))
    assert whole.index() == {"v0", "v1"}
    assert whole.get("v1", ["scenes"]).outcome.fields["scenes"][0].end_sec == 7


@pytest.mark.parametrize(
    ("holder", "free", "busy"),
    [
        (FIRST, [SECOND], [FIRST, WHOLE, Shard(0, 3), Shard(1, 3)]),
        (WHOLE, [], [WHOLE, FIRST, Shard(2, 3)]),
    ],
)
def test_shares_with_videos_in_common_exclude_each_other(where, holder, free, busy):
    with holding(where, holder) as process:
        assert process.stdout.readline() == "held\n"
        assert [one for one in free + busy if is_free(where, one)] == free
        end(process)
    assert all(is_free(where, one) for one in free + busy)


def waiting_behind(processes, where):
    """A shard that holds its share, and a run over all videos that waits for it."""
    first = processes.enter_context(holding(where, FIRST))
    assert first.stdout.readline() == "held\n"
    whole = processes.enter_context(holding(where, WHOLE))
    with pytest.raises(subprocess.TimeoutExpired):
        whole.wait(4)
    return first, whole


def test_run_over_all_waits_for_shards_and_finds_what_they_stored(where):
    with ExitStack() as processes:
        first, whole = waiting_behind(processes, where)
        end(first)
        assert whole.stdout.readline() == "held\n"
        end(whole)
    assert table(located(where)).index() == {"v0"}


def test_lease_of_a_run_over_all_that_waits_holds_off_shards_that_come_later(s3):
    where = f"s3://bucket/{uuid4().hex}"
    with ExitStack() as processes:
        first, whole = waiting_behind(processes, where)
        with holding(where, SECOND) as second:
            end(first)
            assert whole.stdout.readline() == "held\n"
            end(whole)
            assert second.stdout.readline() == "held\n"
            end(second)
    assert table(located(where)).index() == {"v0", "v1"}


def test_shard_that_is_killed_is_taken_over_by_its_rerun_only(where):
    with holding(where, FIRST) as first, holding(where, SECOND) as second:
        assert first.stdout.readline() == second.stdout.readline() == "held\n"
        first.kill()
        first.wait(30)
        assert not is_free(where, WHOLE)
        assert is_free(where, FIRST)
        end(second)
    assert is_free(where, WHOLE)


def test_silent_shards_are_waited_for_together(s3, monkeypatch):
    monkeypatch.setattr("ivg.lease.SILENT_SECS", 1.5)
    monkeypatch.setattr("ivg.lease.LOOK_SECS", 0.2)
    mine = table(located(f"s3://bucket/{uuid4().hex}"))
    for index in range(20):
        silent = {"processes": "elsewhere", "pid": 1, "id": f"x{index}", "beat": 0}
        remote.put(lease_of(mine.dir, Shard(index, 20)).path, json.dumps(silent).encode())
    with mine.locked():
        mine.append(row("v1"))
    assert remote.children(mine.dir / "leases") == []


def test_shard_leaves_to_its_neighbour_what_is_its_neighbours(where):
    place = located(where)
    first, second = table(place, shard=FIRST), table(place, shard=SECOND)
    with first.locked(), second.locked():
        for number in range(3):
            first.append(row(f"a{number}"))
            first.flush()
            second.append(row(f"b{number}"))
            second.flush()
        first.pack()
        assert first.index() == {"a0", "a1", "a2"}
        assert second.get("b1", ["features"]).outcome.fields["features"][0, 0] == 1
        second.pack()
    whole = table(place)
    assert {done.video_id for done in whole.scan(whole.index(), FIELDS)} == whole.index()
    assert len(whole.index()) == 6
    names = {part.path.parent.name for part in whole._holdings.roll.parts()}
    assert names == {"0-of-2", "1-of-2"}
    assert len(whole._holdings.roll.parts()) == 2


def test_run_over_all_packs_what_shards_left(where):
    place = located(where)
    for shard in (FIRST, SECOND):
        with table(place, shard=shard).locked():
            pass
        with (mine := table(place, shard=shard)).locked():
            mine.append(row(f"v{shard.index}", shard.index))
    whole = table(place)
    with whole.locked():
        whole.append(row("v2", 2))
        whole.pack()
    (part,) = whole._holdings.roll.parts()
    assert part.path.parent.name == whole.dir.name
    again = table(place)
    done = list(again.scan(again.index(), ["features"]))
    values = {one.video_id: one.outcome.fields["features"][0, 0] for one in done}
    assert values == {"v0": 0, "v1": 1, "v2": 2}
    assert table(place, shard=FIRST).index() == {"v0", "v1", "v2"}


def test_reading_what_shards_stored_never_lists(s3):
    place = located(f"s3://bucket/{uuid4().hex}")
    for shard in (Shard(1, 3), Shard(2, 3)):
        with (mine := table(place, shard=shard)).locked():
            mine.append(row(f"v{shard.index}"))
    s3.asked.clear()
    assert table(place).index() == {"v1", "v2"}
    assert table(place, shard=Shard(1, 3)).index() == {"v1"}
    assert s3.listings() == []


def test_damaged_index_of_a_table_still_leads_to_its_shards(s3, caplog):
    place = located(f"s3://bucket/{uuid4().hex}")
    with (mine := table(place, shard=FIRST)).locked():
        mine.append(row("v1"))
    index = mine.dir / "index.json"
    remote.put(index, remote.read(index).replace(b"2", b"3"))
    assert table(place).index() == {"v1"}
    assert "damaged" in caplog.text
    with (mine := table(place, shard=FIRST)).locked():
        assert mine.index() == {"v1"}


def test_damaged_part_of_a_run_over_all_is_left_to_it_by_shards(where):
    place = located(where)
    with (whole := table(place)).locked():
        whole.append(row("v1", 1))
        whole.append(row("v2", 2))
        whole.pack()
    (part,) = whole._holdings.roll.parts()
    content = bytearray(part.path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    part.path.write_bytes(bytes(content))
    with (mine := table(place, shard=FIRST)).locked():
        list(mine.scan(mine.index(), FIELDS))
        assert mine.index() == set()
        mine.append(row("v1", 1))
        mine.pack()
        assert mine.index() == {"v1"}
    assert part in table(place)._holdings.roll.parts()
    with (whole := table(place)).locked():
        list(whole.scan(whole.index(), FIELDS))
        assert "v1" in whole.index()
    assert part not in table(place)._holdings.roll.parts()
