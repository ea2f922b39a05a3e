"""Data as scripts: a page opened from disk may load scripts, but fetch nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivg.errors import DatasetError

CALL = "ivgReport.take"
SHARD_CHARACTERS = 500_000


def script(kind: str, number: int, value: Any) -> str:
    """A script that hands a value to the page.

    ASCII only, so that neither a lone surrogate nor U+2028 can break it; `<` is spelt out, so that
    nobody who pastes it into a page closes a tag.

    Raises:
        DatasetError: A number is not finite.
    """
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise DatasetError(f"report: a number that JSON can't hold: {error}") from error
    harmless = text.replace("<", "\\u003c")
    return f'{CALL}("{kind}",{number},{harmless});\n'


def write_script(folder: Path, kind: str, number: int, value: Any) -> None:
    """Write `<kind>-<number>.js`."""
    (folder / f"{kind}-{number}.js").write_text(script(kind, number, value), encoding="ascii")


class Shards:
    """Items by the file, each file about `SHARD_CHARACTERS` long."""

    def __init__(self, write: Callable[[int, list[Any]], None]) -> None:
        """`write` is given the number of a shard and its items."""
        self._write = write
        self._items: list[Any] = []
        self._length = 0
        self.count = 0

    def add(self, item: Any, length: int) -> int:
        """Add an item of about that many characters; the number of its shard."""
        if self._items and self._length + length > SHARD_CHARACTERS:
            self.flush()
        self._items.append(item)
        self._length += length
        return self.count

    def flush(self) -> None:
        """Write what is left."""
        if self._items:
            self._write(self.count, self._items)
            self.count += 1
        self._items, self._length = [], 0
