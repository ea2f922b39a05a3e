"""Which videos are on the line: their ids, names and paths, some 150 bytes a video.

A record of a video, with what the stages found, is made when it is looked at.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ivg.entry import Entry
from ivg.records import BoolArray, IntArray, Video

BATCH = 1024
"""Records that are made at a time."""
ENTRIES_AT_ONCE = 65536
KIND = pa.large_binary()
"""As bytes: names of files need be no text."""
BARE = ("id", "name", "path", "content")
BLANK = Video("", "")
OTHERS = {f.name: getattr(BLANK, f.name) for f in fields(Video) if f.name not in (*BARE, "track")}
PLAIN = attrgetter(*(name for name, value in OTHERS.items() if not isinstance(value, np.ndarray)))
ARRAYS = attrgetter(*(name for name, value in OTHERS.items() if isinstance(value, np.ndarray)))

T = TypeVar("T")


class Lineup:
    """Videos by name, compact; immutable.

    Attributes:
        given: By id, the records of those of which the source knows more than its file.
    """

    def __init__(self, columns: pa.Table, given: Mapping[str, Video]) -> None:
        """Take columns as named in `BARE`, in order."""
        self._columns = columns
        self.given = given

    @classmethod
    def of(cls, videos: Iterable[Video | Entry]) -> Lineup:
        """The videos of a source, sorted by name; one by one, so that it may be a generator."""
        given: dict[str, Video] = {}
        tables = [cls._table(())]
        for some in batched(videos, ENTRIES_AT_ONCE):
            records = [one for one in some if isinstance(one, Video)]
            entries = (Entry.of(one) if isinstance(one, Video) else one for one in some)
            tables.append(cls._table(entries))
            given |= {one.id: one for one in records if knows_more(one)}
        columns = pa.concat_tables(tables).combine_chunks()
        return cls(columns.take(pc.sort_indices(columns["name"])), given)

    @classmethod
    def listed(cls, entries: Iterable[Entry], given: Mapping[str, Video]) -> Lineup:
        """Entries in the order given."""
        return cls(cls._table(entries), given)

    def __len__(self) -> int:
        return int(self._columns.num_rows)

    def __iter__(self) -> Iterator[Entry]:
        for some in self.batches(ENTRIES_AT_ONCE):
            columns = (some._columns[name].to_pylist() for name in BARE)
            for video, name, path, content in zip(*columns, strict=True):
                where = None if path is None else as_path(path)
                yield Entry(text(video), text(name), where, text(content))

    @property
    def ids(self) -> list[str]:
        """All ids: for parts of a lineup."""
        return [text(one) for one in self._columns["id"].to_pylist()]

    def batches(self, size: int = BATCH) -> Iterator[Lineup]:
        """Consecutive parts of at most `size` videos."""
        for first in range(0, len(self), size):
            yield Lineup(self._columns.slice(first, size), self.given)

    def take(self, positions: Sequence[int] | IntArray) -> Lineup:
        """Some videos, by their place."""
        return Lineup(self._columns.take(pa.array(positions, pa.int64())), self.given)

    def kept(self, stays: BoolArray) -> Lineup:
        """The videos for which (n,) `stays` is true."""
        return Lineup(self._columns.filter(pa.array(stays)), self.given)

    def among(self, ids: Collection[str]) -> BoolArray:
        """(n,) whether each video is one of those."""
        found = (one in ids for part in self.batches(ENTRIES_AT_ONCE) for one in part.ids)
        return np.fromiter(found, np.bool_, len(self))

    def records(self) -> list[Video]:
        """The videos as the source gave them: for parts of a lineup."""
        return [self.given.get(one.id) or one.record for one in self]

    @staticmethod
    def _table(entries: Iterable[Entry]) -> pa.Table:
        listed = list(entries)
        columns = {
            "id": [encoded(one.id) for one in listed],
            "name": [encoded(one.name) for one in listed],
            "path": [None if one.path is None else os.fsencode(one.path) for one in listed],
            "content": [encoded(one.content) for one in listed],
        }
        return pa.table({name: pa.array(column, KIND) for name, column in columns.items()})


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Runs of at most `size` items."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def encoded(name: str) -> bytes:
    """Bytes that sort as the text does."""
    return name.encode("utf-8", "surrogatepass")


def text(name: bytes) -> str:
    """The text that was encoded."""
    return name.decode("utf-8", "surrogatepass")


def as_path(path: bytes) -> Path:
    """The path that was encoded."""
    return Path(os.fsdecode(path))


def knows_more(video: Video) -> bool:
    """Whether a source has filled in more than which video it is and where."""
    return any(PLAIN(video)) or any(map(len, ARRAYS(video))) or len(video.track.pts) > 0
