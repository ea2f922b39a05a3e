"""Videos with what the stages have found, made from the store as they are looked at.

Memory holds a few at a time, however many there are. What per-dataset stages found is not stored:
they answer again, which is cheap, for each who looks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, overload

import numpy as np

from ivg.errors import StoreError
from ivg.lineup import Lineup
from ivg.records import HEAVY, Video
from ivg.stage import Outcome, Processed
from ivg.store import Table


class Layer(Protocol):
    """Adds what some stages found."""

    def add(self, videos: Sequence[Video], fields: Collection[str] | None) -> list[Video]:
        """The videos with it, those that are still on the line.

        Args:
            videos: Records.
            fields: Those that will be read; None for all light ones.
        """


@dataclass(frozen=True)
class Shelf:
    """The light fields of one stored stage."""

    table: Table
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Shelves:
    """Layer of stored stages."""

    shelves: tuple[Shelf, ...]

    def add(self, videos: Sequence[Video], fields: Collection[str] | None) -> list[Video]:
        """See `Layer`; every video must be stored.

        Raises:
            StoreError: A row is gone.
        """
        found: dict[str, dict[str, object]] = {video.id: {} for video in videos}
        for shelf in self.shelves:
            wanted = [name for name in shelf.fields if fields is None or name in fields]
            if wanted:
                for video, done in rows(shelf.table, found, wanted).items():
                    found[video].update(done.outcome.fields if done.outcome else {})
        return [replace(video, **found[video.id]) for video in videos]  # type: ignore[arg-type]


@dataclass(frozen=True)
class Again:
    """Layer of a per-dataset stage that has seen the set: it answers once more, off the books."""

    answer: Callable[[Video], Processed]
    produces: tuple[str, ...]

    def add(self, videos: Sequence[Video], fields: Collection[str] | None) -> list[Video]:
        """See `Layer`."""
        if fields is not None and not set(fields) & set(self.produces):
            return list(videos)
        done = ((video, self.answer(video).outcome) for video in videos)
        return [with_light_fields(video, outcome) for video, outcome in done if outcome]


class Videos(Sequence[Video]):
    """The videos of a lineup with their light fields; each iteration reads them again.

    Its length is that of the lineup, before a layer that drops videos.
    """

    def __init__(
        self, lineup: Lineup, layers: Sequence[Layer] = (), reads: Collection[str] | None = None
    ) -> None:
        """Nothing is read yet.

        Args:
            lineup: Which, in which order.
            layers: What to add, in the order of the stages.
            reads: The fields that are looked at; None for all light ones.
        """
        self.lineup = lineup
        self.layers = tuple(layers)
        self.reads = reads

    def __len__(self) -> int:
        return len(self.lineup)

    def __iter__(self) -> Iterator[Video]:
        for part in self.lineup.batches():
            yield from self.made(part)

    @overload
    def __getitem__(self, index: int) -> Video: ...
    @overload
    def __getitem__(self, index: slice) -> list[Video]: ...
    def __getitem__(self, index: int | slice) -> Video | list[Video]:
        places = np.arange(len(self))[index]
        if isinstance(index, slice):
            return self.made(self.lineup.take(places))
        return self.made(self.lineup.take([int(places)]))[0]

    def made(self, part: Lineup) -> list[Video]:
        """The records of part of the lineup."""
        videos = part.records()
        for layer in self.layers:
            videos = layer.add(videos, self.reads)
        return videos

    def under(self, *layers: Layer) -> Videos:
        """The same videos with more layers on top."""
        return Videos(self.lineup, (*self.layers, *layers), self.reads)


@dataclass(frozen=True)
class Held:
    """Layer in place of all below: so few videos that their records can as well be kept."""

    by_id: Mapping[str, Video]

    def add(self, videos: Sequence[Video], fields: Collection[str] | None) -> list[Video]:
        """See `Layer`."""
        return [self.by_id[video.id] for video in videos]


def rows(table: Table, video_ids: Iterable[str], fields: Sequence[str]) -> dict[str, Processed]:
    """The stored rows of some videos, by id, with only `fields` read.

    Raises:
        StoreError: A part is damaged, or a row is gone.
    """
    wanted = frozenset(video_ids)
    found = readable(table, wanted, fields)
    if lost := wanted - found.keys():
        raise StoreError(f"{table.dir}: the row of {min(lost)} is gone; run again")
    return found


def readable(
    table: Table, video_ids: Collection[str], fields: Sequence[str]
) -> dict[str, Processed]:
    """The stored rows of some videos, by id, without those that are damaged."""
    return {done.video_id: done for done in table.scan(video_ids, fields)}


def with_light_fields(video: Video, outcome: Outcome) -> Video:
    """The video with what a stage found; heavy fields stay in the store."""
    found = {k: v for k, v in outcome.fields.items() if k not in HEAVY}
    return replace(video, **found) if found else video


def light(produces: Iterable[str]) -> tuple[str, ...]:
    """The fields that may be held for many videos at a time."""
    return tuple(name for name in produces if name not in HEAVY)
