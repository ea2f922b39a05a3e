"""The one number of a run that a sweep compares and Optuna drives."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path

from ivg.errors import ConfigError
from ivg.quality.figures import Figure, read_figures

log = logging.getLogger(__name__)

YIELD = "yield/annotations"
"""What `objective: null` means; known without any measure."""
NEEDS = {
    "truth": "these videos have no known truth; those of source=montage and source=sample have",
    "probe": "it needs quality=probe and a benchmark: held_out, charades_sta, ...",
    "probe_check": "it needs quality=probe benchmark=synthetic",
}


def objective_of(
    objective: str | None, run_dir: Path, n_annotations: int, minimised: bool = False
) -> float:
    """The number that a job of a sweep returns.

    A figure with nothing to measure counts as the worst there is: -inf, or inf where lower is
    better. Optuna takes that as one bad trial, but NaN as an error that ends the search.

    Args:
        objective: The config's key: the name of a figure, or None for the annotations.
        run_dir: The run folder.
        n_annotations: Annotations of the run.
        minimised: Whether the sweeper looks for the smallest value.

    Raises:
        ConfigError: No figure of the run has that name.
    """
    figure = chosen(objective, read_figures(run_dir), n_annotations)
    if minimised and figure.better > 0:
        log.warning(
            "the sweeper looks for the smallest %s, of which more is better: "
            "hydra.sweeper.direction=maximize",
            figure.name,
        )
    return (
        worst(figure.better or (-1 if minimised else 1))
        if figure.value is None
        else float(figure.value)
    )


def chosen(objective: str | None, figures: Sequence[Figure], n_annotations: int) -> Figure:
    """The figure that the config's `objective` names.

    Raises:
        ConfigError: There is none of that name; the message lists those there are.
    """
    if objective is None or objective == YIELD:
        return Figure(YIELD, float(n_annotations), None, None, n_annotations, better=1)
    for figure in figures:
        if figure.name == objective:
            return figure
    names = ", ".join([YIELD, *(one.name for one in figures if one.name != YIELD)])
    why = hint(objective)
    raise ConfigError(
        f"objective={objective}: the run measured no such figure{why}; there are {names}"
    )


def hint(objective: str) -> str:
    """What a figure of that kind would need."""
    kind = objective.partition("/")[0]
    return f" ({NEEDS[kind]})" if kind in NEEDS else ""


def worst(better: int) -> float:
    """The value that no other is worse than: -inf, or inf where lower is better (-1)."""
    return math.inf if better < 0 else -math.inf
