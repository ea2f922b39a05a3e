"""The whole list of changes in a file: `.json`, `.jsonl` or `.md`, written as they are found."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ivg.diff.difference import Change
from ivg.diff.tally import in_words
from ivg.errors import ConfigError
from ivg.files import whole_file
from ivg.published.lines import to_line


class JsonLines:
    """A line a change, and nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def add(self, change: Change) -> None:
        """Write one change."""
        self.file.write(to_line(change.plain()))

    def finish(self, summary: dict[str, Any]) -> None:
        """The summary has no place here."""


class Json:
    """One object: `rows`, and the summary behind them."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.separator = b'{"rows": [\n'

    def add(self, change: Change) -> None:
        """Write one change."""
        self.file.write(self.separator + to_line(change.plain()).rstrip(b"\n"))
        self.separator = b",\n"

    def finish(self, summary: dict[str, Any]) -> None:
        """Close the list and add the summary."""
        head = self.separator if self.separator.startswith(b"{") else b"\n"
        text = json.dumps(summary, indent=1, ensure_ascii=True, allow_nan=False)
        self.file.write(head + b"],\n" + text.removeprefix("{\n").encode() + b"\n")


class Markdown:
    """A table of all changes, and the counts behind it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.write("# Rows that differ\n\n| | stage | reason | row |\n|---|---|---|---|\n")

    def write(self, text: str) -> None:
        """Append text."""
        self.file.write(text.encode("utf-8", "backslashreplace"))

    def add(self, change: Change) -> None:
        """Write one change."""
        reason = change.reason
        cells = (change.kind, reason.stage, reason.what, in_words(change))
        self.write(f"| {' | '.join(map(cell, cells))} |\n")

    def finish(self, summary: dict[str, Any]) -> None:
        """Books, reasons and settings."""
        books = summary["books"]
        names = ("same", "changed", "removed", "added")
        self.write(f"\n{', '.join(f'{books[name]} {name}' for name in names)}\n")
        self.write("\n## Reasons\n\n| rows | | stage | reason |\n|---:|---|---|---|\n")
        for one in summary["reasons"]:
            cells = (str(one["rows"]), one["kind"], one["stage"], one["what"])
            self.write(f"| {' | '.join(map(cell, cells))} |\n")
        self.write("\n## Set otherwise\n\n")
        for stage, lines in summary["config"].items():
            self.write("".join(f"- {cell(f'{stage}: {line}')}\n" for line in lines))
        self.write(measures(summary["quality"]))


FORMATS: dict[str, Callable[[BinaryIO], JsonLines | Json | Markdown]] = {
    ".jsonl": JsonLines,
    ".json": Json,
    ".md": Markdown,
}


def measures(quality: list[dict[str, Any]]) -> str:
    """Measures side by side, with their 95 % intervals."""
    lines = ["\n## Quality\n", "| figure | A | B |", "|---|---|---|"]
    lines += [f"| {one['name']} | {value(one['A'])} | {value(one['B'])} |" for one in quality]
    return "\n".join(lines) + "\n" if quality else ""


def value(measured: dict[str, float | None] | None) -> str:
    """`0.66 (0.61 .. 0.72)`, or nothing."""
    if measured is None or measured["value"] is None:
        return ""
    if measured["low"] is None or measured["high"] is None:
        return f"{measured['value']:.4g}"
    return f"{measured['value']:.4g} ({measured['low']:.4g} .. {measured['high']:.4g})"


def cell(text: str) -> str:
    """Text that can't end a cell of a table or begin anything of Markdown or HTML."""
    escaped = html.escape(text, quote=False)
    return "".join(f"\\{c}" if c in "\\|`*_[]~" else c for c in escaped)


@contextmanager
def opened(out: str | None) -> Iterator[JsonLines | Json | Markdown | None]:
    """What writes to the file, which appears whole at the end; None without a file.

    Raises:
        ConfigError: Its extension is none of the three, or it can't be written.
    """
    if out is None:
        yield None
        return
    path = Path(out).expanduser()
    if path.suffix not in FORMATS:
        raise ConfigError(f"out={out}: give a name that ends in {', '.join(FORMATS)}")
    try:
        with whole_file(path) as temporary, temporary.open("wb") as file:
            yield FORMATS[path.suffix](file)
    except OSError as error:
        raise ConfigError(f"out={out}: {error.strerror or error}") from error
