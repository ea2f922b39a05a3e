"""Intervals by resampling videos: rows of one video are no independent draws."""

from __future__ import annotations

import math
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
        counts = np.bincount(units).astype(np.float64)
        sums = np.bincount(units, weights=found).astype(np.float64)
        low, high = self._ratio(sums, counts)
        return Figure(name, float(found.mean()), low, high, len(found), better, floor)

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
        order = np.argsort(units, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(units))[:-1])

        def of_units(drawn: IntArray) -> float:
            return float(compute(np.concatenate([members[unit] for unit in drawn])))

        value = compute(np.arange(len(groups)))
        low, high = self._interval((np.arange(len(members)),), of_units, centre=value)
        return Figure(name, finite(value), low, high, len(groups), better)

    def _ratio(self, sums: FloatArray, counts: FloatArray) -> Interval:
        def of_units(drawn: FloatArray, sizes: FloatArray, axis: int = -1) -> FloatArray:
            return np.asarray(drawn.sum(axis=axis) / sizes.sum(axis=axis))

        return self._interval((sums, counts), of_units)

    def _interval(
        self,
        data: tuple[FloatArray | IntArray, ...],
        compute: Callable[..., Any],
        centre: float | None = None,
    ) -> Interval:
        from scipy.stats import bootstrap

        if len(data[0]) < 2:
            return NONE
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


def units_of(groups: IntArray) -> IntArray:
    """(n,) what is drawn together, counted from 0: videos, or rows where there is one video."""
    _, units = np.unique(groups, return_inverse=True)
    one_video = bool(len(units)) and not units.any()
    return np.arange(len(groups)) if one_video else np.asarray(units, dtype=np.int64)


def finite(value: float) -> float | None:
    """A number as JSON knows it."""
    return float(value) if math.isfinite(value) else None
