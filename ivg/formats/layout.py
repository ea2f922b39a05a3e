"""Files written entry by entry: lists and objects of JSON never stand in memory whole.

UTF-8; what is not valid Unicode is written as JSON escapes (see `ivg.published.lines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from ivg.published.lines import to_line


def json_lines(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    """An object a line."""
    write(path, map(to_line, entries))


def json_list(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    """A list, an entry a line."""
    write(path, enclosed(b"[", (to_line(entry)[:-1] for entry in entries), b"]"))


def json_object(path: Path, entries: Iterable[tuple[str, Any]]) -> None:
    """An object, a key a line; keys must differ."""
    write(path, enclosed(b"{", (to_line({key: value})[1:-2] for key, value in entries), b"}"))


def enclosed(head: bytes, pieces: Iterable[bytes], tail: bytes) -> Iterator[bytes]:
    """Pieces between brackets, a line each."""
    yield head
    for separator, piece in zip(chain([b"\n"], repeat(b",\n")), pieces, strict=False):
        yield separator + piece
    yield b"\n" + tail + b"\n"


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write pieces one after another."""
    with path.open("wb") as file:
        file.writelines(pieces)
