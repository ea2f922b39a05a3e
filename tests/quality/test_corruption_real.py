"""The measures fall with the damage that they watch, on real frames with the real small judge."""

import numpy as np
import pytest
import real_montages
from scipy.stats import spearmanr
from test_corruption import SHARES, TINY, figures


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return real_montages.good_montages(tmp_path_factory.mktemp("montages"), 16)


BLIND_TO_WORDS = ("yield/annotations", "yield/hours", "bias/guess_mIoU")
BLIND_TO_TIMES = ("yield/annotations", "uniqueness/share", "diversity/distinct_2")
CASES = [
    ("shuffled_between", "groundability/R@1", -1, BLIND_TO_WORDS),
    ("shuffled_between", "groundability/margin", -1, BLIND_TO_WORDS),
    ("shuffled_between", "groundability/contrast", -1, BLIND_TO_WORDS),
    ("shuffled_between", "false_negatives/rate", 1, BLIND_TO_WORDS),
    ("shuffled_within", "groundability/R@1", -1, BLIND_TO_WORDS),
    ("shuffled_within", "groundability/MRR", -1, BLIND_TO_WORDS),
    ("shifted", "boundary/margin", -1, BLIND_TO_TIMES),
    ("widened", "false_negatives/rate", 1, (*BLIND_TO_TIMES, "boundary/margin")),
    ("widened", "false_negatives/twins", 1, (*BLIND_TO_TIMES, "groundability/contrast")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("damage", "watching", "sign", "blind"), CASES)
def test_measures_fall_with_damage_to_real_data(good, damage, watching, sign, blind):
    corrupt = getattr(real_montages, damage)
    found = [figures(corrupt(good, share)) for share in SHARES]
    values = [one[watching].value for one in found]
    assert spearmanr(SHARES, values).statistic * sign >= 0.9, values
    assert (np.diff(values) * sign >= 0).all(), values
    clean = found[0][watching]
    assert not clean.low <= values[-1] <= clean.high, values
    for name in blind:
        low, high = found[0][name].low - TINY, found[0][name].high + TINY
        assert all(low <= one[name].value <= high for one in found), name


@pytest.mark.slow
def test_groundability_of_good_real_data_is_far_above_chance(good):
    clean = figures(good)
    first = clean["groundability/R@1"]
    assert first.low > 0.6 > 0.3 > first.floor
    assert clean["false_negatives/rate"].high < 0.2
