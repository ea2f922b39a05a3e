"""The table of a run, for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

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


def render(summary: Summary, run_dir: Path, console: Console) -> None:
    """Print the table, the examples and the paths."""
    console.print(books_table(summary))
    for example in summary.examples:
        console.print(in_words(example), soft_wrap=True)
    console.print(f"\n{summary.status}: {summary.n_annotations} annotations", soft_wrap=True)
    for name in summary.files:
        console.print(f"  {escape(str(run_dir / name))}", soft_wrap=True, highlight=False)


def books_table(summary: Summary) -> Table:
    """Stage: in, out, dropped by reason, failed, seconds."""
    table = Table(title=f"ivg: {summary.seconds:.1f} s")
    for name in ("stage", "unit"):
        table.add_column(name)
    for name in ("in", "out"):
        table.add_column(name, justify="right")
    table.add_column("dropped")
    table.add_column("failed")
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
        f'"{escape(row["caption"])}" is {row["start_sec"]:.2f}-{row["end_sec"]:.2f} s of '
        f"{escape(row['video'])}; nothing else in {row['neg_start_sec']:.2f}-"
        f"{row['neg_end_sec']:.2f} s looks like it"
    )
