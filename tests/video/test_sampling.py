import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import FrameUnavailableError
from ivg.video.sampling import (
    inside,
    nearest,
    published_middle,
    published_scene,
    published_segment,
)

starts = st.floats(0, 1e4)
lengths = st.floats(0.01, 1e3)


def test_inside_cuts_a_scene_into_equal_parts():
    assert inside(10.0, 14.0, 3) == [11.0, 12.0, 13.0]


def test_published_scene_adds_one_frame_a_step():
    # s=30, e=70: 40 // 4 + 1 = 11
    assert published_scene(3.0, 7.0, 10.0, 3) == [4.1, 5.2, 6.3]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 8, 9, 12])
def test_published_scene_falls_on_or_past_the_end_of_short_scenes(n):
    assert published_scene(0.0, n / 10, 10.0, 3)[-1] >= n / 10


@pytest.mark.parametrize("n", [7, 10, 11, 13, 14, 15, 40])
def test_published_scene_stays_inside_other_scenes(n):
    assert published_scene(0.0, n / 10, 10.0, 3)[-1] < n / 10


def test_published_segment_floors_the_step():
    # s=30, e=73: 43 // 4 = 10
    assert published_segment(3.0, 7.3, 10.0, 3) == [4.0, 5.0, 6.0]


def test_published_middle_rounds_up():
    assert published_middle(3.0, 7.3, 10.0) == [5.2]  # n=43: 30 + 22
    assert published_middle(3.0, 7.0, 10.0) == [5.0]


def test_published_positions_truncate_frame_numbers():
    # int(0.29 * 100) is 28: the published scripts lose a frame here, and so do we
    assert published_middle(0.29, 0.29, 100.0) == [0.28]


@given(starts, lengths, st.integers(1, 20))
def test_inside_lies_inside_and_ascends(start, length, k):
    times = inside(start, start + length, k)
    assert len(times) == k
    assert times == sorted(times)
    assert start <= times[0]
    assert times[-1] <= start + length


@given(starts, lengths, st.sampled_from([24000 / 1001, 25.0, 30.0, 59.94]), st.integers(1, 9))
def test_published_positions_are_whole_frames(start, length, fps, k):
    for times in (
        published_scene(start, start + length, fps, k),
        published_segment(start, start + length, fps, k),
        published_middle(start, start + length, fps),
    ):
        frames = np.array(times) * fps
        np.testing.assert_allclose(frames, np.round(frames), atol=1e-6)


def test_nearest_prefers_frames_of_the_scene():
    times = np.array([0.0, 1.9, 2.5, 3.9, 4.0])
    assert nearest(times, [2.0], 2.0, 4.0) == [2]
    assert nearest(times, [4.0], 2.0, 4.0) == [3]


def test_nearest_takes_any_frame_where_the_scene_has_none():
    assert nearest(np.array([0.0, 1.0, 9.0]), [5.5], 5.0, 6.0) == [2]


def test_nearest_takes_the_earlier_of_two_as_near():
    assert nearest(np.array([1.0, 2.0]), [1.5], 0.0, 3.0) == [0]


def test_nearest_without_any_frame_raises():
    with pytest.raises(FrameUnavailableError, match="split"):
        nearest(np.zeros(0), [1.0], 0.0, 2.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0, 100))
def test_nearest_is_nearest(times, wanted):
    array = np.sort(np.array(times))
    index = nearest(array, [wanted], 0.0, 101.0)[0]
    assert abs(array[index] - wanted) == np.abs(array - wanted).min()
