"""Tables on a remote store: a real S3 server, and fsspec's memory."""

import json
import socket
from uuid import uuid4

import numpy as np
import pytest
from stored_rows import FIELDS, row, table

from ivg import remote
from ivg.errors import ConfigError, StoreError
from ivg.lease import LEASE, Lease, processes
from ivg.remote import located


@pytest.fixture
def place(s3):
    return located(f"s3://bucket/{uuid4().hex}")


@pytest.fixture(params=["s3", "memory"])
def anywhere(request, s3):
    root = "bucket" if request.param == "s3" else "root"
    return located(f"{request.param}://{root}/{uuid4().hex}")


def test_remote_table_gives_back_what_was_stored(anywhere):
    stored = table(anywhere)
    with stored.locked():
        for i in range(5):
            stored.append(row(f"v{i}", i))
        assert stored.index() == {f"v{i}" for i in range(5)}
        assert stored.get("v4", ["features"]).outcome.fields["features"][0, 0] == 4
    again = table(anywhere)
    assert again.index() == {f"v{i}" for i in range(5)}
    assert (
        again.get("v3", FIELDS).outcome.fields["captions"]
        == row("v3", 3).outcome.fields["captions"]
    )
    np.testing.assert_array_equal(
        again.get("v3", ["features"]).outcome.fields["features"], np.full((2, 3), 3)
    )
    assert {done.video_id for done in again.scan(again.index(), ["scenes"])} == again.index()


def test_remote_table_sends_few_parts_and_packs_them(place, s3, monkeypatch):
    stored = table(place)
    with stored.locked():
        for i in range(50):
            stored.append(row(f"v{i}", i))
        names = {where for method, where in s3.asked if method == "PUT" and "/part-" in where}
        assert len(names) == 1  # the first row goes out at once, the others wait
        stored.pack()
    parts = json.loads(remote.read(stored.dir / "index.json"))["parts"]
    assert len(parts) == 1
    assert len(table(place).index()) == 50


def test_remote_rows_are_sent_by_bytes_and_by_seconds(place, monkeypatch):
    stored = table(place)
    with stored.locked():
        stored.append(row("v0"))
        stored.append(row("v1"))
        assert table(place).index() == {"v0"}
        monkeypatch.setattr("ivg.store.BUFFER_SECS", 0.0)
        stored.append(row("v2"))
        assert table(place).index() == {"v0", "v1", "v2"}
        monkeypatch.setattr("ivg.store.BUFFER_SECS", 1e9)
        stored.append(row("v3"))
        assert "v3" not in table(place).index()
        monkeypatch.setattr("ivg.store.BUFFER_BYTES", 100)
        stored.append(row("v4"))
        assert len(table(place).index()) == 5


def test_remote_rows_are_sent_when_the_run_fails(place):
    stored = table(place)
    with pytest.raises(ZeroDivisionError), stored.locked():
        _ = [stored.append(row(f"v{i}", 1 / (3 - i))) for i in range(9)]
    assert len(table(place).index()) == 3


def test_remote_resume_reads_the_index_and_never_lists(place, s3):
    stored = table(place)
    with stored.locked():
        for i in range(20):
            stored.append(row(f"v{i}", i))
        stored.pack()
    s3.asked.clear()
    again = table(place)
    ids = again.index()
    light = ["scenes", "captions", "segments"]
    assert len(list(again.scan(ids, light))) == 20
    assert s3.listings() == []
    assert len(s3.asked) <= 3
    assert all("/index.json" in where or "/light-" in where for _, where in s3.asked)


def test_missing_objects_are_no_reason_to_list(place, s3):
    assert table(place).index() == frozenset()
    assert table(place).label.models == {}
    assert s3.listings() == []


