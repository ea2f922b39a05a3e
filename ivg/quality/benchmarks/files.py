"""Reading what a benchmark publishes; every message names file and line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ivg.errors import MalformedEntryError, SourceError


def read_text(path: Path) -> str:
    """The file as text, UTF-8, a byte order mark left out.

    Raises:
        SourceError: It can't be read or is no UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8: {error}") from error


def numbered_lines(path: Path) -> Iterator[tuple[str, str]]:
    """`file:line` and the line, of all lines that are not blank.

    Raises:
        SourceError: The file can't be read.
    """
    # `splitlines` would cut at characters that sentences may hold (U+2028, say)
    for i, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield f"{path}:{i}", line.strip()


def parsed_json(where: str, text: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        MalformedEntryError: It is none.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}" if "\n" in text else where
        raise MalformedEntryError(f"{place}: not JSON: {error.msg}") from error
    if not isinstance(found, dict):
        raise MalformedEntryError(f"{where}: must be a JSON object, got {type(found).__name__}")
    return found


def field(where: str, row: dict[str, Any], name: str) -> Any:
    """A field that must be there.

    Raises:
        MalformedEntryError: It is not.
    """
    if name not in row:
        raise MalformedEntryError(f"{where}: no field {name!r}; there are {sorted(row)}")
    return row[name]


def csv_column(path: Path, key: str, value: str) -> dict[str, tuple[str, str | None]]:
    """One column of a CSV by another: `{key: (file:line, value)}`.

    Raises:
        SourceError: The file can't be read, or has no such column.
    """
    # sentences in quotes may span lines, so the reader's own line number is the row's last
    rows = csv.DictReader(read_text(path).splitlines(keepends=True))
    for name in (key, value):
        if name not in (rows.fieldnames or ()):
            raise SourceError(f"{path}:1: no column {name!r}; there are {rows.fieldnames}")
    return {row[key]: (f"{path}:{rows.line_num}", row[value]) for row in rows}
