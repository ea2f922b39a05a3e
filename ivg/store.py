"""Content-addressed tables: `<root>/<stage>/<key>/part-*.parquet` and `manifest.json`.

A shard's parts lie in a folder of their own there (`3-of-64/part-*.parquet`), which it alone
writes, so that shards work side by side; `ivg.lease` says who waits for whom.

One row a video; failures are never stored: a rerun tries them again. Every byte that is read is
checked (`ivg.checked`): a damaged part is told and left out, and its videos are computed again.

In a folder of this machine a video's row is written, flushed and renamed the moment it is known, so
a kill loses only what was under way; loose rows are packed as they get many, and once a stage is
through. What took less work than to write it down (merging scenes) waits for more of its kind. On a
remote store rows wait for `BUFFER_BYTES` or `BUFFER_SECS`, then go out as one part that
`index.json` lists; `flush`, and leaving `locked`, writes what still waits. What workers of a killed
driver have written, and no index lists, `locked` takes in.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from ivg import holdings, remote
from ivg.catalogue import Catalogue
from ivg.errors import DamagedError, StoreError
from ivg.files import remove_leftovers
from ivg.identity import Identity
from ivg.label import Label
from ivg.lease import held
from ivg.packing import Layout
from ivg.parts import Ids, Part, decode_row, encode_row, write_part
from ivg.shard import WHOLE, Shard
from ivg.stage import Processed

log = logging.getLogger(__name__)

CHEAP_SECS = 0.005
"""A row that took less to compute than to write waits for others."""
AT_RISK_SECS = 0.5
"""Such rows wait for so much work together."""
BUFFER_BYTES = 8 * 2**20
"""Of rows that wait, not compressed."""
BUFFER_SECS = 10.0
"""A row that comes so long after the last part went out goes out at once, with those that wait."""
AT_HAND = Part(Path(), 0)
"""In the index, the part of rows that wait."""

while_parts_vanish = Retrying(
    retry=retry_if_exception_type(FileNotFoundError), stop=stop_after_attempt(10), reraise=True
)
"""Another process may pack parts between our look at the folder and our reading of them."""


class Table:
    """The stored results of one stage under one key.

    Attributes:
        label: What the folder says of them.
    """

    def __init__(
        self, root: Path, identity: Identity, fields: tuple[str, ...], shard: Shard = WHOLE
    ) -> None:
        """Name the table, and whose rows are read and written; nothing is touched yet."""
        self.dir = root / identity.stage / identity.key
        self.label = Label(self.dir, identity)
        self.identity = identity
        self.fields = fields
        self.shard = shard
        self._own_dir = shard.folder_in(self.dir)
        self._holdings = holdings.Holdings(self.dir, Layout(fields), shard)
        self._is_remote = remote.is_remote(self.dir)
        self._waiting: dict[str, pa.Table] = {}
        self._waiting_bytes = 0
        self._at_risk = 0.0
        self._adopted: list[Part] = []
        self._sent = -BUFFER_SECS
        self._held = False

    @contextmanager
    def locked(self, wait: bool = True) -> Iterator[None]:
        """Hold the shard's part of the table for writing; see `ivg.lease`.

        Args:
            wait: For other processes that hold what has videos in common with it.

        Raises:
            BusyError: Another process holds it, and `wait` is False.
            StoreError: The store can't be written.
        """
        with held(self.dir, self.identity.stage, wait, self.shard):
            self._held = True
            try:
                if not self._is_remote:
                    remove_leftovers(self._own_dir)
                self._holdings.roll.enlist()
                self._holdings.roll.gather()
                self.label.write_once()
                yield
            finally:
                try:
                    self.flush()
                finally:
                    self._held = False

    def index(self) -> Catalogue:
        """Look which videos are stored (again: another process may have added some).

        Damaged parts are left out; with the lock held, what is whole of them is kept.
        """
        self.flush()
        while_parts_vanish(self._holdings.look)
        if self._held and self._holdings.damaged:
            self._holdings.heal()
        return self._holdings.catalogue

    def dropped(self) -> Ids:
        """The stored videos that the stage has left out, as of the last look."""
        return while_parts_vanish(self._holdings.dropped)

    def get(self, video_id: str, fields: Iterable[str]) -> Processed:
        """The stored row of one video, with only `fields` read.

        Raises:
            StoreError: The row is damaged or gone; the next run computes it again.
        """
        wanted = list(fields)
        if video_id in self._waiting:
            return decode_row(self._waiting[video_id], 0, wanted)
        try:
            return self._holdings.row(video_id, wanted)
        except FileNotFoundError:
            return while_parts_vanish(self._get_afresh, video_id, wanted)
        except DamagedError as error:
            self._heal()
            raise StoreError(f"{error}; run again, and it is computed anew") from error

    def scan(self, video_ids: Collection[str], fields: Iterable[str]) -> Iterator[Processed]:
        """The stored rows of many videos, part by part, with only `fields` read.

        Rows that turn out to be damaged are told, left out, and no longer in the index: they have
        to be computed.
        """
        wanted = list(fields)
        waiting = [video for video in video_ids if video in self._waiting]
        yield from (decode_row(self._waiting[video], 0, wanted) for video in waiting)
        left = list(set(video_ids).difference(waiting)) if waiting else list(video_ids)
        for _ in range(10):  # another process may pack, and parts may be damaged
            unread: list[str] = []
            yield from self._holdings.rows(left, wanted, unread)
            if not unread:
                return
            left = unread
            self.index()
            if self._holdings.damaged and not self._held:
                self._heal()  # now or never: a stage with nothing to do is not locked

    def append(self, done: Processed) -> None:
        """Store the row of one video; needs the lock.

        In a folder it is on disk when this returns, unless it took next to no work; a remote store
        may keep any waiting.

        Raises:
            OSError: It can't be written.
            StoreError: The remote store does not take it.
        """
        row = encode_row(done, self.fields)
        if not self._is_remote and done.seconds >= CHEAP_SECS:
            self._put(f"part-{done.video_id}.parquet", {done.video_id: row})
            return
        self._waiting[done.video_id] = row
        self._waiting_bytes += row.nbytes
        self._at_risk += done.seconds
        self._holdings.catalogue.add([done.video_id], AT_HAND)
        self._flush_if_due()

    def write(self, done: Processed) -> str:
        """Store the row of one video as a part of its own; needs no lock.

        Returns:
            What `adopt` wants to know of the part.

        Raises:
            OSError: It can't be written.
            StoreError: The remote store does not take it.
        """
        if not self._is_remote:
            self._own_dir.mkdir(parents=True, exist_ok=True)
        path = self._own_dir / f"part-{done.video_id}.{uuid4().hex[:12]}.parquet"
        return f"{path.name}:{write_part(path, encode_row(done, self.fields), 1)}"

    def adopt(self, part: str, video_ids: Sequence[str]) -> None:
        """Take a part that `write` has written into the index; needs the lock."""
        adopted = self._part(part)
        self._holdings.take_in(adopted, video_ids)
        if self._is_remote:
            self._adopted.append(adopted)
            self._flush_if_due()

    def read(self, part: str, video_id: str, fields: Iterable[str]) -> Processed:
        """The row that `write` has put into a part, in any process; needs no lock.

        Raises:
            StoreError: The part is damaged or gone.
        """
        wanted = list(fields)
        try:
            return self._holdings.only_row(self._part(part), wanted)
        except FileNotFoundError:  # packed by who holds the lock
            return while_parts_vanish(self._get_afresh, video_id, wanted)
        except DamagedError as error:
            raise StoreError(f"{error}; run again, and it is computed anew") from error

    def flush(self) -> None:
        """Put on the store what `append` and `adopt` may have kept waiting.

        Raises:
            StoreError: The remote store does not take it; it waits on.
        """
        if self._adopted:
            there = [part for part in self._adopted if self._holdings.has(part)]  # not packed yet
            self._holdings.roll.change([], there)
            self._adopted = []
        if self._waiting and self._is_remote:
            self._holdings.write(list(self._waiting.values()))
        elif self._waiting:
            self._put(f"part-rows-{time.time_ns():020}-{uuid4().hex[:8]}.parquet", self._waiting)
        self._waiting, self._waiting_bytes, self._at_risk = {}, 0, 0.0
        self._sent = time.monotonic()

    def pack(self) -> None:
        """Join small parts into parts of about `PACK_BYTES`; needs the lock.

        A kill in between leaves rows twice, equal ones: the index and the next packing take one.
        """
        self.flush()
        self.index()
        enough = BUFFER_BYTES if self._is_remote else holdings.PACK_BYTES
        small = self._holdings.smaller_than(enough // 2)
        if len(small) > 1:
            self._holdings.join(small)

    def _part(self, told: str) -> Part:
        """The part that `write` has told of."""
        name, _, size = told.rpartition(":")
        return Part(self._own_dir / name, int(size))

    def _put(self, name: str, rows: Mapping[str, pa.Table]) -> None:
        """Write the rows of some videos into a loose part of the folder."""
        path, joined = self._own_dir / name, pa.concat_tables(rows.values()).combine_chunks()
        size = write_part(path, joined, self._holdings.layout.rows_per_group(joined))
        self._holdings.take_in(Part(path, size), list(rows))

    def _flush_if_due(self) -> None:
        waited = time.monotonic() - self._sent >= BUFFER_SECS
        due = waited if self._is_remote else self._at_risk >= AT_RISK_SECS
        if due or self._waiting_bytes >= BUFFER_BYTES:
            self.flush()

    def _get_afresh(self, video_id: str, fields: list[str]) -> Processed:
        self.index()
        return self._holdings.row(video_id, fields)

    def _heal(self) -> None:
        """Drop what is damaged, if no other process writes the table."""
        if self._held:
            self._holdings.heal()
            return
        try:
            with self.locked(wait=False):
                self.index()  # looks, and heals
        except StoreError as error:
            log.debug("damaged parts stay for now: %s", error)
