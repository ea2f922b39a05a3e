"""Which parts a table has: seen in its folder, or read from an index where there is no folder.

Each shard writes into a folder of its own, `3-of-64`, with an index of its own. A run over all
videos reads all of them; a shard reads what has videos in common with it, and not its neighbours.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from ivg import remote
from ivg.errors import StoreError
from ivg.files import remove
from ivg.parts import LIGHT, Part
from ivg.shard import WHOLE, Shard, named

log = logging.getLogger(__name__)

INDEX = "index.json"
PACKED = "part-packed-"
AT_ONCE = 16
"""Indexes of shards that are read at a time."""


class Roll(Protocol):
    """The list of a table's parts."""

    def parts(self) -> list[Part]:
        """All parts, oldest first; a row in a later one counts instead of one in an earlier."""

    def enlist(self) -> None:
        """Let those who read the whole table see what this shard will write; needs the lock."""

    def gather(self) -> None:
        """Take in what was written and never taken in; needs the lock."""

    def change(self, gone: Iterable[Part], new: Iterable[Part]) -> None:
        """Take in new parts, which are written, and then delete others."""


class FolderRoll:
    """The parts in a folder of this machine, and in those of shards."""

    def __init__(self, table: Path, shard: Shard = WHOLE) -> None:
        """Name the table, and whose rows are looked for; nothing is read yet."""
        self.table = table
        self.shard = shard

    def parts(self) -> list[Part]:
        """Packed parts by their time, then rows that are not packed yet.

        Raises:
            FileNotFoundError: One was packed by another process meanwhile.
        """
        shards = [one for one in shards_in(self.table) if one.meets(self.shard)]
        found = [part for one in (WHOLE, *shards) for part in _lying(one.folder_in(self.table))]
        return sorted(found, key=lambda part: _age(part.path.name))

    def enlist(self) -> None:
        """Nothing to do: what lies there is seen."""

    def gather(self) -> None:
        """Nothing to do: what lies there is seen."""

    def change(self, gone: Iterable[Part], new: Iterable[Part]) -> None:
        """Delete parts; new ones are seen where they lie."""
        delete(gone)


@dataclass(frozen=True)
class Index:
    """What `index.json` says.

    Attributes:
        parts: Those in its folder, in the order in which they were added.
        counts: Each `shard.count` of which there are shards with an index of their own.
    """

    parts: tuple[Part, ...] = ()
    counts: tuple[int, ...] = ()


