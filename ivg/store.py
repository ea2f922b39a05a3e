"""Content-addressed tables: `<root>/<stage>/<key>/part-*.parquet` and `manifest.json`.

One row a video. A video's row is written, flushed and renamed the moment it is known, so a kill
loses only what was under way; small parts are packed once a stage is through. Failures are never
stored: a rerun tries them again.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from filelock import FileLock, Timeout
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from ivg.environment import environment
from ivg.errors import StoreError
from ivg.files import remove_leftovers, write_text
from ivg.identity import Identity, differences
from ivg.parts import (
    Place,
    decode_row,
    encode_row,
    naming,
    opened,
    places,
    read_rows,
    write_part,
)
from ivg.records import HEAVY
from ivg.stage import Processed

log = logging.getLogger(__name__)

PACK_BYTES = 64 * 2**20
ROWS_PER_GROUP = 1024
OPEN_PARTS = 16
PACKED = "part-packed-"

while_parts_vanish = Retrying(
    retry=retry_if_exception_type(FileNotFoundError), stop=stop_after_attempt(10), reraise=True
)
"""Another process may pack parts between our look at the folder and our reading of them."""


class Table:
    """The stored results of one stage under one key."""

    def __init__(self, root: Path, identity: Identity, fields: tuple[str, ...]) -> None:
        """Name the table; nothing is read or written yet."""
        self.stage_dir = root / identity.stage
        self.dir = self.stage_dir / identity.key
        self.identity = identity
        self.fields = fields
        # heavy fields are read one video at a time, and a row group is read whole
        self._rows_per_group = 1 if HEAVY & set(fields) else ROWS_PER_GROUP
        self._places: dict[str, Place] = {}
        self._opened = lru_cache(OPEN_PARTS)(opened)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the table for writing; a second process waits until the first is through.

        Raises:
            StoreError: The store can't be written.
        """
        lock = FileLock(self.dir / ".lock")
        try:
            self.dir.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            log.info("%s: another process is computing %s; waiting", self.identity.stage, self.dir)
            lock.acquire()
        except OSError as error:
            raise StoreError(f"store.dir: {self.dir} can't be written: {error.strerror}") from error
        try:
            remove_leftovers(self.dir)
            self._describe()
            yield
        finally:
            lock.release()

    def index(self) -> frozenset[str]:
        """Look which videos are stored (again: another process may have added some)."""
        return frozenset(while_parts_vanish(self._index))

    def get(self, video_id: str, fields: Iterable[str]) -> Processed:
        """The stored row of one video, with only `fields` read.

        Raises:
            StoreError: The part is damaged, or the row is gone.
        """
        try:
            return self._get(video_id, list(fields))
        except FileNotFoundError:
            return while_parts_vanish(self._get_afresh, video_id, list(fields))

    def scan(self, video_ids: frozenset[str], fields: Iterable[str]) -> Iterator[Processed]:
        """The stored rows of many videos, part by part, with only `fields` read."""
        wanted = list(fields)
        found = sorted((self._places[video] for video in video_ids), key=_reading_order)
        rows, at = None, None
        for place in found:
            if (place.part, place.group) != at:
                at = (place.part, place.group)
                rows = read_rows(self._opened(place.part), place.part, place.group, wanted)
            yield decode_row(rows, place.row, wanted)

    def append(self, done: Processed) -> None:
        """Store the row of one video; on disk when this returns."""
        part = self.dir / f"part-{done.video_id}.parquet"
        write_part(part, encode_row(done, self.fields), self._rows_per_group)
        self._opened.cache_clear()
        self._places[done.video_id] = Place(part, 0, 0)

    def write(self, done: Processed) -> str:
        """Store the row of one video from any process, without the lock; the name of its part.

        The process that holds the lock learns of it by `adopt`.
        """
        part = self.dir / f"part-{done.video_id}.parquet"
        self.dir.mkdir(parents=True, exist_ok=True)
        write_part(part, encode_row(done, self.fields), self._rows_per_group)
        return part.name

    def adopt(self, part: str, video_ids: Iterable[str]) -> None:
        """Take a part that `write` has written into the index."""
        for row, video_id in enumerate(video_ids):
            self._places[video_id] = Place(self.dir / part, 0, row)

    def read(self, part: str, video_id: str, fields: Iterable[str]) -> Processed:
        """The row that `write` has put into a part, in any process; needs no lock.

        Raises:
            StoreError: The part is damaged or gone.
        """
        self.adopt(part, [video_id])
        return self.get(video_id, fields)

    def pack(self) -> None:
        """Join small parts into parts of up to `PACK_BYTES`; needs the lock.

        A kill in between leaves rows twice, equal ones: the index and the next packing take one.
        """
        self.index()
        small = [part for part in self._parts() if part.stat().st_size < PACK_BYTES // 2]
        for bunch in bunches(small):
            if len(bunch) > 1:
                self._join(bunch)
        self.index()

    def nearest(self) -> list[str]:
        """The fields in which this key differs from the most similar stored one; [] if none."""
        others = [
            path for path in self.stage_dir.glob("*/manifest.json") if path.parent != self.dir
        ]
        described = [read_manifest(path).get("identity") for path in others]
        found = [differences(self.identity.described, other) for other in described if other]
        return min(found, key=len, default=[])

    def note_models(self, models: Mapping[str, Mapping[str, Any]]) -> None:
        """Write to the manifest which weights the results were computed with."""
        known = read_manifest(self.dir / "manifest.json")
        plain = {name: dict(model) for name, model in models.items()}
        if known.get("models") != plain:
            self._write_manifest({**known, "models": plain})

    @property
    def models(self) -> dict[str, Any]:
        """The weights that the results were computed with, by config key."""
        return dict(read_manifest(self.dir / "manifest.json").get("models", {}))

    def _parts(self) -> list[Path]:
        """Oldest first: packed parts by their time, then rows that are not packed yet."""
        parts = self.dir.glob("part-*.parquet")
        return sorted(parts, key=lambda part: (not part.name.startswith(PACKED), part.name))

    def _index(self) -> dict[str, Place]:
        self._opened.cache_clear()
        self._places = {
            video: place
            for part in self._parts()
            for video, place in places(self._opened(part), part)
        }
        return self._places

    def _get(self, video_id: str, fields: list[str]) -> Processed:
        place = self._places.get(video_id)
        if place is None:
            raise StoreError(f"{self.dir}: the row of {video_id} is gone; run again")
        rows = read_rows(self._opened(place.part), place.part, place.group, fields)
        return decode_row(rows, place.row, fields)

    def _get_afresh(self, video_id: str, fields: list[str]) -> Processed:
        self.index()
        return self._get(video_id, fields)

    def _join(self, parts: list[Path]) -> None:
        rows = pa.concat_tables([self._own_rows(part) for part in parts])
        newest = max((number_of(part.name) for part in self._parts()), default=0)
        number = max(newest + 1, time.time_ns())  # a clock may be set back
        name = f"{PACKED}{number:020}-{uuid4().hex[:8]}.parquet"
        write_part(self.dir / name, rows, self._rows_per_group)
        for part in parts:
            part.unlink()

    def _own_rows(self, part: Path) -> pa.Table:
        """The rows of a part, without those that stand in a newer one too."""
        file = self._opened(part)
        current = [self._places[video] == place for video, place in places(file, part)]
        with naming(part):
            return file.read().filter(pa.array(current, pa.bool_()))

    def _describe(self) -> None:
        if not read_manifest(self.dir / "manifest.json"):
            described = {"identity": self.identity.described, "environment": environment()}
            self._write_manifest(described)

    def _write_manifest(self, manifest: Mapping[str, object]) -> None:
        text = json.dumps(manifest, indent=1, sort_keys=True)
        write_text(self.dir / "manifest.json", text + "\n")


def read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """A manifest; {} where there is none. A damaged one is told and taken for none."""
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s: not readable (%s)", path, error)
        return {}


def number_of(name: str) -> int:
    """When a packed part was written, in nanoseconds; 0 for others."""
    return int(name[len(PACKED) :][:20]) if name.startswith(PACKED) else 0


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


def _reading_order(place: Place) -> tuple[Path, int, int]:
    return place.part, place.group, place.row
