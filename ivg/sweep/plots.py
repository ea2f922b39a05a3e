"""Pictures of a sweep. Text from configs is never taken for mathematics."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ivg.files import whole_file
from ivg.objective import YIELD
from ivg.records import FloatArray
from ivg.shown import shown
from ivg.sweep.best import figure_of, goodness, pareto, quality
from ivg.sweep.jobs import Job
from ivg.sweep.table import column, numeric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

log = logging.getLogger(__name__)

WIDE = 3
PANEL = (4.0, 3.0)
MOST_SERIES = 8
DPI = 90
MOST_ROWS = 100_000

Layout = Literal["constrained"] | None

Triple = tuple[float, float, float]
"""A value, and how far its interval reaches below and above; NaN where there is none."""


def write_plots(jobs: Sequence[Job], keys: Sequence[str], folder: Path) -> list[Path]:
    """Draw every plot that the jobs have values for.

    Args:
        jobs: All jobs; those without a summary are left out.
        keys: The swept overrides.
        folder: Where the PNGs go.

    Returns:
        The files, in the order in which to look at them.
    """
    from matplotlib import rc_context

    done = [job for job in jobs if job.status == "finished"]
    with rc_context({"text.parse_math": False, "axes.grid": True, "grid.alpha": 0.3}):
        return [saved(canvas, folder / f"{name}.png") for name, canvas in drawn(done, keys)]


def drawn(jobs: Sequence[Job], keys: Sequence[str]) -> Iterator[tuple[str, Canvas]]:
    """Name and canvas of each plot."""
    if not jobs:
        return
    if name := quality(jobs):
        yield "yield_against_quality", yield_against_quality(jobs, name)
    for key in keys:
        yield f"figures_against_{file_name(key)}", figures_against(jobs, keys, key)
    yield "distributions", distributions(jobs)


def file_name(key: str) -> str:
    """The override's key without what a file name had better not hold."""
    return re.sub(r"[^\w.-]+", "_", key)


def canvas_of(panels: int, layout: Layout = "constrained") -> tuple[Canvas, list[Axes]]:
    """An empty canvas with that many panels, three a row."""
    from matplotlib.figure import Figure as Canvas

    wide, high = min(panels, WIDE), math.ceil(panels / WIDE)
    canvas = Canvas(figsize=(PANEL[0] * wide, PANEL[1] * high), layout=layout)
    return canvas, [canvas.add_subplot(high, wide, i + 1) for i in range(panels)]


def saved(canvas: Canvas, path: Path) -> Path:
    """Write a canvas as PNG, whole; without matplotlib's windows."""
    with whole_file(path) as temporary:
        canvas.savefig(temporary, dpi=DPI, format="png")
    return path


def figures_against(jobs: Sequence[Job], keys: Sequence[str], key: str) -> Canvas:
    """Annotations and every figure against one override; a line a setting of the others."""
    names = dict.fromkeys(one.name for job in jobs for one in job.figures if one.value is not None)
    wanted: list[str | None] = [*names] if YIELD in names else [None, *names]
    canvas, panels = canvas_of(len(wanted), None)
    spaced(canvas, len(wanted))
    series = series_of(jobs, [other for other in keys if other != key])
    for panel, name in zip(panels, wanted, strict=True):
        for label, members in series.items():
            draw(panel, members, key, name, label)
        panel.set_title(name or "annotations", fontsize=9)
        panel.set_xlabel(shown(column(key)))
    if 1 < len(series) <= MOST_SERIES:
        panels[0].legend(fontsize=7)
    return canvas


def spaced(canvas: Canvas, panels: int) -> None:
    """Leave room for numbers and titles; to have it measured takes half of a sweep's summary."""
    wide, high = PANEL[0] * min(panels, WIDE), PANEL[1] * math.ceil(panels / WIDE)
    canvas.subplots_adjust(
        left=0.6 / wide,
        right=1 - 0.15 / wide,
        bottom=0.5 / high,
        top=1 - 0.3 / high,
        wspace=0.6 / (PANEL[0] - 0.6),
        hspace=0.8 / (PANEL[1] - 0.8),
    )


