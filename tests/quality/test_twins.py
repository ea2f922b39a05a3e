"""Scenes that show the same as the segment are found by looks and words together."""

from dataclasses import replace

import numpy as np
import pytest
from planted import FRAMES, planted

from ivg.errors import ConfigError
from ivg.quality.measures.twins import Twins


@pytest.fixture
def video():
    """Eight scenes, the last a twin of the first, whose span takes it in."""
    (one,) = planted(1, twins=True)
    first, *rest = one.annotations
    return replace(one, annotations=(replace(first, neg_end_sec=one.duration), *rest))


def shares(video, **config):
    return Twins(**config).see(video)["twins"]


def test_twin_in_the_span_is_a_false_negative(video):
    found = shares(video)
    assert found[0] == pytest.approx(1 / 7)
    assert not found[1:].any()


def test_scene_that_the_caption_fits_but_looks_otherwise_is_none(video):
    frames = video.judge_frames.copy()
    frames[2 * FRAMES : 3 * FRAMES] = video.judge_captions[0] * 2 + frames[2 * FRAMES : 3 * FRAMES]
    told = replace(video, judge_frames=frames)
    assert shares(told, alike=0.0, fit=0.5)[0] == pytest.approx(2 / 7)
    assert shares(told, alike=1.0, fit=0.5)[0] < 2 / 7


def test_level_is_the_videos_own(video):
    """A direction that all its frames share makes no twins of them."""
    shared = 5 * np.ones(video.judge_frames.shape[1]) / np.sqrt(video.judge_frames.shape[1])
    hazy = replace(video, judge_frames=video.judge_frames + shared)
    np.testing.assert_allclose(shares(hazy, fit=0.0), shares(video, fit=0.0))


def test_one_frame_a_scene_is_enough(video):
    keep = np.arange(0, len(video.judge_times), FRAMES)
    few = replace(video, judge_frames=video.judge_frames[keep], judge_times=video.judge_times[keep])
    assert shares(few)[0] in (0.0, pytest.approx(1 / 7))
    assert not shares(few)[1:].any()


def test_level_out_of_range_is_refused():
    with pytest.raises(ConfigError, match=r"quality\.measures\.twins\.alike"):
        Twins(alike=2.0)
