"""Cosines of captions with scenes and stretches of time, against the whole matrix."""

from dataclasses import replace

import numpy as np
import pytest
from planted import planted

from ivg.quality import judged as module
from ivg.quality.judged import caption_vectors, judged, window_sums, windows_of
from ivg.quality.measures.boundary import Boundary
from ivg.quality.measures.diversity import vendi_of
from ivg.quality.measures.groundability import Groundability
from ivg.quality.measures.twins import Twins
from ivg.stages.vectors import cosines, unit


@pytest.fixture
def video():
    """With a scene of which no frame is left, and another whose frames are uneven."""
    (one,) = planted(1)
    keep = np.ones(len(one.judge_times), dtype=bool)
    keep[[4, 5, 6, 7, 9]] = False
    return replace(one, judge_frames=one.judge_frames[keep], judge_times=one.judge_times[keep])


def test_scene_cosines_are_means_over_frames(video):
    matrix = cosines(caption_vectors(video), video.judge_frames)
    (found,) = judged(video)
    for i, scene in enumerate(video.scenes):
        inside = (video.judge_times >= scene.start_sec) & (video.judge_times < scene.end_sec)
        if inside.any():
            np.testing.assert_allclose(found.scenes[:, i], matrix[:, inside].mean(axis=1))
        assert not inside.any() or found.own[i, i]
    assert not found.own[:, 1].any()
    assert not found.context[:, 1].any()


def test_window_sums_are_sums_over_frames(video):
    matrix, times = cosines(caption_vectors(video), video.judge_frames), windows_of(video)
    sums, counts = window_sums(video, times.starts + 1, times.ends + 3)
    for i, row in enumerate(video.annotations):
        inside = (video.judge_times >= row.start_sec + 1) & (video.judge_times < row.end_sec + 3)
        assert counts[i] == inside.sum()
        assert sums[i] == pytest.approx(matrix[i, inside].sum(), abs=1e-12)


def test_rows_in_blocks_give_the_same(video, monkeypatch):
    whole = Groundability().see(video)
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 3 * len(video.scenes))
    assert [len(block.scenes) for block in judged(video)] == [3, 3, 2]
    for name, column in Groundability().see(video).items():
        np.testing.assert_allclose(column, whole[name])


def test_video_without_frames_or_rows_has_nothing_to_measure(video):
    blind = replace(video, judge_frames=video.judge_frames[:0], judge_times=np.zeros(0))
    for measure in (Groundability(), Twins(), Boundary()):
        for column in measure.see(blind).values():
            assert np.isnan(column).all()
            assert len(column) == len(video.annotations)
        assert all(
            len(column) == 0 for column in measure.see(replace(video, annotations=())).values()
        )


@pytest.mark.parametrize("kinds", [5, 100])
def test_vendi_of_repeated_vectors_is_that_of_all_rows(kinds):
    from vendi_score.vendi import score_dual

    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(kinds, 16)))[rng.integers(kinds, size=200)]
    rows = rng.integers(200, size=150)
    expected = score_dual(vectors[rows], normalize=False)
    assert vendi_of(vectors)(rows) == pytest.approx(expected)
