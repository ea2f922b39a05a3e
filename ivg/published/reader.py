"""Reading published files, a line at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.errors import BadAnnotationError, SourceError


@dataclass(frozen=True, slots=True)
class Line:
    """One line: where it stands, whose it is, and its fields, or what is wrong with it."""

    where: str
    video: str
    row: dict[str, Any]
    error: BadAnnotationError | None = None


def read_lines(path: Path) -> Iterator[Line]:
    """Every line that is not blank; a broken one costs itself only.

    Raises:
        SourceError: The file is missing or can't be read.
    """
    try:
        with path.open("rb") as lines:
            for number, text in enumerate(lines, 1):
                if text.strip():
                    yield read_line(f"{path.name}:{number}", text)
    except OSError as error:
        raise SourceError(f"{path} can't be read: {error.strerror}") from error


def read_line(where: str, text: bytes) -> Line:
    """One line of JSON that holds an object with a `video_fname`."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Line(where, where, {}, BadAnnotationError(f"{where}: not JSON: {error}"))
    name = row.get("video_fname") if isinstance(row, dict) else None
    if not isinstance(name, str) or not name:
        return Line(where, where, {}, BadAnnotationError(f"{where}: has no `video_fname`"))
    return Line(where, name, row)


def read_durations(path: Path) -> dict[str, Any]:
    """`durations.json`: name to seconds, values unchecked.

    Raises:
        SourceError: The file is missing, can't be read or holds no JSON object.
    """
    try:
        durations = json.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(f"{path} can't be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise SourceError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not JSON: {error}") from error
    if not isinstance(durations, dict):
        raise SourceError(f"{path} holds no object of the form {{name: seconds}}")
    return durations
