"""What a table holds: its parts, the index over them, and how both change.

Nothing here knows of locks; who calls what needs one holds it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from ivg import remote
from ivg.catalogue import Catalogue
from ivg.errors import DamagedError, StoreError
from ivg.packing import Layout, number_of, worth_joining, write_packed
from ivg.parts import Ids, Part
from ivg.reading import Reader, by_part
from ivg.roll import roll_of
from ivg.shard import WHOLE, Shard
from ivg.stage import Processed

log = logging.getLogger(__name__)

PACK_BYTES = 64 * 2**20
"""About the size of a packed part."""
LOOSE_MOST = 1000
"""Rows in files of their own before they are packed."""
CHECK_BYTES = 256 * 2**20
"""A table up to this size in a folder is read whole before it is used, about a second a GB; of a
bigger one damage is met where it is read."""


class Holdings:
    """The parts of a table and the index over them, as a shard sees them.

    A run over all videos sees every part, and may join any. A shard sees its own and those that
    have videos in common with it, and only joins or drops its own.

    Attributes:
        catalogue: The stored videos, as of the last `look` and what was taken in since.
        damaged: Parts that were met damaged and are still there.
    """

    def __init__(self, table: Path, layout: Layout, shard: Shard = WHOLE) -> None:
        """Name the table, and who writes; nothing is read yet."""
        self.folder = shard.folder_in(table)
        self.layout = layout
        self.shard = shard
        self.roll = roll_of(table, shard)
        self.catalogue = Catalogue()
        self.damaged: dict[Part, None] = {}
        self._reader = Reader()
        self._parts: dict[Part, None] = {}
        self._told: dict[Part, None] = {}
        self._n_loose = 0

    def look(self) -> None:
        """See which parts there are; those that are not as they were written are left out.

        Raises:
            FileNotFoundError: Another process has packed meanwhile.
        """
        self._reader.forget()
        parts = self.roll.parts()
        there = set(parts)
        self.damaged = {part: None for part in self.damaged if part in there}
        if not self.damaged and self._parts.keys() == there:
            return
        whole = sum(part.size for part in parts) <= CHECK_BYTES
        check = whole and not remote.is_remote(self.folder)
        usable = [part for part in parts if part not in self.damaged]
        found = [(part, ids) for part in usable if (ids := self._ids(part, check)) is not None]
        self.catalogue = Catalogue(found)
        self._parts = dict.fromkeys(part for part, _ in found)
        self._n_loose = sum(not number_of(part) for part in self._parts)

    def heal(self) -> None:
        """Write what is whole of the damaged parts anew, and drop them; needs the lock."""
        left = self.damaged
        gone, self.damaged = self._ours(left), {}
        if gone:
            self.join(gone)
        self.catalogue.drop_parts(left)
        self.damaged = {part: None for part in left if part not in gone}

    def row(self, video: str, fields: Sequence[str]) -> Processed:
        """The stored row of one video.

        Raises:
            FileNotFoundError: Another process has packed meanwhile.
            DamagedError: The row is not as it was written; its part is in `damaged` now.
            StoreError: There is none.
        """
        place = self.catalogue.place(video)
        if place is None:
            raise StoreError(f"{self.folder}: the row of {video} is gone; run again")
        try:
            return next(self._reader.rows(place[0], [place[1]], fields))
        except DamagedError as error:
            self.tell(place[0], error)
            raise

    def only_row(self, part: Part, fields: Sequence[str]) -> Processed:
        """The row of a part that has one, whether it is in the index or not.

        Raises:
            FileNotFoundError: It is gone.
            DamagedError: It is not as it was written.
        """
        return next(self._reader.rows(part, [0], fields))

    def has(self, part: Part) -> bool:
        """Whether a part is among those that are known."""
        return part in self._parts

    def dropped(self) -> Ids:
        """The stored videos that are not out of the stage; parts that can't be read have none.

        Raises:
            FileNotFoundError: Another process has packed meanwhile.
        """
        found = [np.empty(0, "S1")]
        for part in self._parts:
            try:
                found.append(self._reader.dropped(part))
            except DamagedError as error:
                self.tell(part, error)
        return np.concatenate(found)

    def rows(
        self, videos: Sequence[str], fields: Sequence[str], unread: list[str]
    ) -> Iterator[Processed]:
        """The stored rows of many videos, in reading order.

        Args:
            videos: Those that are not stored are passed over.
            fields: What is read.
            unread: Is given the videos whose rows were not to be read: damaged (their parts are in
                `damaged` now), or packed by another process meanwhile.
        """
        both = zip(videos, self.catalogue.places(videos), strict=True)
        for part, rows, names in by_part((place, video) for video, place in both if place):
            done = 0
            try:
                for row in self._reader.rows(part, rows, fields):
                    yield row
                    done += 1
            except FileNotFoundError:
                unread += names[done:]
            except DamagedError as error:
                self.tell(part, error)
                unread += names[done:]

    def take_in(self, part: Part, videos: Sequence[str]) -> None:
        """Add a part that was written; packs when there are many loose ones."""
        before = self.catalogue.place(videos[0])
        if before and before[0].path == part.path:  # the same file, written anew
            self._parts.pop(before[0], None)
            self._reader.forget()
        self.catalogue.add(videos, part)
        self._parts[part] = None
        self._n_loose += 1
        if self._n_loose > LOOSE_MOST:
            self.join(worth_joining(self._ours(self._parts), PACK_BYTES))

    def join(self, parts: Sequence[Part]) -> None:
        """Write the rows of parts that count into new parts, and delete those."""
        rows = (
            table
            for part in parts
            for table in self._reader.current(part, self.catalogue, self.tell)
        )
        self.write(rows, parts)
        if not self.damaged.keys().isdisjoint(parts):
            self.catalogue.drop_parts(parts)

    def write(self, rows: Iterable[pa.Table], gone: Sequence[Part] = ()) -> None:
        """Write rows as packed parts, then take those out that they were read from.

        Raises:
            StoreError: The remote store does not take it.
        """
        new = list(write_packed(self.folder, self.layout, rows, PACK_BYTES, list(self._parts)))
        self.roll.change(gone, [packed.part for packed in new])
        for packed in new:
            self.catalogue.add(packed.videos, packed.part)
        leaving = set(gone)
        kept = [part for part in self._parts if part not in leaving]
        self._parts = dict.fromkeys([*kept, *(packed.part for packed in new)])
        self._n_loose = sum(not number_of(part) for part in kept)

    def smaller_than(self, size: int) -> list[Part]:
        """Parts of fewer bytes that may be joined."""
        return [part for part in self._ours(self._parts) if part.size < size]

    def tell(self, part: Part, error: Exception) -> None:
        """Note that a part is damaged, and say so once."""
        if part not in self._told:
            log.warning("%s; not used, its videos are computed again", error)
        self._told[part] = self.damaged[part] = None

    def _ours(self, parts: Iterable[Part]) -> list[Part]:
        """Those that who holds the lock may replace."""
        if self.shard.count == 1:
            return list(parts)
        return [part for part in parts if part.path.parent == self.folder]

    def _ids(self, part: Part, check: bool) -> Ids | None:
        try:
            if check and part not in self._parts:
                self._reader.check(part)
            return self._reader.ids(part)
        except DamagedError as error:
            self.tell(part, error)
        except FileNotFoundError:
            if part not in self.roll.parts():
                raise
            self.tell(part, DamagedError(f"{part.path}: missing"))
        return None
