"""Stretches of video as samples: which frame stands at which point of the grid."""

import numpy as np
import pytest

from ivg.quality.probe.asked import Asked
from ivg.quality.probe.grid import gridded, nearest_index, stretch_sample
from ivg.records import Video

TIMES = np.array([0.5, 1.4, 3.0, 3.2, 6.0])
FRAMES = np.arange(5.0)[:, None]


def video(**more):
    return Video("v", "v", duration=8.0, judge_frames=FRAMES, judge_times=TIMES, **more)


def test_gridded_takes_the_nearest_frame_of_the_stretch():
    # middles 1.5, 2.5, 3.5; the frame at 0.5 is outside
    assert gridded(FRAMES, TIMES, 1.0, 4.0, 1.0).ravel().tolist() == [1, 2, 3]
    assert gridded(FRAMES, TIMES, 0.0, 6.0, 2.0).ravel().tolist() == [1, 2, 4]


@pytest.mark.parametrize(("end", "steps"), [(0.2, 1), (1.4, 1), (1.6, 2), (8.0, 8)])
def test_gridded_has_the_nearest_whole_number_of_steps(end, steps):
    assert len(gridded(FRAMES, np.array([0.0, 0.1, 0.15, 0.18, 0.2]), 0.0, end, 1.0)) == steps


def test_nearest_index_is_that_of_a_search_by_hand():
    rng = np.random.default_rng(0)
    times, wanted = np.sort(rng.uniform(0, 9, 20)), rng.uniform(-1, 10, 200)
    by_hand = np.abs(times[None] - wanted[:, None]).argmin(axis=1)
    assert (nearest_index(times, wanted) == by_hand).all()
    assert nearest_index(np.array([1.0, 3.0]), np.array([2.0])).tolist() == [0]


def test_stretch_sample_tells_windows_as_shares_of_the_stretch():
    found = stretch_sample(video(), np.ones(1), (2.0, 6.0), [(3.0, 4.0)], 1.0)
    assert found.windows.tolist() == [[0.25, 0.5]]
    assert found.seconds.tolist() == [[1.0, 2.0]]
    assert found.duration == 4.0
    assert stretch_sample(video(), np.ones(1), (6.5, 8.0), [(7.0, 8.0)], 1.0) is None


def test_asked_clamps_windows_and_counts_what_it_cannot_ask():
    asked, text = Asked(), np.ones(1)
    asked.ask(video(), [(text, [(7.0, 99.0), (20.0, 21.0)]), (text, [(8.0, 9.0)])], 1.0)
    asked.ask(Video("w", "w", duration=8.0), [(text, [(1, 2)])], 1.0)
    assert [sample.seconds.tolist() for sample in asked.samples] == [[[7.0, 8.0]]]
    assert asked.left_out == {"outside_video": {"v": 1}, "no_frame": {"w": 1}}
