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

    def write(self, rows: dict[str, list[Row]]) -> dict[str, int]:
        """Append rows to files by name, and count them; if one can't be written, none is."""
        blocks = {name: [to_line(line) for line in lines] for name, lines in rows.items()}
        for name, block in blocks.items():
            self._open[name].writelines(block)
        return {name: len(block) for name, block in blocks.items()}

    def publish(self, leave_out: Iterable[str] = ()) -> tuple[str, ...]:
        """Flush all files to disk and rename them; return their names, sorted.

        Those left out go, older ones of them too.
        """
        for handle in self._open.values():
            handle.close()
        for name in leave_out:
            (self.folder / f"{TEMPORARY}{name}").unlink(missing_ok=True)
            (self.folder / name).unlink(missing_ok=True)
        published = sorted(self._open.keys() - set(leave_out))
        for name in published:
            sync(self.folder / f"{TEMPORARY}{name}")
            (self.folder / f"{TEMPORARY}{name}").replace(self.folder / name)
        sync(self.folder)
        return tuple(published)
