"""Temporal IoU, R@1 and mAP against cases done by hand and a plain second implementation."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ivg.quality.metrics import (
    AP_THRESHOLDS,
    average_precision,
    iou_matrix,
    mean_scores,
    ranked,
    scores_by_query,
    temporal_iou,
)

# whole milliseconds, as annotation files are written: sums and differences then hardly round
MOMENTS = st.integers(0, 150_000).map(lambda ms: ms / 1000)
WINDOWS = st.tuples(MOMENTS, MOMENTS).map(sorted).filter(lambda w: w[1] - w[0] >= 0.001)
# a coarse grid makes ties, shared edges and IoU right on a threshold common
COARSE = st.tuples(st.integers(0, 12), st.integers(1, 12)).map(lambda w: (w[0], w[0] + w[1]))
GUESSES = st.tuples(COARSE, st.integers(0, 5)).map(lambda g: (*g[0], g[1] / 5))


def iou(one, other):
    return float(temporal_iou(np.array(one, float), np.array(other, float)))


def score(predictions, truths):
    arrays = [np.array(p, float).reshape(-1, 3) for p in predictions]
    return mean_scores(scores_by_query(arrays, [np.array(t, float) for t in truths]))


def test_iou_of_cases_done_by_hand():
    assert iou((0, 10), (5, 15)) == pytest.approx(1 / 3)
    assert iou((2, 4), (0, 10)) == 0.2
    assert iou((0, 5), (5, 10)) == 0
    assert iou((0, 1), (8, 9)) == 0
    assert iou((3, 3), (3, 3)) == 0
    assert iou((4, 2), (2, 4)) == 0


def test_iou_matrix_is_the_documented_example_of_the_public_evaluator():
    found = iou_matrix(np.array([[0, 0.2], [0.5, 1.0]]), np.array([[0, 0.3], [0.0, 1.0]]))
    assert found == pytest.approx(np.array([[0.6667, 0.2], [0, 0.5]]), abs=5e-5)


@given(WINDOWS, WINDOWS)
def test_iou_is_symmetric_in_range_and_1_only_if_equal(one, other):
    found = iou(one, other)
    assert found == iou(other, one)
    assert 0 <= found <= 1
    assert (found > 1 - 1e-9) == (one == other)


@given(WINDOWS, WINDOWS, st.floats(-1000, 1000), st.floats(0.01, 100))
def test_iou_does_not_change_with_shift_and_scale(one, other, shift, scale):
    moved = [[scale * moment + shift for moment in window] for window in (one, other)]
    assert iou(*moved) == pytest.approx(iou(one, other), abs=1e-5)


@given(WINDOWS, WINDOWS)
def test_iou_is_above_0_exactly_where_windows_overlap(one, other):
    assert (iou(one, other) > 0) == (max(one[0], other[0]) < min(one[1], other[1]))


def test_recall_counts_an_iou_that_is_just_the_threshold():
    found = score([[(0, 5, 1)], [(0, 7, 1)], [(0, 3, 1)]], [[(0, 10)]] * 3)
    assert found["R@1@0.3"] == 1
    assert found["R@1@0.5"] == pytest.approx(2 / 3)
    assert found["R@1@0.7"] == pytest.approx(1 / 3)
    assert found["mIoU"] == pytest.approx(0.5)


def test_recall_takes_the_best_score_and_the_window_that_it_meets_best():
    guesses = [(50, 60, 0.2), (20, 30, 0.9)]
    assert score([guesses], [[(0, 10), (20, 30)]])["R@1@0.7"] == 1
    assert score([guesses], [[(50, 60)]])["R@1@0.3"] == 0


def test_average_precision_of_a_case_done_by_hand():
    # ranks: hit, miss, hit (of 2): precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1
    guesses = ranked(np.array([(0, 10, 0.9), (70, 80, 0.8), (20, 30, 0.7)], float))
    found = average_precision(guesses, np.array([(0, 10), (20, 30)], float))
    assert found == pytest.approx(np.full(10, 1 / 2 + 1 / 2 * 2 / 3))


def test_average_precision_interpolates():
    # miss, hit, hit: precision 0, 1/2, 2/3; the hit at rank 2 counts the later 2/3
    guesses = ranked(np.array([(70, 80, 0.9), (0, 10, 0.8), (20, 30, 0.7)], float))
    found = average_precision(guesses, np.array([(0, 10), (20, 30)], float))
    assert found == pytest.approx(np.full(10, 2 / 3))


def test_average_precision_counts_a_window_found_twice_once():
    twice = ranked(np.array([(0, 10, 0.9), (0, 10, 0.8), (20, 30, 0.7)], float))
    found = average_precision(twice, np.array([(0, 10), (20, 30)], float))
    assert found == pytest.approx(np.full(10, 5 / 6))


def test_average_precision_counts_an_iou_that_is_just_the_threshold():
    found = average_precision(np.array([[0, 7.5, 1.0]]), np.array([[0, 10.0]]))
    assert found.tolist() == [float(limit <= 0.75) for limit in AP_THRESHOLDS]


def test_only_ten_predictions_count():
    misses = [(50, 60, 1 - i / 100) for i in range(9)]
    assert score([[*misses, (0, 10, 0.1)]], [[(0, 10)]])["mAP"] == pytest.approx(0.1)
    assert score([[*misses, (50, 60, 0.5), (0, 10, 0.1)]], [[(0, 10)]])["mAP"] == 0


def test_no_prediction_scores_0():
    assert set(score([[]], [[(0, 10)]]).values()) == {0.0}


def test_scores_refuse_what_has_no_truth():
    with pytest.raises(ValueError, match="without a true window"):
        score([[(0, 1, 1)]], [[]])
    with pytest.raises(ValueError, match="no query"):
        score([], [])
    with pytest.raises(ValueError, match="argument 2"):
        score([[(0, 1, 1)]], [])


@pytest.mark.parametrize("name", ["mIoU", "R@1@0.3", "R@1@0.5", "R@1@0.7", "mAP"])
def test_score_falls_with_the_share_of_corrupt_predictions(name):
    rng = np.random.default_rng(0)
    truths = [[(start, start + 8)] for start in rng.uniform(0, 90, 200)]
    found = []
    for share in (0, 0.1, 0.25, 0.5, 1):
        bad = rng.permutation(200) < share * 200
        guesses = [
            [((t[0][0] + 50) % 100, (t[0][0] + 50) % 100 + 8, 1) if wrong else (*t[0], 1)]
            for t, wrong in zip(truths, bad, strict=True)
        ]
        found.append(score(guesses, truths)[name])
    assert found[0] == 1
    assert found[-1] == 0
    assert found == sorted(set(found), reverse=True)


def plain_iou(one, other):
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return max(shared, 0) / (one[1] - one[0] + other[1] - other[0] - max(shared, 0))


def plain_ap(guesses, windows, limit):
    """AP from its definition, with lists and loops; of equal windows the last is taken."""
    left = list(enumerate(windows))
    outcome = []
    for guess in sorted(guesses, key=lambda g: -g[2])[:10]:
        reached = [w for w in left if plain_iou(guess, w[1]) >= limit]
        outcome.append(bool(reached))
        if reached:
            left.remove(max(reached, key=lambda w: (plain_iou(guess, w[1]), w[0])))
    precision = [sum(outcome[: i + 1]) / (i + 1) for i in range(len(outcome))]
    return sum(max(precision[i:]) for i, hit in enumerate(outcome) if hit) / len(windows)


@given(
    st.lists(GUESSES, max_size=14),
    st.lists(COARSE, min_size=1, max_size=5),
    st.sampled_from([1, 0.37]),
)
def test_scores_agree_with_a_plain_implementation(guesses, windows, unit):
    guesses = [(a * unit, b * unit, s) for a, b, s in guesses]
    windows = [(a * unit, b * unit) for a, b in windows]
    edges = [plain_iou(g, w) for g in guesses for w in windows]
    # with unit 0.37 the two ways of computing an IoU may round to two sides of a threshold
    assume(unit == 1 or all(abs(e - t) > 1e-9 for e in edges for t in AP_THRESHOLDS))
    found = score([guesses], [windows])
    assert found["mAP"] == pytest.approx(
        np.mean([plain_ap(guesses, windows, limit) for limit in AP_THRESHOLDS])
    )
    assert found["mAP@0.75"] == pytest.approx(plain_ap(guesses, windows, 0.75))
    first = sorted(guesses, key=lambda g: -g[2])[:1]
    best = max((plain_iou(g, w) for g in first for w in windows), default=0)
    assert found["mIoU"] == pytest.approx(best)
    assert found["R@1@0.5"] == (best >= 0.5)