def series_of(jobs: Sequence[Job], others: Sequence[str]) -> dict[str, list[Job]]:
    """The jobs by what they have in the other overrides."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        label = " ".join(shown(f"{key}={job.values.get(key, '')}") for key in others)
        found.setdefault(label, []).append(job)
    return found


def draw(panel: Axes, jobs: Sequence[Job], key: str, name: str | None, label: str) -> None:
    """One line of one panel, with intervals as error bars."""
    import pandas as pd

    places = numeric(pd.Series([job.values.get(key) for job in jobs], dtype=object))
    pairs = [(x, measured(job, name)) for x, job in zip(places, jobs, strict=True)]
    rows = [(x, triple) for x, triple in pairs if triple is not None]
    if pd.api.types.is_numeric_dtype(places):
        rows = sorted(row for row in rows if math.isfinite(row[0]))
    else:
        rows = [(shown(str(x)), triple) for x, triple in rows]
    if rows:
        ys, bars = heights([triple for _, triple in rows])
        xs = [x for x, _ in rows]
        panel.errorbar(xs, ys, bars, marker="o", ms=4, lw=1, capsize=3, label=label)


def measured(job: Job, name: str | None) -> Triple | None:
    """The figure of that name, or the annotations; None where nothing was measured."""
    if name is None:
        return (float(job.summary.n_annotations), math.nan, math.nan) if job.summary else None
    figure = figure_of(job, name)
    if figure is None or figure.value is None:
        return None
    value = figure.value
    if figure.low is None or figure.high is None:
        return value, math.nan, math.nan
    return value, max(0.0, value - figure.low), max(0.0, figure.high - value)


def heights(rows: Sequence[Triple]) -> tuple[FloatArray, FloatArray]:
    """(n,) values, and (2, n) how far their intervals reach below and above."""
    columns = np.array(rows, float).T
    return columns[0], columns[1:]


def yield_against_quality(jobs: Sequence[Job], name: str) -> Canvas:
    """What was kept against how good it is; the front joins the jobs that none beats in both."""
    canvas, (panel,) = canvas_of(1)
    canvas.set_size_inches(6.4, 4.8)
    pairs = [(job, measured(job, None), measured(job, name)) for job in jobs]
    rows = [(job, kept[0], triple) for job, kept, triple in pairs if kept and triple]
    xs = [x for _, x, _ in rows]
    ys, bars = heights([triple for _, _, triple in rows])
    panel.errorbar(xs, ys, bars, fmt="o", ms=4, capsize=3)
    for (job, x, _), y in zip(rows, ys, strict=True):
        place = (x, float(y))
        panel.annotate(shown(job.name), place, textcoords="offset points", xytext=(5, 4))
    front = pareto(np.array([(x, goodness(figure_of(job, name))) for job, x, _ in rows]))
    panel.plot([xs[i] for i in front], ys[front], "--", label="Pareto front")
    panel.set(xlabel="annotations", ylabel=name)
    panel.legend()
    return canvas


def distributions(jobs: Sequence[Job]) -> Canvas:
    """Lengths of segments and of negative spans, a box a job, of the first 100,000 rows."""
    canvas, panels = canvas_of(2)
    lengths = [row_lengths(job.folder) for job in jobs]
    for panel, which, title in zip(panels, (0, 1), ("segment, s", "negative span, s"), strict=True):
        panel.boxplot([pair[which] for pair in lengths], tick_labels=[shown(j.name) for j in jobs])
        panel.set(title=title, xlabel="job")
        panel.tick_params("x", labelrotation=90 if len(jobs) > MOST_SERIES else 0)
    return canvas


def row_lengths(folder: Path) -> tuple[Any, Any]:
    """(n,) seconds of the annotations and (n,) of their negative spans."""
    import pandas as pd

    path = folder / "final_dataset.jsonl"
    if not path.is_file() or not path.stat().st_size:
        return [], []
    try:
        rows = pd.read_json(path, lines=True, nrows=MOST_ROWS)
    except ValueError as error:
        log.warning("%s can't be read and is left out of the distributions: %s", path, error)
        return [], []
    lengths = rows.end_sec - rows.start_sec, rows.neg_end_sec - rows.neg_start_sec
    return lengths[0].to_numpy(), lengths[1].to_numpy()
