import numpy as np
import pytest

from ivg.errors import ConfigError
from ivg.quality.bootstrap import Bootstrap


def test_mean_resamples_videos_not_rows():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 50)
    values = rng.normal(size=30)[groups]
    by_video = Bootstrap(200).mean("x", values, groups, 1, None)
    by_row = Bootstrap(200).mean("x", values, np.arange(len(values)), 1, None)
    assert by_video.high - by_video.low > 4 * (by_row.high - by_row.low)
    assert by_video.value == pytest.approx(values.mean())
    assert by_video.low < by_video.value < by_video.high


def test_mean_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        one = Bootstrap(200).mean("x", rng.normal(size=60), np.arange(60), 1, None)
        hits += one.low <= 0 <= one.high
    assert 0.88 <= hits / 200 <= 0.99


def test_mean_leaves_out_what_could_not_be_measured():
    one = Bootstrap(50).mean("x", np.array([1.0, np.nan, 3.0]), np.array([0, 1, 2]), -1, 0.5)
    assert (one.value, one.n, one.better, one.floor) == (2.0, 2, -1, 0.5)
    none = Bootstrap(50).mean("x", np.array([np.nan]), np.array([0]), 1, None)
    assert (none.value, none.low, none.high, none.n) == (None, None, None, 0)


def test_mean_of_one_video_resamples_its_rows():
    one = Bootstrap(50).mean("x", np.array([0.0, 1.0, 2.0, 5.0]), np.zeros(4, int), 1, None)
    assert one.low < one.value < one.high


def test_statistic_equals_the_mean_where_it_is_one():
    rng = np.random.default_rng(2)
    values, groups = rng.normal(size=40), np.repeat(np.arange(10), 4)
    mean = Bootstrap(100).mean("x", values, groups, 1, None)
    same = Bootstrap(100).statistic("x", lambda rows: float(values[rows].mean()), groups, 1)
    assert (same.value, same.n) == (pytest.approx(mean.value), mean.n)
    assert same.low == pytest.approx(mean.low, abs=0.05)
    assert same.high == pytest.approx(mean.high, abs=0.05)


def test_statistic_of_different_things_has_its_value_in_its_interval():
    groups = np.repeat(np.arange(12), 5)
    one = Bootstrap(100).statistic("x", lambda rows: float(len(set(rows.tolist()))), groups, 1)
    assert one.low <= one.value == 60 <= one.high


def test_intervals_are_the_same_for_the_same_seed():
    values, groups = np.arange(20.0), np.arange(20)
    ones = [Bootstrap(50, seed).mean("x", values, groups, 1, None) for seed in (3, 3, 4)]
    assert ones[0] == ones[1] != ones[2]


@pytest.mark.parametrize("wrong", [{"resamples": 5}, {"resamples": "many"}, {"seed": -1}])
def test_bootstrap_names_the_wrong_key(wrong):
    with pytest.raises(ConfigError, match=f"quality.bootstrap.{next(iter(wrong))}"):
        Bootstrap(**wrong)


def test_total_and_ratio_are_those_of_statistic():
    rng = np.random.default_rng(4)
    above, below, groups = rng.random(60), rng.random(60), np.repeat(np.arange(20), 3)
    boot = Bootstrap(400)
    sums = boot.statistic("x", lambda rows: float(above[rows].sum()), groups, 1)
    shares = boot.statistic(
        "x", lambda rows: float(above[rows].sum() / below[rows].sum()), groups, 0
    )
    for one, other in (
        (boot.total("x", above, groups, 1), sums),
        (boot.ratio("x", above, below, groups, 0), shares),
    ):
        assert (one.value, one.n, one.better) == (pytest.approx(other.value), 60, other.better)
        assert [one.low, one.high] == pytest.approx([other.low, other.high], rel=0.02)
    none = boot.ratio("x", above, np.zeros(60), groups, 0)
    assert (none.value, none.low, none.high, none.n) == (None, None, None, 60)
