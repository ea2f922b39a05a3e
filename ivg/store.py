"""Content-addressed tables: `<root>/<stage>/<key>/part-*.parquet` and `manifest.json`.

One row a video. A video's row is written, flushed and renamed the moment it is known, so a kill
loses only what was under way; small parts are packed once a stage is through. Failures are never
stored: a rerun tries them again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from ivg.errors import StoreError
from ivg.files import remove_leftovers, whole_file, write_text
from ivg.identity import Identity, differences
from ivg.records import HEAVY
from ivg.schema import BOOKS, COLUMNS, schema
from ivg.stage import Outcome, Processed, Tally

log = logging.getLogger(__name__)

PACK_BYTES = 64 * 2**20
ROWS_PER_GROUP = 1024
BOOKS_COLUMNS = tuple(BOOKS)


@dataclass(frozen=True)
class Place:
    """Where a video's row is."""

    part: Path
    row_group: int
    row: int


class Table:
    """The stored results of one stage under one key."""

    def __init__(self, root: Path, identity: Identity, fields: tuple[str, ...]) -> None:
        """Name the table; nothing is read or written yet."""
        self.stage_dir = root / identity.stage
        self.dir = self.stage_dir / identity.key
        self.identity = identity
        self.fields = fields
        self._places: dict[str, Place] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the table for writing; a second process waits until the first is through."""
        self.dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.dir / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            log.info("%s: another process is computing %s; waiting", self.identity.stage, self.dir)
            lock.acquire()
        try:
            remove_leftovers(self.dir)
            self._describe()
            yield
        finally:
            lock.release()

    def index(self) -> frozenset[str]:
        """Look which videos are stored (again: another process may have added some)."""
        self._places = {}
        for part in sorted(self.dir.glob("part-*.parquet")):
            self._index_part(part)
        return frozenset(self._places)

    def get(self, video_id: str, fields: Iterable[str]) -> Processed:
        """The stored row of one video, with only `fields` read."""
        if not self._places[video_id].part.exists():  # another process has packed it since
            self.index()
        place, wanted = self._places[video_id], list(fields)
        group = opened(place.part).read_row_group(place.row_group, [*BOOKS_COLUMNS, *wanted])
        return decode_row(group.slice(place.row, 1), wanted)

    def scan(self, video_ids: frozenset[str], fields: Iterable[str]) -> Iterator[Processed]:
        """The stored rows of many videos, part by part, with only `fields` read."""
        wanted = list(fields)
        for part in sorted({self._places[video].part for video in video_ids}):
            rows = opened(part).read([*BOOKS_COLUMNS, *wanted])
            for i, video in enumerate(rows["video_id"].to_pylist()):
                if video in video_ids and self._places[video].part == part:
                    yield decode_row(rows.slice(i, 1), wanted)

    def append(self, done: Processed) -> None:
        """Store the row of one video; on disk when this returns."""
        part = self.dir / f"part-{done.video_id}.parquet"
        row = pa.Table.from_pylist([encode_row(done)], schema(self.fields))
        write_part(part, row, self._rows_per_group)
        self._places[done.video_id] = Place(part, 0, 0)

    def pack(self) -> None:
        """Join small parts into parts of up to `PACK_BYTES`; needs the lock.

        A kill in between leaves rows twice, equal ones; the index takes either.
        """
        parts = sorted(self.dir.glob("part-*.parquet"))
        for bunch in bunches([p for p in parts if p.stat().st_size < PACK_BYTES // 2]):
            if len(bunch) > 1:
                self._join(bunch)
        self.index()

    def nearest(self) -> list[str]:
        """The fields in which this key differs from the most similar stored one; [] if none."""
        found = [
            differences(self.identity.described, json.loads(path.read_text())["identity"])
            for path in self.stage_dir.glob("*/manifest.json")
            if path.parent != self.dir
        ]
        return min(found, key=len, default=[])

    def _describe(self) -> None:
        from ivg.environment import environment

        manifest = self.dir / "manifest.json"
        if not manifest.exists():
            described = {"identity": self.identity.described, "environment": environment()}
            write_text(manifest, json.dumps(described, indent=1, sort_keys=True) + "\n")

    def _index_part(self, part: Path) -> None:
        file = opened(part)
        for group in range(file.num_row_groups):
            ids = file.read_row_group(group, ["video_id"])["video_id"].to_pylist()
            self._places.update({video: Place(part, group, row) for row, video in enumerate(ids)})

    def _join(self, parts: list[Path]) -> None:
        rows = pa.concat_tables([opened(part).read() for part in parts])
        name = hashlib.blake2b("".join(p.name for p in parts).encode(), digest_size=16).hexdigest()
        write_part(self.dir / f"part-{name}.parquet", rows, self._rows_per_group)
        for part in parts:
            part.unlink()

    @property
    def _rows_per_group(self) -> int:
        # heavy fields are read one video at a time, and a row group is read whole
        return 1 if HEAVY & set(self.fields) else ROWS_PER_GROUP


def opened(part: Path) -> pq.ParquetFile:
    """A part, opened.

    Raises:
        StoreError: It is no Parquet file; it is safe to delete, its videos are computed again.
    """
    try:
        return pq.ParquetFile(part)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{part}: not readable ({error}); delete it and run again") from error


def write_part(part: Path, rows: pa.Table, rows_per_group: int) -> None:
    """Write one part whole."""
    with whole_file(part) as temporary:
        pq.write_table(rows, temporary, row_group_size=rows_per_group, compression="zstd")


def encode_row(done: Processed) -> dict[str, Any]:
    """The record as a row of plain values."""
    outcome = done.outcome
    tallies = [asdict(tally) for tally in outcome.tallies] if outcome else []
    fields: Mapping[str, Any] = outcome.fields if outcome else {}
    return {
        "video_id": done.video_id,
        "status": done.status,
        "reason": done.reason,
        "seconds": done.seconds,
        "tallies": json.dumps(tallies),
        **{name: COLUMNS[name].encode(value) for name, value in fields.items()},
    }


def bunches(parts: list[Path]) -> Iterator[list[Path]]:
    """Parts in groups of at most `PACK_BYTES` together."""
    bunch: list[Path] = []
    size = 0
    for part in parts:
        if bunch and size + part.stat().st_size > PACK_BYTES:
            yield bunch
            bunch, size = [], 0
        bunch.append(part)
        size += part.stat().st_size
    if bunch:
        yield bunch


def decode_row(row: pa.Table, fields: Iterable[str]) -> Processed:
    """A stored row as the record that was stored, with only `fields` filled."""
    status, reason = row["status"][0].as_py(), row["reason"][0].as_py()
    outcome = None
    if status == "out":
        tallies = tuple(Tally(**tally) for tally in json.loads(row["tallies"][0].as_py()))
        outcome = Outcome({name: COLUMNS[name].decode(row[name][0]) for name in fields}, tallies)
    return Processed(row["video_id"][0].as_py(), status, row["seconds"][0].as_py(), outcome, reason)
