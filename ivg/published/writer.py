"""Several files that appear together, whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from ivg.files import TEMPORARY, sync
from ivg.published.lines import to_line
from ivg.published.rows import Row


class Writer:
    """Lines for the files of one folder; until `publish` they stand under temporary names."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        """Open a temporary file for each name; leftovers of a killed run are overwritten."""
        self.folder = folder
        self._open: dict[str, BinaryIO] = {
            name: (folder / f"{TEMPORARY}{name}").open("wb") for name in names
        }

    def write(self, rows: dict[str, list[Row]]) -> None:
        """Append rows to files by name; if one row can't be written, none is."""
        blocks = {name: b"".join(map(to_line, lines)) for name, lines in rows.items()}
        for name, block in blocks.items():
            self._open[name].write(block)

    def publish(self, leave_out: Iterable[str] = ()) -> None:
        """Flush all files to disk and rename them; those left out go, older ones of them too."""
        for handle in self._open.values():
            handle.close()
        for name in leave_out:
            (self.folder / f"{TEMPORARY}{name}").unlink(missing_ok=True)
            (self.folder / name).unlink(missing_ok=True)
        for name in [name for name in self._open if name not in set(leave_out)]:
            sync(self.folder / f"{TEMPORARY}{name}")
            (self.folder / f"{TEMPORARY}{name}").replace(self.folder / name)
        sync(self.folder)
