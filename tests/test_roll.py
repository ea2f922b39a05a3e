"""Lists of parts on a remote store: what a killed driver never listed is found again."""

from uuid import uuid4

import pytest
from stored_rows import row, table

from ivg.remote import located
from ivg.shard import Shard


@pytest.fixture(params=["s3", "memory"])
def place(request, s3):
    root = "bucket" if request.param == "s3" else "root"
    return located(f"{request.param}://{root}/{uuid4().hex}")


@pytest.mark.parametrize("shard", [Shard(0, 1), Shard(3, 64)])
def test_lock_takes_in_what_workers_of_a_killed_driver_have_written(place, shard):
    for video in ("v1", "v2"):
        table(place, shard=shard).write(row(video))
    stored = table(place, shard=shard)
    assert stored.index() == set()
    with stored.locked():
        assert stored.index() == {"v1", "v2"}
        stored.append(row("v3"))
        stored.pack()
    assert table(place, shard=shard).index() == {"v1", "v2", "v3"}


def test_lock_takes_in_no_older_row_instead_of_a_newer_one(place):
    table(place).write(row("v1", 1))
    lost, stored = table(place), table(place)
    with stored.locked():
        lost.write(row("v1", 1))
        stored.append(row("v1", 2))
    with stored.locked():
        stored.index()
        assert stored.get("v1", ["features"]).outcome.fields["features"][0, 0] == 2
        stored.pack()
    again = table(place)
    again.index()
    assert again.get("v1", ["features"]).outcome.fields["features"][0, 0] == 2
