"""Writes into docs/scaling.md what its commands print today."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

DOC = Path(__file__).parents[1] / "docs" / "scaling.md"
BLOCK = re.compile(
    r"(?P<head>^```console\n\$ python benchmarks/scale\.py (?P<command>[^\n]+)\n)(?P<text>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
"""A command and what it prints."""


def printed(main: Callable[[list[str]], int], command: str) -> str:
    """What a command prints."""
    book = io.StringIO()
    with contextlib.redirect_stdout(book):
        main(command.split())
    return book.getvalue()


def refresh(main: Callable[[list[str]], int]) -> None:
    """Run every command of the document again."""
    text = DOC.read_text(encoding="utf-8")
    fresh = BLOCK.sub(lambda m: m["head"] + printed(main, m["command"]) + "```", text)
    DOC.write_text(fresh, encoding="utf-8")
