"""Which videos a table holds, and where: about 50 bytes a video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from ivg.parts import Ids, Part

FOLD = 20_000
"""Entries that are kept one by one before they are sorted in among the others."""
WORD = 8
FACTOR = 0x9E3779B97F4A7C15
"""Odd, so that its powers are too: the golden ratio in 64 bits."""

Place = tuple[Part, int]
"""A part, and the row in it."""


class Catalogue(Set[str]):
    """Ids of the stored videos; a set that also knows each one's place.

    Arrays, sorted by a hash of the id, hold most of them, a dict what was added since.
    `index & ids` looks up all at once and is far cheaper than `in`, one by one.
    """

    def __init__(self, parts: Sequence[tuple[Part, Ids]] = ()) -> None:
        """Take the rows of parts, the oldest part first: of two rows of a video the newer counts.

        Args:
            parts: Each with the videos of its rows.
        """
        self._parts = [part for part, _ in parts]
        self._rows = _Rows.of([ids for _, ids in parts])
        self._fresh: dict[str, Place] = {}

    def __len__(self) -> int:
        self._fold()
        return len(self._rows.ids)

    def __iter__(self) -> Iterator[str]:
        self._fold()
        for begin in range(0, len(self._rows.ids), FOLD):
            yield from map(bytes.decode, self._rows.ids[begin : begin + FOLD].tolist())

    def __contains__(self, video: object) -> bool:
        return isinstance(video, str) and self.place(video) is not None

    def __and__(self, other: Iterable[Any]) -> frozenset[str]:
        asked = list(other)
        found = zip(asked, self.places(asked), strict=True)
        return frozenset(video for video, place in found if place)

    __rand__ = __and__

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> frozenset[Any]:
        return frozenset(it)

    def has(self, names: Ids) -> npt.NDArray[np.bool_]:
        """(n,) whether each is stored, at a fraction of what `&` costs."""
        self._fold()
        return self._rows.find(names) >= 0

    def place(self, video: str) -> Place | None:
        """Where the row of a video is; None if it has none."""
        return self._fresh[video] if video in self._fresh else self.places([video])[0]

    def places(self, videos: Sequence[str]) -> list[Place | None]:
        """Where the rows of many videos are, in the order asked."""
        at = self._rows.find(as_names(videos)).tolist()
        parts, rows, numbers = self._parts, self._rows.row, self._rows.part
        found = [(parts[numbers[one]], int(rows[one])) if one >= 0 else None for one in at]
        if not self._fresh:
            return found
        return [self._fresh.get(video, place) for video, place in zip(videos, found, strict=True)]

    def add(self, videos: Iterable[str], part: Part) -> None:
        """Take in the rows of a new part, in their order."""
        self._fresh.update((video, (part, row)) for row, video in enumerate(videos))
        if len(self._fresh) > FOLD:
            self._fold()

    def drop_parts(self, parts: Iterable[Part]) -> None:
        """Forget the rows of parts."""
        self._fold()
        gone = set(parts)
        numbers = [number for number, part in enumerate(self._parts) if part in gone]
        self._rows = self._rows.only(~np.isin(self._rows.part, numbers))

    def _fold(self) -> None:
        """Sort what was added in among the others."""
        if not self._fresh:
            return
        self._rows = self._rows.without(as_names(list(self._fresh)))
        added = self._fresh
        numbers = {part: number for number, part in enumerate(self._parts)}
        for part, _ in added.values():
            numbers.setdefault(part, len(numbers))
        part_of = np.array([numbers[part] for part, _ in added.values()], np.int32)
        row_of = np.array([row for _, row in added.values()], np.int32)
        self._rows = self._rows.joined(_Rows(as_names(list(added)), part_of, row_of))
        self._fresh = {}
        self._forget_parts(list(numbers))

    def _forget_parts(self, parts: list[Part]) -> None:
        """Leave out the parts that hold no row any more."""
        used = np.unique(self._rows.part)
        self._parts = [parts[number] for number in used]
        self._rows.part = np.searchsorted(used, self._rows.part).astype(np.int32)


class _Rows:
    """Rows of parts, sorted by a hash of their videos' ids."""

    def __init__(self, ids: Ids, part: npt.NDArray[np.int32], row: npt.NDArray[np.int32]) -> None:
        keys = hashes(ids)
        order = np.argsort(keys)
        if np.any(np.diff(keys[order]) == 0):
            order = newest_of(keys, ids, order)
        self.keys, self.ids = np.take(keys, order), np.take(ids, order)
        self.part, self.row = np.take(part, order), np.take(row, order)
        # more than one only where other ids have the same hash: hardly ever
        self._longest = 1 + int(np.count_nonzero(self.keys[1:] == self.keys[:-1]))

    @classmethod
    def of(cls, ids: Sequence[Ids]) -> _Rows:
        counts = [len(some) for some in ids]
        part = np.repeat(np.arange(len(ids), dtype=np.int32), counts)
        rows = [np.arange(count, dtype=np.int32) for count in counts]
        return cls(
            np.concatenate([np.empty(0, "S1"), *ids]), part, np.concatenate([part[:0], *rows])
        )

    def find(self, names: Ids) -> npt.NDArray[np.int64]:
        """Where each id is; -1 where it is not."""
        found = np.full(len(names), -1, np.int64)
        if not len(self.ids) or not len(names):
            return found
        at = np.searchsorted(self.keys, hashes(names))
        for step in range(self._longest):
            there = np.minimum(at + step, len(self.ids) - 1)
            found = np.where(self.ids[there] == names, there, found)
        return found

    def without(self, names: Ids) -> _Rows:
        """All but the rows of these."""
        found = self.find(names)
        kept = np.ones(len(self.ids), np.bool_)
        kept[found[found >= 0]] = False
        return self.only(kept)

    def only(self, kept: npt.NDArray[np.bool_]) -> _Rows:
        """The rows of a mask."""
        return _Rows(self.ids[kept], self.part[kept], self.row[kept])

    def joined(self, other: _Rows) -> _Rows:
        """The rows of both."""
        return _Rows(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.part, other.part]),
            np.concatenate([self.row, other.row]),
        )


def newest_of(
    keys: npt.NDArray[np.uint64], ids: Ids, order: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The order without all rows of a video but the one that came last."""
    equal = np.diff(keys[order]) == 0
    among = order[np.append(equal, False) | np.insert(equal, 0, False)]
    newest = {ids[one]: one for one in np.sort(among)}
    kept = np.ones(len(ids), np.bool_)
    kept[among] = False
    kept[list(newest.values())] = True
    return order[kept[order]]


def as_names(videos: Iterable[str]) -> Ids:
    """Ids as the arrays hold them."""
    return np.array([video.encode() for video in videos], np.bytes_)


def hashes(ids: Ids) -> npt.NDArray[np.uint64]:
    """A hash of each id, whatever the width of the array."""
    words = -(-ids.dtype.itemsize // WORD)
    padded = np.ascontiguousarray(ids.astype(f"S{words * WORD}")).view(np.uint64)
    found = np.zeros(len(ids), np.uint64)
    for number in range(words):
        factor = np.uint64(pow(FACTOR, number + 1, 2**64))
        found += padded[number::words] * factor
    return found
