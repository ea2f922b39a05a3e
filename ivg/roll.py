"""Which parts a table has: seen in its folder, or read from an index where there is no folder."""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ivg import remote
from ivg.errors import StoreError
from ivg.files import remove
from ivg.parts import LIGHT, Part

log = logging.getLogger(__name__)

INDEX = "index.json"
PACKED = "part-packed-"


class Roll(Protocol):
    """The list of a table's parts."""

    def parts(self) -> list[Part]:
        """All parts, oldest first; a row in a later one counts instead of one in an earlier."""

    def change(self, gone: Iterable[Part], new: Iterable[Part]) -> None:
        """Take in new parts, which are written, and then delete others."""


class FolderRoll:
    """The parts in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is read yet."""
        self.folder = folder

    def parts(self) -> list[Part]:
        """Packed parts by their time, then rows that are not packed yet.

        Raises:
            FileNotFoundError: One was packed by another process meanwhile.
        """
        if not self.folder.is_dir():
            return []
        with os.scandir(self.folder) as entries:
            sizes = {one.name: one.stat().st_size for one in entries if _is_part(one.name)}
        names = [name for name in sizes if not name.startswith(LIGHT)]
        names.sort(key=lambda name: (not name.startswith(PACKED), name))
        return [Part(self.folder / name, sizes[name], sizes.get(LIGHT + name, 0)) for name in names]

    def change(self, gone: Iterable[Part], new: Iterable[Part]) -> None:
        """Delete parts; new ones are seen where they lie."""
        delete(gone)


class IndexRoll:
    """The parts that `index.json` lists, with a checksum of the list.

    Every change reads the list again before writing it, so that what another driver has added
    meanwhile stays. Two changes at the same moment can lose one of them: its rows are computed
    again. The lock of the table is there to prevent that.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is read yet."""
        self.folder = folder

    def parts(self) -> list[Part]:
        """In the order in which they were added."""
        try:
            content = remote.read(self.folder / INDEX)
        except FileNotFoundError:
            return []
        try:
            return [self._part(*fields) for fields in _parsed(content)]
        except (ValueError, KeyError, TypeError) as error:
            log.warning("%s: damaged (%s); listing the folder", self.folder / INDEX, error)
            return self._listed()

    def change(self, gone: Iterable[Part], new: Iterable[Part]) -> None:
        """Write the list anew, then delete what is not in it any more."""
        leaving = {part.path.name: part for part in gone}
        known = {part.path.name: part for part in self.parts()}
        known |= {part.path.name: part for part in new}
        rows = [
            [name, part.size, part.light] for name, part in known.items() if name not in leaving
        ]
        text = json.dumps(rows, separators=(",", ":"))
        whole = {"crc32": zlib.crc32(text.encode()), "parts": rows}
        remote.put(self.folder / INDEX, json.dumps(whole, separators=(",", ":")).encode())
        delete(leaving.values())

    def _part(self, name: str, size: int, light: int) -> Part:
        if not _is_part(name) or "/" in name:
            raise ValueError(f"{name!r} is no part")
        return Part(self.folder / name, int(size), int(light))

    def _listed(self) -> list[Part]:
        """What lies in the folder: its packed parts in the order of their time, then the others."""
        sizes = {
            name: int(self._info(name)["size"])
            for name in remote.children(self.folder)
            if _is_part(name)
        }
        found = [Part(self.folder / name, size) for name, size in sizes.items()]
        found = [replace(part, light=sizes.get(LIGHT + part.path.name, 0)) for part in found]
        named = [part for part in found if not part.path.name.startswith(LIGHT)]
        return sorted(named, key=lambda p: (not p.path.name.startswith(PACKED), p.path.name))

    def _info(self, name: str) -> Any:
        path = self.folder / name
        return path.fs.info(path.path)  # type: ignore[attr-defined]


def roll_of(folder: Path) -> Roll:
    """The roll of the table in a folder."""
    return IndexRoll(folder) if remote.is_remote(folder) else FolderRoll(folder)


def delete(parts: Iterable[Part]) -> None:
    """Delete parts and their companions; what can't be deleted is told, and does no harm."""
    for part in parts:
        try:
            remove(part.path)
            if part.light:
                remove(part.light_path)
        except StoreError as error:
            log.warning("%s: not deleted (%s)", part.path, error)


def _is_part(name: str) -> bool:
    return name.removeprefix(LIGHT).startswith("part-") and name.endswith(".parquet")


def _parsed(content: bytes) -> list[list[Any]]:
    """The rows of the index.

    Raises:
        ValueError: It is not as it was written.
    """
    found = json.loads(content)
    text = json.dumps(found["parts"], separators=(",", ":"))
    if zlib.crc32(text.encode()) != found["crc32"]:
        raise ValueError("the checksum is another")
    rows: list[list[Any]] = found["parts"]
    return rows
