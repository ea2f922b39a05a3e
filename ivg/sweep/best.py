"""Which job is the best, and which are not beaten in both yield and quality."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

import numpy as np

from ivg.objective import YIELD
from ivg.quality.figures import Figure
from ivg.records import FloatArray
from ivg.sweep.errors import HYDRA
from ivg.sweep.jobs import Job, plain

TELLING = ("groundability/contrast", "groundability/R@1", "false_negatives/twins")
"""What tells datasets apart, the first where yield is held against quality."""


def best(jobs: Sequence[Job]) -> Job | None:
    """The finished job with the best objective, the first of equals; None if none has one.

    A job without annotations is none.

    Where the jobs have different objectives, those that have the first job's are compared.
    """
    rated = [(job.objective, job) for job in jobs if job.objective]
    alike = [(goodness(one), job) for one, job in rated if one.name == rated[0][0].name]
    known = [
        (value, job)
        for value, job in alike
        if not math.isnan(value) and job.summary and job.summary.n_annotations
    ]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def goodness(figure: Figure | None) -> float:
    """The figure's value, negated where lower is better; NaN where nothing was measured."""
    if figure is None or figure.value is None:
        return math.nan
    return -figure.value if figure.better < 0 else figure.value


def command(job: Job) -> str:
    """The command that makes the job's dataset again."""
    words = [*config_dir(job), *job.overrides]
    return " ".join(["ivg build", *(shlex.quote(word) for word in words)])


def config_dir(job: Job) -> list[str]:
    """`--config-dir DIR`, if the sweep was given one."""
    hydra = plain(job.folder / HYDRA / "hydra.yaml", {}).get("hydra", {})
    for source in hydra.get("runtime", {}).get("config_sources", []):
        if source.get("provider") == "command-line":
            return ["--config-dir", str(source["path"])]
    return []


def quality(jobs: Sequence[Job]) -> str | None:
    """The figure to hold against yield: the objective, else the first telling one."""
    for job in jobs:
        one = job.objective
        if one and one.name != YIELD and one.value is not None:
            return one.name
    names = {one.name for job in jobs for one in job.figures if one.value is not None}
    return next((name for name in TELLING if name in names), None)


def figure_of(job: Job, name: str) -> Figure | None:
    """The job's figure of that name."""
    return next((one for one in job.figures if one.name == name), None)


def pareto(points: FloatArray) -> list[int]:
    """The points that no other beats: none is as good in both and better in one.

    Args:
        points: (n, 2); higher is better in both. Rows with NaN are on no front.

    Returns:
        Row numbers by falling first column; of equal points all.
    """
    points = np.asarray(points, float)
    whole = [int(i) for i in np.flatnonzero(np.isfinite(points).all(axis=1))]
    front = [i for i in whole if not any(beats(points[j], points[i]) for j in whole)]
    return sorted(front, key=lambda i: (-points[i][0], -points[i][1], i))


def beats(one: FloatArray, other: FloatArray) -> bool:
    """Whether `one` is nowhere worse than `other` and better in something."""
    return bool(np.all(one >= other) and np.any(one > other))
