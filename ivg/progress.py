"""One live bar a stage, on standard error; silent where nobody watches."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
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


def track(items: Iterable[T], description: str, total: int) -> Iterator[T]:
    """Yield `items` under a bar; no output at all when standard error is no terminal."""
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield from progress.track(items, total=total, description=description)
