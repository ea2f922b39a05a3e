"""The table of figures, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ivg.quality.figures import Figure


def figures_table(figures: Sequence[Figure]) -> Table:
    """Figure, value, 95 % interval, what chance reaches, and n."""
    table = Table(title="quality", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("figure")
    for name in ("value", "95 % interval", "chance", "n"):
        table.add_column(name, justify="right")
    for one in figures:
        table.add_row(one.name, number(one.value), interval(one), number(one.floor), str(one.n))
    return table


def interval(figure: Figure) -> str:
    """`0.61 .. 0.72`, or nothing."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{number(figure.low)} .. {number(figure.high)}"


def number(value: float | None) -> str:
    """Three digits, more for whole numbers; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
