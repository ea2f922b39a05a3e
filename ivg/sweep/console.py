"""The table of a sweep, for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivg.objective import YIELD
from ivg.quality.figures import Figure
from ivg.shown import shown
from ivg.sweep.best import TELLING, best, command, figure_of
from ivg.sweep.jobs import Job, swept

MOST_FIGURES = 4
MOST_STAGES = 2


def tell(jobs: Sequence[Job], files: Sequence[Path], console: Console) -> None:
    """Print the table, why jobs failed, the files and the best config."""
    console.print(jobs_table(jobs))
    for job in jobs:
        if job.message:
            why = escape(shown(f"{job.name}: {job.message}"))
            console.print(f"[red]{why}[/red]", soft_wrap=True, highlight=False)
    for path in files:
        console.print(f"  {escape(str(path))}", soft_wrap=True, highlight=False)
    winner = best(jobs)
    if winner and winner.objective:
        name = escape(shown(winner.name))
        rows = winner.summary.n_annotations if winner.summary else 0
        found = in_words(winner.objective)
        said = f"best {winner.objective.name}: job {name}, {found}, with {rows} annotations"
        console.print(said, soft_wrap=True, highlight=False)
        console.print(escape(command(winner)), soft_wrap=True, highlight=False)


def jobs_table(jobs: Sequence[Job]) -> Table:
    """Job, overrides, outcome, the objective and what was reused; a row a job."""
    keys, names, winner = swept(list(jobs)), shown_figures(jobs), best(jobs)
    table = Table(title=f"{len(jobs)} jobs", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("job", *(escape(shown(key)) for key in keys), "status"):
        table.add_column(name, overflow="fold")
    for name in ("annotations", *(escape(short(name)) for name in names), "seconds"):
        table.add_column(name, justify="right")
    table.add_column("reused", overflow="fold")
    for job in jobs:
        style = "red" if job.status == "failed" else "bold green" if job is winner else None
        table.add_row(*(escape(shown(text)) for text in cells(job, keys, names)), style=style)
    return table


def shown_figures(jobs: Sequence[Job]) -> list[str]:
    """The objective, and the figures that tell datasets apart; the rest is in the files."""
    wanted = dict.fromkeys([*(job.objective.name for job in jobs if job.objective), *TELLING])
    measured = {one.name for job in jobs for one in job.figures}
    return [name for name in wanted if name in measured and name != YIELD][:MOST_FIGURES]


def short(name: str) -> str:
    """A figure's name without its measure; `summary.csv` has the whole."""
    return name.partition("/")[2] or name


def cells(job: Job, keys: Sequence[str], names: Sequence[str]) -> list[str]:
    """One row."""
    summary = job.summary
    return [
        job.name,
        *(job.values.get(key, "") for key in keys),
        job.status,
        str(summary.n_annotations) if summary else "",
        *(in_words(figure_of(job, name)) for name in names),
        f"{summary.seconds:.1f}" if summary else "",
        reused(job),
    ]


def in_words(figure: Figure | None) -> str:
    """`0.65 (0.61 .. 0.72)`."""
    if figure is None or figure.value is None:
        return ""
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3g}"
    return f"{figure.value:.3g} ({figure.low:.3g} .. {figure.high:.3g})"


def reused(job: Job) -> str:
    """The stages that took videos from the store, all of theirs or so many; how many, if many."""
    lines = [line for line in job.stages if line.computed < line.tally.n_in]
    if len(lines) > MOST_STAGES and not any(line.computed for line in lines):
        return f"{len(lines)} stages"
    return ", ".join(
        f"{line.stage} {line.tally.n_in - line.computed}/{line.tally.n_in}"
        if line.computed
        else line.stage
        for line in lines
    )
