"""A set that is too big for one Ray pipeline goes through in rounds."""

from ivg.executors.passage import Passage
from ivg.executors.ray import rounds
from ivg.records import Video


def taken(n: int, bound: int, most: int) -> list[tuple[list[str], int]]:
    """The ids of each round, and the bound it was told."""
    passages = (Passage(Video(str(i), str(i))) for i in range(n))
    return [
        ([one.video.id for one in some], count) for some, count in rounds(passages, bound, most)
    ]


def test_rounds_take_each_video_once_and_in_order():
    assert taken(5, 5, 2) == [(["0", "1"], 2), (["2", "3"], 2), (["4"], 1)]


def test_rounds_end_where_fewer_come_than_could():
    assert taken(3, 9, 2) == [(["0", "1"], 2), (["2"], 2)]
    assert taken(2, 9, 2) == [(["0", "1"], 2)]


def test_rounds_of_nothing_are_none():
    assert taken(0, 9, 2) == []
