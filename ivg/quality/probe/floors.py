"""What can be reached without looking at the video or reading the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ivg.quality.metrics import MAX_PREDICTIONS, mean_scores, scores_by_query, temporal_iou
from ivg.quality.probe.sample import Sample
from ivg.records import FloatArray


def random_floor(test: Sequence[Sample], draws: int = 3000, seed: int = 0) -> dict[str, float]:
    """What uniform windows reach, by Monte Carlo.

    Both ends of a window are uniform over the stretch, ordered; a query gets ten windows, in
    random order, as many as the probe may give.

    Args:
        test: The samples, at least one.
        draws: Queries answered in all; each sample gets `draws / len(test)`, at least one.
            At 3000 the standard error of a recall is below 0.01.
        seed: Of the windows.
    """
    rng = np.random.default_rng(seed)
    asked = [sample for sample in test for _ in range(-(-draws // len(test)))]
    guesses = [random_windows(rng, sample.duration) for sample in asked]
    return mean_scores(scores_by_query(guesses, [sample.seconds for sample in asked]))


def random_windows(rng: np.random.Generator, duration: float) -> FloatArray:
    """(10, 3): windows in seconds with falling scores."""
    ends = np.sort(rng.uniform(0, duration, (MAX_PREDICTIONS, 2)), axis=1)
    return np.column_stack([ends, np.linspace(1, 0, MAX_PREDICTIONS)])


def blind_guess(train: Sequence[Sample], steps: int = 20) -> FloatArray:
    """(2,) The one window, in shares, that meets the training windows best (mean IoU).

    A probe that learns nothing of texts can learn this; it beats uniform windows.

    Args:
        train: The samples, at least one.
        steps: Ends are looked for on a grid of so many steps.
    """
    windows = np.concatenate([sample.windows for sample in train])
    grid = np.array([(a, b) for a in range(steps) for b in range(a + 1, steps + 1)]) / steps
    means = temporal_iou(grid[:, None], windows[None]).mean(axis=1)
    best: FloatArray = grid[means.argmax()]
    return best


def blind_floor(train: Sequence[Sample], test: Sequence[Sample]) -> dict[str, float]:
    """What the best constant guess from the training windows reaches on the test set."""
    share = blind_guess(train)
    guesses = [np.array([[*(share * sample.duration), 1.0]]) for sample in test]
    return mean_scores(scores_by_query(guesses, [sample.seconds for sample in test]))
