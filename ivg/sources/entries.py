"""Lists of ids and addresses: `.txt`, InternVid's `.jsonl`, InternVid-G's and HawkEye's `.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.errors import MalformedEntryError, SourceError
from ivg.sources.paths import absolute

ID_FIELDS = ("YoutubeID", "video_fname", "video")


@dataclass(frozen=True)
class Entry:
    """One entry of a list: where it stands, and its text or what is wrong with it."""

    where: str
    text: str = ""
    error: MalformedEntryError | None = None


def read_entries(given: str | Sequence[Any], key: str) -> Iterator[Entry]:
    """The entries of a file, or of a list in the config.

    Args:
        given: The path of a `.txt`, `.jsonl` or `.json` file, or the entries themselves.
        key: The config key, for messages.

    Raises:
        SourceError: The file can't be read.
    """
    if isinstance(given, str):
        yield from read_file(absolute(given), key)
    else:
        yield from (Entry(f"{key}[{i}]", str(text).strip()) for i, text in enumerate(given))


def read_file(path: Path, key: str) -> Iterator[Entry]:
    """The entries of a file, by its extension (anything unknown is read as `.txt`)."""
    readers = {".jsonl": read_jsonl, ".json": read_json}
    try:
        yield from readers.get(path.suffix.lower(), read_txt)(path)
    except OSError as error:
        raise SourceError(f"{key}={path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{key}={path}: not a {path.suffix or 'text'} file: {error}") from error


def read_txt(path: Path) -> Iterator[Entry]:
    """One entry a line; blank lines and lines that begin with `#` are passed over."""
    for where, line in lines(path):
        if not line.startswith("#"):
            yield Entry(where, line)


def read_jsonl(path: Path) -> Iterator[Entry]:
    """One JSON object a line."""
    for where, line in lines(path):
        try:
            yield from_row(where, json.loads(line))
        except (ValueError, RecursionError) as error:
            yield Entry(where, error=MalformedEntryError(f"{where}: not JSON: {error}"))


def read_json(path: Path) -> Iterator[Entry]:
    """A JSON list of rows."""
    rows = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(rows, list):
        raise ValueError("it must hold a list")
    for number, row in enumerate(rows, start=1):
        yield from_row(f"{path.name}: row {number}", row)


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines that are not blank, each with its `file:line`."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield f"{path.name}:{number}", line.strip()


def from_row(where: str, row: Any) -> Entry:
    """The id in a row: under one of `ID_FIELDS`, or the row itself."""
    if isinstance(row, str):
        return Entry(where, row.strip())
    if isinstance(row, Mapping):
        for name in ID_FIELDS:
            if isinstance(row.get(name), str):
                return Entry(where, row[name].strip())
    fields = ", ".join(ID_FIELDS)
    return Entry(where, error=MalformedEntryError(f"{where}: the row has none of {fields}"))
