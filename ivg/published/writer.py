"""Several files that appear together, whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ivg.files import TEMPORARY, sync, writing


class Writer:
    """Lines for the files of one folder; until `publish` they stand under temporary names."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        """Open a temporary file for each name; leftovers of a killed run are overwritten."""
        self.folder = folder
        self._open: dict[str, BinaryIO] = {
            name: (folder / f"{TEMPORARY}{name}").open("wb") for name in names
        }

    def write(self, pieces: Mapping[str, Iterable[bytes]]) -> dict[str, int]:
        """Append lines to files by name, and count them; if one can't be written, none is.

        Args:
            pieces: What to append to each file: lines, whole or in pieces.

        Raises:
            UnwritableError: There is no room for them.
        """
        with writing(self.folder), self._all_or_nothing():
            return {name: self._append(name, parts) for name, parts in pieces.items()}

    def _append(self, name: str, pieces: Iterable[bytes]) -> int:
        lines = 0
        for piece in pieces:
            self._open[name].write(piece)
            lines += piece.count(b"\n")
        return lines

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        begun = {name: handle.tell() for name, handle in self._open.items()}
        try:
            yield
        except BaseException:
            for name, end in begun.items():
                self._open[name].seek(end)
                self._open[name].truncate()
            raise

    def publish(self, leave_out: Iterable[str] = ()) -> tuple[str, ...]:
        """Flush all files to disk and rename them; return their names, sorted.

        Those left out go, older ones of them too.

        Raises:
            UnwritableError: There is no room for them.
        """
        with writing(self.folder):
            return self._publish(frozenset(leave_out))

    def _publish(self, leave_out: frozenset[str]) -> tuple[str, ...]:
        for handle in self._open.values():
            handle.close()
        for name in leave_out:
            (self.folder / f"{TEMPORARY}{name}").unlink(missing_ok=True)
            (self.folder / name).unlink(missing_ok=True)
        published = sorted(self._open.keys() - leave_out)
        for name in published:
            sync(self.folder / f"{TEMPORARY}{name}")
            (self.folder / f"{TEMPORARY}{name}").replace(self.folder / name)
        sync(self.folder)
        return tuple(published)
