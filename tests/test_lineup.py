"""Which videos are on the line, in little memory."""

from pathlib import Path

import numpy as np
import pytest

from ivg.lineup import Entry, Lineup
from ivg.records import Caption, Video
from ivg.truth import Truth

NAMES = ["b.mp4", "a.mp4", "é.mp4", "z \U0001f600.mp4", "odd \udcff.mp4", "Z.mp4"]


def lineup() -> Lineup:
    return Lineup.of(Video(f"id-{name}", name, Path("/v") / name) for name in NAMES)


def test_lineup_is_sorted_by_name_and_keeps_odd_names_and_paths():
    expected = [Entry(f"id-{name}", name, Path("/v") / name) for name in sorted(NAMES)]
    assert list(lineup()) == expected
    assert len(lineup()) == len(NAMES)


def test_lineup_gives_some_of_its_videos():
    names = [entry.name for entry in lineup()]
    assert [entry.name for entry in lineup().take([2, 0])] == [names[2], names[0]]
    stays = np.array([name < "c" for name in names])
    assert [entry.name for entry in lineup().kept(stays)] == [n for n in names if n < "c"]
    assert lineup().among({"id-a.mp4"}).tolist() == [name == "a.mp4" for name in names]
    assert [len(part) for part in lineup().batches(4)] == [4, 2]


@pytest.mark.parametrize(
    "known",
    [
        {"duration": 1.0},
        {"captions": (Caption(0, 1, "x"),)},
        {"similarity": np.ones((1, 1))},
        {"truth": Truth(())},
    ],
)
def test_lineup_keeps_the_records_of_which_more_is_known(known):
    more = Video("x", "x", **known)
    found = Lineup.of([Video("y", "y"), more])
    first, second = found.records()
    assert first is more
    assert (second.id, second.name, second.path) == ("y", "y", None)
    assert set(found.given) == {"x"}


def test_empty_lineup_has_no_videos():
    assert list(Lineup.of(())) == list(Lineup.of(()).batches()) == []