class IndexRoll:
    """The parts that `index.json` lists, with a checksum of the list; each shard has one.

    Every change reads the list again before writing it, so that what another driver has added
    meanwhile stays. Two changes at the same moment can lose one of them: its rows are computed
    again. The lock of the table is there to prevent that. That of the table names the counts of
    shards; shards of one count may write that into it at the same moment, for they write the same.
    """

    def __init__(self, table: Path, shard: Shard = WHOLE) -> None:
        """Name the table, and whose rows are looked for; nothing is read yet."""
        self.table = table
        self.folder = shard.folder_in(table)
        self.shard = shard

    def parts(self) -> list[Part]:
        """In the order in which they were added; those of its own folder last."""
        main = read_index(self.table)
        shards = (Shard(number, count) for count in main.counts for number in range(count))
        places = [one.folder_in(self.table) for one in shards if one.meets(self.shard)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = dict(zip(places, pool.map(read_index, places), strict=True))
        found = {self.table: main, **found}
        found[self.folder] = found.pop(self.folder, Index())
        return [part for index in found.values() for part in index.parts]

    def enlist(self) -> None:
        """Let readers know that there are shards of this count; needs the lock."""
        main = read_index(self.table)
        if self.shard.count not in (1, *main.counts):
            counts = tuple(sorted({*main.counts, self.shard.count}))
            write_index(self.table, replace(main, counts=counts))

    def gather(self) -> None:
        """List the parts that lie in its folder and in no index: their driver was killed.

        They come first, for whatever is in the index may be newer.
        """
        index = read_index(self.folder)
        known = {part.path.name for part in index.parts}
        names = remote.children(self.folder)
        left = _measured(self.folder, [n for n in names if n.removeprefix(LIGHT) not in known])
        if left:
            write_index(self.folder, replace(index, parts=(*left, *index.parts)))

    def change(self, gone: Iterable[Part], new: Iterable[Part]) -> None:
        """Write the lists anew, then delete what is not in them any more."""
        leaving = {str(part.path): part for part in gone}
        added = tuple(new)
        places = {str(part.path.parent): part.path.parent for part in leaving.values()}
        for place in (self.folder, *(p for key, p in places.items() if key != str(self.folder))):
            index, more = read_index(place), added if place is self.folder else ()
            known = {str(part.path): part for part in (*index.parts, *more)}
            kept = tuple(part for key, part in known.items() if key not in leaving)
            write_index(place, replace(index, parts=kept))
        delete(leaving.values())


def read_index(folder: Path) -> Index:
    """What the index of a folder says; where it is damaged, what lies there."""
    try:
        content = remote.read(folder / INDEX)
    except FileNotFoundError:
        return Index()
    try:
        found = _parsed(content)
        parts = tuple(_part(folder, *fields) for fields in found["parts"])
        return Index(parts, tuple(map(int, found.get("shards", ()))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s: damaged (%s); listing the folder", folder / INDEX, error)
        return _listed(folder)


def write_index(folder: Path, index: Index) -> None:
    """Put the index of a folder.

    Raises:
        StoreError: The store does not take it.
    """
    content: dict[str, Any] = {
        "parts": [[part.path.name, part.size, part.light] for part in index.parts]
    }
    if index.counts:
        content["shards"] = index.counts
    remote.put(folder / INDEX, _spelt({"crc32": _sum(content), **content}).encode())


def shards_in(table: Path) -> list[Shard]:
    """The shards that have folders in that of a table, on this machine."""
    if not table.is_dir():
        return []
    with os.scandir(table) as entries:
        return named(one.name for one in entries if one.is_dir())


def roll_of(table: Path, shard: Shard = WHOLE) -> Roll:
    """The roll of a table, as a shard has it."""
    return IndexRoll(table, shard) if remote.is_remote(table) else FolderRoll(table, shard)


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


def _age(name: str) -> tuple[bool, str]:
    """Sorts packed parts by their time, and others behind them."""
    return not name.startswith(PACKED), name


def _lying(folder: Path) -> list[Part]:
    """The parts that lie in a folder of this machine."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        sizes = {one.name: one.stat().st_size for one in entries if _is_part(one.name)}
    return _with_companions(folder, sizes)


def _listed(folder: Path) -> Index:
    """What lies in a remote folder."""
    names = remote.children(folder)
    counts = {shard.count for shard in named(names)}
    return Index(_measured(folder, names), tuple(sorted(counts)))


def _measured(folder: Path, names: Iterable[str]) -> tuple[Part, ...]:
    """The parts among the names of what lies in a remote folder, oldest first."""
    sizes = {name: remote.size(folder / name) for name in names if _is_part(name)}
    parts = _with_companions(folder, sizes)
    return tuple(sorted(parts, key=lambda part: _age(part.path.name)))


def _with_companions(folder: Path, sizes: Mapping[str, int]) -> list[Part]:
    named = (name for name in sizes if not name.startswith(LIGHT))
    return [Part(folder / name, sizes[name], sizes.get(LIGHT + name, 0)) for name in named]


def _part(folder: Path, name: str, size: int, light: int) -> Part:
    if not _is_part(name) or "/" in name:
        raise ValueError(f"{name!r} is no part")
    return Part(folder / name, int(size), int(light))


def _parsed(content: bytes) -> dict[str, Any]:
    """The content of an index.

    Raises:
        ValueError: It is not as it was written.
    """
    found: dict[str, Any] = json.loads(content)
    if _sum({name: found[name] for name in found if name != "crc32"}) != found["crc32"]:
        raise ValueError("the checksum is another")
    return found


def _sum(content: Mapping[str, Any]) -> int:
    # of the list alone where there are no shards: so it was before there were any
    return zlib.crc32(_spelt(content if "shards" in content else content["parts"]).encode())


def _spelt(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"))
