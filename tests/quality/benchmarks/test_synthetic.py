"""The planted structure is there, and comes from the seed."""

import numpy as np
import pytest

from ivg.errors import ConfigError
from ivg.quality.benchmarks.synthetic import Synthetic
from ivg.quality.probe.sample import budget, with_shuffled_texts


def inside(sample):
    centres = (np.arange(len(sample.features)) + 0.5) / len(sample.features)
    (start, end) = sample.windows[0]
    return (centres > start) & (centres < end)


def gap(samples):
    """How much closer to the text frames inside the window are, mean cosine."""
    cosines = [(inside(s), s.features @ s.text) for s in samples]
    return np.mean([c[i].mean() - c[~i].mean() for i, c in cosines])


def test_frames_inside_the_window_look_like_the_text():
    samples = Synthetic(n_videos=100).samples()
    # cosine of two noisy copies of one direction: 1 / (sqrt(2) * sqrt(2))
    assert gap(samples) == pytest.approx(0.5, abs=0.05)
    assert gap(with_shuffled_texts(samples, 0)) == pytest.approx(0, abs=0.05)


def test_without_noise_the_text_is_the_frame():
    for sample in Synthetic(n_videos=5, frame_noise=0, text_noise=0).samples():
        assert sample.features[inside(sample)] @ sample.text == pytest.approx(1)
        assert (sample.features[~inside(sample)] @ sample.text).max() < 0.9


def test_samples_come_from_the_seed():
    one, same, other = (Synthetic(n_videos=3, seed=seed).samples() for seed in (1, 1, 2))
    assert all(np.array_equal(a.features, b.features) for a, b in zip(one, same, strict=True))
    assert not any(np.array_equal(a.features, b.features) for a, b in zip(one, other, strict=True))


def test_more_videos_leave_the_first_as_they_are():
    few, many = Synthetic(n_videos=2).samples(), Synthetic(n_videos=4).samples()
    assert all(np.array_equal(a.text, b.text) for a, b in zip(few, many, strict=False))


def test_queries_are_the_samples_in_seconds():
    benchmark = Synthetic(n_videos=4, frames=10, scenes=3, frame_secs=2)
    for query, sample in zip(benchmark.queries(), benchmark.samples(), strict=True):
        assert (query.video, query.duration) == (sample.video, 20)
        assert query.windows == (tuple(sample.windows[0] * 20),)
        assert 0 <= query.windows[0][0] < query.windows[0][1] <= 20


def test_a_wrong_value_is_named():
    with pytest.raises(ConfigError, match=r"benchmark\.scenes must be a number from 1 to 4"):
        Synthetic(frames=4, scenes=5)


def test_budget_draws_without_replacement():
    samples = Synthetic(n_videos=20).samples()
    drawn = budget(samples, 5, seed=3)
    assert len({s.video for s in drawn}) == 5
    assert [s.video for s in drawn] == [s.video for s in budget(samples, 5, seed=3)]
    assert [s.video for s in drawn] != [s.video for s in budget(samples, 5, seed=4)]
    assert len(budget(samples, 50, 0)) == len(budget(samples, None, 0)) == 20
