"""A difference, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivg.diff.difference import Difference
from ivg.diff.tally import ByReason, environment, in_words
from ivg.quality.figures import Figure
from ivg.quality.table import interval, number
from ivg.shown import shown


def render(found: Difference, by_reason: ByReason, console: Console) -> None:
    """Print books, reasons with examples, what was set otherwise, and the measures."""
    console.print(books_table(found))
    if by_reason.counts:
        console.print(reasons_table(by_reason))
    for line in settings(found):
        console.print(f"  {escape(shown(line))}", soft_wrap=True, highlight=False)
    figures = found.figures()
    if figures:
        console.print(figures_table(figures))
    console.print(verdict(found), highlight=False)


def books_table(found: Difference) -> Table:
    """Rows of both; A = same + changed + removed, B = same + changed + added."""
    books = found.books
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("", "rows", "same", "changed", "removed", "added", "videos", "of these alone"):
        table.add_column(name, justify="right" if name else "left")
    for label, one in (("A", found.a), ("B", found.b)):
        lost, new = (str(books.removed), "") if label == "A" else ("", str(books.added))
        alone = books.videos[label]
        counts = [books.rows[label], books.same, books.changed]
        table.add_row(
            f"{label}: {escape(shown(str(one.folder)))} ({one.kind})",
            *map(str, counts),
            lost,
            new,
            str(books.videos["both"] + alone),
            str(alone),
        )
    return table


def reasons_table(by_reason: ByReason) -> Table:
    """Which stage did what to how many rows, and examples."""
    table = Table(title="why", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("rows", justify="right")
    table.add_column("stage")
    table.add_column("reason, and examples", overflow="fold")
    for (kind, stage, what), count in by_reason.ranked():
        table.add_row(f"{count} {kind}", stage, escape(shown(what)))
        for change in by_reason.examples[kind, stage, what]:
            table.add_row("", "", f"[dim]{escape(in_words(change))}[/dim]")
    return table


def settings(found: Difference) -> Iterator[str]:
    """Config fields and versions that differ."""
    for stage, lines in found.stages.items():
        yield from (f"{stage}: {line}" for line in lines)
    yield from (f"made with: {line}" for line in environment(found))


def figures_table(pairs: list[tuple[Figure | None, Figure | None]]) -> Table:
    """Measures side by side with their 95 % intervals."""
    table = Table(title="quality", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("figure")
    for name in ("A", "95 % interval", "B", "95 % interval", "B - A"):
        table.add_column(name, justify="right")
    for a, b in pairs:
        named = a or b
        if named is not None:
            table.add_row(escape(named.name), *cells(a), *cells(b), step(a, b))
    return table


def cells(figure: Figure | None) -> tuple[str, str]:
    """Value and interval; nothing where it was not measured."""
    return ("", "") if figure is None else (number(figure.value), interval(figure))


def step(a: Figure | None, b: Figure | None) -> str:
    """How much higher B is, signed."""
    if a is None or b is None or a.value is None or b.value is None:
        return ""
    change = b.value - a.value
    return f"{'+' if change > 0 else ''}{number(change)}"


def verdict(found: Difference) -> str:
    """The last line."""
    books = found.books
    if books.is_alike:
        return f"no difference: {books.same} rows are the same"
    return (
        f"{books.same} rows are the same, {books.changed} changed, {books.removed} removed, "
        f"{books.added} added"
    )
