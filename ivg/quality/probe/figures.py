"""The probe's rows of the quality table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ivg.quality.figures import Figure
from ivg.quality.metrics import scores_by_query
from ivg.quality.probe.floors import blind_floor, random_floor
from ivg.quality.probe.sample import Sample
from ivg.quality.probe.train import SeedScores

Floor = Mapping[str, float | None]


def all_figures(
    runs: Sequence[SeedScores], train: Sequence[Sample], test: Sequence[Sample], measure: str
) -> Iterator[Figure]:
    """What the probe reached, then what a blind guesser does, each beside uniform windows.

    `n_train` is how many samples a seed got, of which runs to be compared have equally many.

    Figures without a value where there was no training, or nothing to test on.
    """
    nothing: Floor = dict.fromkeys(scores_by_query([], []))
    floor = random_floor(test) if test else nothing
    blind = blind_floor(train, test) if train and test else nothing
    yield from probe_figures(runs, floor, len(test), measure)
    trained = min((run.n_train for run in runs), default=None)
    yield Figure(f"{measure}/n_train", trained, None, None, len(runs), better=0)
    for name, value in blind.items():
        n = 0 if value is None else len(test)
        yield Figure(f"{measure}/blind_{name}", value, None, None, n, floor=floor[name])


def figure_names(measure: str) -> tuple[str, ...]:
    """The names of all figures, in their order."""
    scores = tuple(scores_by_query([], []))
    named = (*scores, "n_train", *(f"blind_{name}" for name in scores))
    return tuple(f"{measure}/{name}" for name in named)


def probe_figures(
    runs: Sequence[SeedScores], floor: Floor, n: int, measure: str = "probe"
) -> list[Figure]:
    """The mean over seeds of each score, with its interval and floor.

    The interval is Student's t over seeds (which draw samples, split and weights), cut to
    [0, 1]; it says how well the mean is known for this dataset and these test queries, not how
    it would change with other queries.

    Args:
        runs: One training each.
        floor: What chance reaches, by name of the score.
        n: Test queries.
        measure: The first part of the names, as in `probe/R@1@0.5`.
    """
    names = list(runs[0].scores) if runs else list(floor)
    return [
        one_figure(f"{measure}/{name}", [run.scores[name] for run in runs], floor.get(name), n)
        for name in names
    ]


def one_figure(name: str, values: Sequence[float], floor: float | None, n: int) -> Figure:
    """Mean and interval of the values of the seeds."""
    if not values:
        return Figure(name, None, None, None, 0, better=1, floor=floor)
    mean = float(np.mean(values))
    low, high = interval(values)
    return Figure(name, mean, low, high, n, better=1, floor=floor)


def interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """95 % interval of the mean by Student's t, cut to [0, 1]; None of a single value."""
    from scipy import stats

    if len(values) < 2:
        return None, None
    mean, error = float(np.mean(values)), float(stats.sem(values))
    half = 0.0 if math.isclose(error, 0) else float(stats.t.ppf(0.975, len(values) - 1)) * error
    return max(0.0, mean - half), min(1.0, mean + half)