@pytest.mark.parametrize("name", ["part-", "light-", "index.json"])
def test_remote_damage_is_noticed_and_what_is_whole_is_kept(place, name, caplog):
    stored = table(place)
    with stored.locked():
        for i in range(3):
            stored.append(row(f"v{i}", i))
        stored.pack()
    (found,) = [one for one in remote.children(stored.dir) if one.startswith(name)]
    content = bytearray(remote.read(stored.dir / found))
    content[len(content) // 2] ^= 0xFF
    remote.put(stored.dir / found, bytes(content))
    again = table(place)
    with again.locked():
        ids = again.index()
        rows = list(again.scan(ids, FIELDS))
        left = {done.video_id for done in rows}
        again.pack()
    assert all(done.outcome.fields["features"][0, 0] == int(done.video_id[1:]) for done in rows)
    assert table(place).index() == left
    assert "damaged" in caplog.text
    assert left == {"v0", "v1", "v2"} or name == "part-"


def test_workers_that_read_many_parts_pack_none(anywhere, monkeypatch, caplog):
    """Only who holds the lock may join and delete."""
    monkeypatch.setattr("ivg.holdings.LOOSE_MOST", 5)
    driver, worker, reader = table(anywhere), table(anywhere), table(anywhere)
    with driver.locked():
        driver.index()
        for number in range(23):
            part = worker.write(row(f"v{number:02}", number))
            found = reader.read(part, f"v{number:02}", ["features"])
            assert found.outcome.fields["features"][0, 0] == number
            driver.adopt(part, [f"v{number:02}"])
        early = reader.read(part, "v22", ["features"])
        driver.pack()
        again = reader.read(part, "v22", ["features"])  # packed meanwhile
        assert early.outcome.fields["features"][0, 0] == again.outcome.fields["features"][0, 0]
    assert table(anywhere).index() == {f"v{number:02}" for number in range(23)}
    assert "not used" not in caplog.text


def test_workers_write_parts_that_the_driver_adopts(anywhere):
    stored, worker = table(anywhere), table(anywhere)
    with stored.locked():
        parts = {video: worker.write(row(video)) for video in ("v1", "v2")}
        for video, part in parts.items():
            stored.adopt(part, [video])
        assert stored.get("v2", ["scenes"]).outcome.fields["scenes"][0].end_sec == 1.0
        assert stored.index() == {"v1", "v2"}
        stored.pack()
    assert table(anywhere).index() == {"v1", "v2"}


def test_secrets_are_refused_where_they_would_be_written_down():
    for options in ({"secret": "x"}, {"client_kwargs": {"aws_secret_access_key": "x"}}):
        with pytest.raises(ConfigError, match="environment"):
            located("s3://bucket/prefix", options)
    with pytest.raises(ConfigError, match="password"):
        located("sftp://user:secret@host/prefix")
    assert remote.is_remote(located("s3://bucket/x", {"endpoint_url": "http://127.0.0.1:1"}))


def test_local_addresses_are_plain_paths(tmp_path):
    assert located(f"file://{tmp_path}") == located(str(tmp_path)) == tmp_path


def test_unknown_protocols_are_refused():
    with pytest.raises(ConfigError, match=r"store\.dir=nonsense://x"):
        located("nonsense://x")


def test_missing_bucket_is_told(s3):
    stored = table(located("s3://no-such-bucket/x"))
    assert stored.index() == frozenset()
    with (
        pytest.raises(StoreError, match=r"s3://no-such-bucket.*create the bucket"),
        stored.locked(),
    ):
        pass


def test_server_that_is_down_is_told(s3, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("ivg.remote.ATTEMPTS", 2)
    where = located("s3://bucket/x", {"endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreError, match=r"s3://bucket/x/.*Could not connect"):
        table(where).index()


def test_missing_credentials_are_told(s3, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    where = located("s3://bucket/x", {"skip_instance_cache": True})
    with pytest.raises(StoreError, match=r"no credentials.*AWS_ACCESS_KEY_ID"):
        table(where).index()


@pytest.mark.slow
def test_errors_that_pass_are_tried_again(place, s3):
    s3.failing = 0.2
    stored = table(place)
    with stored.locked():
        for i in range(10):
            stored.append(row(f"v{i}", i))
            stored.flush()
        stored.pack()
    assert len(table(place).index()) == 10
    assert s3.failed > 0


def test_lease_of_a_dead_process_is_taken_over_at_once(place):
    stored = table(place)
    dead = {"processes": processes(), "pid": 2**22 + 1, "id": "x", "beat": 0}
    remote.put(stored.dir / LEASE, json.dumps(dead).encode())
    with stored.locked():
        assert b'"x"' not in remote.read(stored.dir / LEASE)
    with pytest.raises(FileNotFoundError):
        remote.read(stored.dir / LEASE)


def test_lease_of_a_container_of_this_name_is_not_taken_for_that_of_a_dead_process(place):
    lease, dead = Lease(table(place).dir / LEASE), 2**22 + 1
    beside = {"processes": f"{processes()}0", "host": socket.gethostname(), "pid": dead, "id": "x"}
    remote.put(lease.path, json.dumps(beside).encode())
    assert not lease.is_dead()
    assert not lease.has_ended()


def test_lease_of_a_silent_process_is_taken_over(place, monkeypatch):
    monkeypatch.setattr("ivg.lease.SILENT_SECS", 1.5)
    monkeypatch.setattr("ivg.lease.LOOK_SECS", 0.2)
    stored = table(place)
    elsewhere = {"processes": "elsewhere", "pid": 1, "id": "x", "beat": 0}
    remote.put(stored.dir / LEASE, json.dumps(elsewhere).encode())
    with stored.locked():
        stored.append(row("v1"))
    assert table(place).index() == {"v1"}


def test_second_driver_waits_for_the_first(place):
    import threading

    mine, theirs = table(place), table(place)
    order = []

    def other():
        with theirs.locked():
            order.append(("theirs", frozenset(theirs.index())))

    waiting = threading.Thread(target=other)
    with mine.locked():
        waiting.start()
        mine.append(row("v1"))
        mine.append(row("v2"))
        waiting.join(1.5)
        order.append(("mine", frozenset(mine.index())))
    waiting.join(30)
    assert order == [("mine", {"v1", "v2"}), ("theirs", {"v1", "v2"})]


def test_second_driver_does_not_wait_where_it_may_not(place):
    busy = pytest.raises(StoreError, match="another process is computing")
    with table(place).locked(), busy, table(place).locked(wait=False):
        pass


def test_doctor_probes_a_remote_store(place, s3):
    from ivg.doctor.machine import examine_store

    assert (found := examine_store(place)).state == "ok"
    assert "locks work" in found.text
    assert remote.children(place) == []
    assert examine_store(located("s3://no-such-bucket/x")).state == "bad"


def test_emptied_part_is_damage_and_costs_no_run(place, caplog):
    stored = table(place)
    with stored.locked():
        stored.append(row("v1"))
    for name in remote.children(stored.dir):
        if "part-" in name:
            remote.put(stored.dir / name, b"")
    assert table(place).index() == set()
    assert "damaged" in caplog.text


@pytest.mark.parametrize("option", ["max_pool_connections", "connect_timeout"])
def test_ordinary_options_are_no_secrets(option):
    located("s3://bucket/x", {"config_kwargs": {option: 5}})
