"""The jobs of a sweep as one table, a row a job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivg.files import whole_file
from ivg.quality.figures import Figure
from ivg.sweep.jobs import Job, swept

if TYPE_CHECKING:
    import pandas as pd

COMPUTED = "computed/"
OWN = ("job", "status", "message", "annotations", "objective", "seconds")


def table(jobs: Sequence[Job]) -> pd.DataFrame:
    """The table: job, swept overrides, outcome, videos computed a stage, figures.

    A figure fills the columns `NAME`, `NAME low`, `NAME high` and `NAME n`; what a job doesn't
    have is missing (NaN). Overrides that are numbers in every job are numbers here.
    """
    import pandas as pd

    keys = swept(list(jobs))
    frame = pd.DataFrame([row(job, keys) for job in jobs])
    for key in keys:
        frame[column(key)] = numeric(frame[column(key)])
    return frame


def row(job: Job, keys: Sequence[str]) -> dict[str, Any]:
    """One job."""
    values, summary = job.values, job.summary
    return {
        "job": job.name,
        **{column(key): values.get(key) for key in keys},
        "status": job.status,
        "annotations": summary.n_annotations if summary else None,
        "objective": job.objective.value if job.objective else None,
        "seconds": summary.seconds if summary else None,
        **{COMPUTED + line.stage: line.computed for line in job.stages},
        **{name: value for figure in job.figures for name, value in cells(figure).items()},
        "message": job.message,
    }


def cells(figure: Figure) -> dict[str, float | None]:
    """The four columns of a figure."""
    name = figure.name
    return {
        name: figure.value,
        f"{name} low": figure.low,
        f"{name} high": figure.high,
        f"{name} n": figure.n,
    }


def column(key: str) -> str:
    """The override's column; `objective=` is told from the objective itself."""
    return f"{key}=" if key in OWN else key


def numeric(values: pd.Series[Any]) -> pd.Series[Any]:
    """The values as numbers, if all that are there are."""
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce")
    return numbers if numbers.notna().sum() == values.notna().sum() else values


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write the table whole, in UTF-8."""
    with whole_file(path) as temporary:
        frame.to_csv(temporary, index=False)
