"""Live bars, one a stage, on standard error; silent where nobody watches."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")


console = Console(stderr=True)
"""Logging and bars share it, so that a message never tears a bar."""


def log_handler() -> logging.Handler:
    """Messages above the bars on a terminal; plain lines, never wrapped, anywhere else."""
    if console.is_terminal:
        return RichHandler(console=console, show_time=False, show_path=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    return handler


_shown: list[Progress] = []


@contextmanager
def bars() -> Iterator[None]:
    """Every `track` within, of any thread, gets a line of one display; silent off a terminal."""
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        _shown.append(progress)
        try:
            yield
        finally:
            _shown.remove(progress)


def track(items: Iterable[T], description: str, total: int) -> Iterator[T]:
    """Yield `items` under a bar; no output at all when standard error is no terminal."""
    with nullcontext() if _shown else bars():
        yield from _shown[-1].track(items, total=total, description=description)
