"""Who began what, and who died at it."""

import asyncio

import pytest

from ivg.executors import ray_beside
from ivg.executors.ray_beside import Attempts, Feed, Past


@pytest.fixture
def attempts(monkeypatch):
    """Of a cluster whose node `here` lives, and whose node `lost` does not."""
    monkeypatch.setattr(ray_beside, "living_nodes", lambda: {"here"})
    return Attempts()


def test_first_attempt_has_no_past(attempts):
    assert attempts.begin("scan", ["a", "b"], "here") == {}
    assert attempts.begin("embed", ["a"], "here") == {}


def test_death_among_others_makes_suspects_and_two_alone_make_it_sure(attempts):
    attempts.begin("embed", ["a", "b"], "here")
    assert attempts.begin("embed", ["a", "b"], "here") == dict.fromkeys("ab", Past(None, True, 0))
    for deaths in (1, 2):
        attempts.begin_alone("embed", "a", "here")
        assert attempts.begin("embed", ["a"], "here") == {"a": Past(None, True, deaths)}


def test_end_of_a_node_is_held_against_no_video(attempts):
    attempts.begin("scan", ["a"], "lost")
    assert attempts.begin("scan", ["a"], "here") == {}


def test_row_that_was_written_is_found_again_until_it_is_booked(attempts):
    attempts.begin("scan", ["a", "b"], "here")
    attempts.done("scan", "a", "part-a.parquet")
    attempts.done("scan", "b", None)
    assert attempts.begin("scan", ["a", "b"], "here") == {"a": Past("part-a.parquet")}
    attempts.forget(["scan"], ["a", "b"])
    assert attempts.begin("scan", ["a"], "here") == {}


def test_feed_keeps_a_block_until_it_is_forgotten_and_knows_its_end():
    async def use() -> list[object]:
        feed = Feed()
        waiting = asyncio.create_task(feed.get(0))
        past = asyncio.create_task(feed.get(1))
        await asyncio.sleep(0)
        await feed.put(0, "block")
        await feed.end(1)
        found = [await waiting, await feed.get(0), await past]
        await feed.forget(0)
        return [*found, await feed.get(0)]

    assert asyncio.run(use()) == ["block", "block", None, None]


def test_feed_that_is_stopped_gives_out_no_new_block_but_old_ones_again():
    async def use() -> list[object]:
        feed = Feed()
        await feed.put(0, "first")
        await feed.put(1, "second")
        given = await feed.get(0)
        waiting = asyncio.create_task(feed.get(2))
        await asyncio.sleep(0)
        await feed.stop()
        return [given, await feed.get(0), await feed.get(1), await waiting]

    assert asyncio.run(use()) == ["first", "first", None, None]
