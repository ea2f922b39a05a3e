"""Intervals by resampling videos: rows of one video are no independent draws."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ivg.quality.figures import Figure
from ivg.ranges import whole_within
from ivg.records import FloatArray, IntArray

Interval = tuple[float | None, float | None]
NONE: Interval = (None, None)
AT_ONCE = 64
"""Resamples that are held at a time."""


@dataclass(frozen=True)
class Bootstrap:
    """95 % percentile intervals (Efron and Tibshirani, 1993), the same for the same seed.

    What is drawn is a video with all its rows; where there is only one video, a row.

    Attributes:
        resamples: How many sets are drawn.
        seed: Of the draws.
    """

    resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: A number is out of range.
        """
        whole_within("quality.bootstrap.resamples", self.resamples, 10)
        whole_within("quality.bootstrap.seed", self.seed, 0)

    def mean(
        self, name: str, values: FloatArray, groups: IntArray, better: int, floor: float | None
    ) -> Figure:
        """The mean of the values that are there, and its interval.

        Args:
            name: The figure's.
            values: (n,) one a row; NaN where there was nothing to measure.
            groups: (n,) the video of each row.
            better: As of `Figure`.
            floor: As of `Figure`.
        """
        there = np.isfinite(values)
        found, units = values[there], units_of(groups[there])
        if not len(found):
            return Figure(name, None, None, None, 0, better, floor)
        low, high = self._of_ratio(found, np.ones(len(found)), units)
        return Figure(name, float(found.mean()), low, high, len(found), better, floor)

    def total(self, name: str, values: FloatArray, groups: IntArray, better: int) -> Figure:
        """The sum of the values, and its interval; the arguments are those of `mean`."""
        if not len(groups):
            return Figure(name, None, None, None, 0, better)
        sums = np.bincount(units_of(groups), weights=values)
        low, high = self._interval((sums,), lambda drawn, axis=-1: drawn.sum(axis=axis))
        return Figure(name, float(values.sum()), low, high, len(groups), better)

    def ratio(
        self, name: str, above: FloatArray, below: FloatArray, groups: IntArray, better: int
    ) -> Figure:
        """The sum of one column over that of another, and its interval.

        Args:
            name: The figure's.
            above: (n,) one a row.
            below: (n,) one a row; where all are 0 there is no value.
            groups: (n,) the video of each row.
            better: As of `Figure`.
        """
        if not len(groups) or not below.any():
            return Figure(name, None, None, None, len(groups), better)
        low, high = self._of_ratio(above, below, units_of(groups))
        return Figure(name, float(above.sum() / below.sum()), low, high, len(groups), better)

    def statistic(
        self, name: str, compute: Callable[[IntArray], float], groups: IntArray, better: int
    ) -> Figure:
        """Any statistic of rows, and its interval.

        A resample repeats rows, which lowers counts of different things. The interval is moved by
        what that does to the mean of all resamples, so that it lies about the value.

        Args:
            name: The figure's.
            compute: The statistic of the rows at these (m,) indices, m >= 1.
            groups: (n,) the video of each row.
            better: As of `Figure`.
        """
        if not len(groups):
            return Figure(name, None, None, None, 0, better)
        units = units_of(groups)
        sizes, order = np.bincount(units), np.argsort(units, kind="stable")
        firsts = np.cumsum(sizes) - sizes

        def of_units(drawn: IntArray) -> float:
            return float(compute(order[runs(firsts[drawn], sizes[drawn])]))

        value = compute(np.arange(len(groups)))
        low, high = self._interval((np.arange(len(sizes)),), of_units, centre=value)
        return Figure(name, finite(value), low, high, len(groups), better)

    def _of_ratio(self, above: FloatArray, below: FloatArray, units: IntArray) -> Interval:
        def of_units(drawn: FloatArray, sizes: FloatArray, axis: int = -1) -> FloatArray:
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.asarray(drawn.sum(axis=axis) / sizes.sum(axis=axis))

        sums, counts = (np.bincount(units, weights=column) for column in (above, below))
        return self._interval((sums, counts), of_units)

    def _interval(
        self,
        data: tuple[FloatArray | IntArray, ...],
        compute: Callable[..., Any],
        centre: float | None = None,
    ) -> Interval:
        if len(data[0]) < 2:
            return NONE
        from scipy.stats import DegenerateDataWarning, bootstrap

        with warnings.catch_warnings():  # of resamples that are all alike: the interval says so
            warnings.filterwarnings("ignore", category=DegenerateDataWarning)
            found = bootstrap(
                data,
                compute,
                n_resamples=self.resamples,
                batch=AT_ONCE,
                paired=True,
                vectorized=centre is None,
                method="percentile",
                rng=np.random.default_rng(self.seed),
            )
        moved = 0.0 if centre is None else centre - float(found.bootstrap_distribution.mean())
        interval = found.confidence_interval
        return finite(interval.low + moved), finite(interval.high + moved)


def runs(firsts: IntArray, sizes: IntArray) -> IntArray:
    """(sum of sizes,) the numbers `first, first + 1, ...` of each run, one after the other."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1]) + np.repeat(firsts - ends + sizes, sizes)


def units_of(groups: IntArray) -> IntArray:
    """(n,) what is drawn together, counted from 0: videos, or rows where there is one video."""
    _, units = np.unique(groups, return_inverse=True)
    one_video = bool(len(units)) and not units.any()
    return np.arange(len(groups)) if one_video else np.asarray(units, dtype=np.int64)


def finite(value: float) -> float | None:
    """A number as JSON knows it."""
    return float(value) if math.isfinite(value) else None
