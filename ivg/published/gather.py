"""What a published file says of each video, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from ivg.errors import BadAnnotationError, VideoError
from ivg.published.parse import parse_captions
from ivg.published.reader import Line, read_lines
from ivg.records import Caption

T = TypeVar("T")


@dataclass(frozen=True)
class Gathered(Generic[T]):
    """One file by video.

    Attributes:
        values: What the file says, by name.
        errors: The first thing wrong with a video, by name (or `file:line` of a broken line).
    """

    values: dict[str, T] = field(default_factory=dict)
    errors: dict[str, VideoError] = field(default_factory=dict)

    def refuse(self, line: Line, error: Exception | str) -> None:
        """Note what is wrong with the video of a line."""
        self.errors.setdefault(line.video, BadAnnotationError(f"{line.where}: {error}"))


def gather(path: Path, parse: Callable[[dict[str, Any]], T]) -> Gathered[T]:
    """Read a file of one row a video.

    Raises:
        SourceError: The file is missing or can't be read.
    """
    found: Gathered[T] = Gathered()
    for line in read_lines(path):
        if line.error:
            found.errors[line.video] = line.error
        elif line.video in found.values:
            found.refuse(line, f"{line.video} was listed before")
        else:
            add(found, line, parse)
    return found


def add(found: Gathered[T], line: Line, parse: Callable[[dict[str, Any]], T]) -> None:
    """Parse one line into what was found."""
    try:
        found.values[line.video] = parse(line.row)
    except BadAnnotationError as error:
        found.refuse(line, error)


def gather_captions(path: Path) -> Gathered[tuple[Caption, ...]]:
    """Read a file of one row a segment; rows of one video add up.

    Raises:
        SourceError: The file is missing or can't be read.
    """
    found: Gathered[tuple[Caption, ...]] = Gathered()
    rows: dict[str, list[Caption]] = {}
    for line in read_lines(path):
        if line.error:
            found.errors[line.video] = line.error
            continue
        try:
            rows.setdefault(line.video, []).extend(parse_captions(line.row))
        except BadAnnotationError as error:
            found.refuse(line, error)
    found.values.update({name: tuple(captions) for name, captions in rows.items()})
    return found
