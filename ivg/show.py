"""The table of a run, for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivg.quality.figures import read_figures
from ivg.quality.table import figures_table
from ivg.shown import shown
from ivg.summary import StageLine, Summary, read_summary


def show(run_dir: Path, console: Console) -> None:
    """Print the table, the examples and the paths of a run.

    Raises:
        ConfigError: The folder holds no summary.
    """
    summary = read_summary(run_dir)
    render(summary, run_dir, console)
    if summary.message:
        console.print(f"[red]{escape(summary.message)}[/red]", soft_wrap=True)


def render(summary: Summary, run_dir: Path, console: Console, brief: bool = False) -> None:
    """Print the table, the examples and the paths; or one line, if `brief`."""
    if not brief:
        if any(line.tally.n_in for line in summary.lines):
            console.print(books_table(summary))
        if figures := read_figures(run_dir):
            console.print(figures_table(figures))
        for example in summary.examples:
            console.print(in_words(example), soft_wrap=True, highlight=False)
        for path in sorted(path for path in run_dir.iterdir() if not path.name.startswith(".")):
            console.print(f"  {escape(str(path))}", soft_wrap=True, highlight=False)
    where = escape(str(run_dir))
    why = f" ({escape(shown(summary.message))})" if brief and summary.message else ""
    end = f"{summary.status}: {summary.n_annotations} annotations in {where}{why}"
    console.print(end, soft_wrap=True, highlight=False)


def books_table(summary: Summary) -> Table:
    """Stage: in, out, dropped by reason, failed, seconds."""
    table = Table(title=f"{summary.seconds:.1f} s in all", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("stage", overflow="fold")
    table.add_column("unit")
    for name in ("in", "out"):
        table.add_column(name, justify="right")
    table.add_column("dropped", overflow="fold")
    table.add_column("failed", overflow="fold")
    table.add_column("computed", justify="right")
    table.add_column("seconds", justify="right")
    for line in summary.lines:
        table.add_row(*cells(line))
    return table


def cells(line: StageLine) -> list[str]:
    """One row; stage, work and time stand only beside the videos."""
    tally = line.tally
    counts = [str(tally.n_in), str(tally.n_out), reasons(tally.dropped), reasons(tally.failed)]
    if tally.unit != "video":
        return ["", tally.unit, *counts, "", ""]
    return [line.stage, tally.unit, *counts, str(line.computed), f"{line.seconds:.1f}"]


def reasons(counts: Mapping[str, int]) -> str:
    """`too_short 3, too_long 1`."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def in_words(row: Mapping[str, Any]) -> str:
    """One annotation as a sentence."""
    return (
        f'"{escape(shown(row["caption"]))}" is {row["start_sec"]:.2f}-{row["end_sec"]:.2f} s of '
        f"{escape(shown(row['video']))}; nothing else in {row['neg_start_sec']:.2f}-"
        f"{row['neg_end_sec']:.2f} s looks like it"
    )
