"""The per-video stages in a row: what is stored is booked, what is not goes through together."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from ivg import interrupts
from ivg.errors import RunFailedError
from ivg.link import Link
from ivg.progress import bars
from ivg.records import Video
from ivg.roll import Entry, Roll
from ivg.stored import Shelves, Videos

if TYPE_CHECKING:
    from ivg.pipeline import Line


class Chain:
    """Takes the videos of a line through links. Memory holds a few at a time.

    Attributes:
        links: One a stage.
        waiting: For each link the places in the roll of the videos that have come to it through
            stored results, and whose own result is not stored.
    """

    def __init__(self, line: Line, links: Sequence[Link]) -> None:
        """Nothing is read yet."""
        self.line = line
        self.links = links
        self.waiting = [array("q") for _ in links]
        self._left = np.zeros(len(line.roll), dtype=np.bool_)

    def run(self) -> None:
        """Take the videos through; those left are on the line then.

        Raises:
            RunFailedError: A stage could not start, or `on_error=stop` met a failure.
        """
        line = self.line
        for number, link in enumerate(self.links):
            link.before = Videos(line.roll, (*line.layers, self._shelves(number)))
        self.look_up()
        with interrupts.patient():
            found = {video.id for video in self._flow()}
        if found:
            self._left |= line.roll.among(found)
        line.put(line.roll.kept(self._left), (*line.layers, self._shelves(len(self.links))))

    def look_up(self) -> None:
        """Book all that is stored, as far as each video comes by it."""
        for link in self.links:
            try:
                link.look_up()
            except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
                self._abandon(link, error)
        start = 0
        for part in self.line.roll.batches():
            self._walk(part, start)
            start += len(part)

    def _shelves(self, number: int) -> Shelves:
        """What the first links have found."""
        return Shelves(tuple(link.shelf for link in self.links[:number]))

    def _walk(self, part: Roll, start: int) -> None:
        walking = dict(enumerate(part, start))
        for link, waiting in zip(self.links, self.waiting, strict=True):
            stored = {place: one for place, one in walking.items() if link.has(one.id)}
            waiting.extend(place for place in walking if place not in stored)
            on = self._booked(link, stored.values()) if stored else set()
            walking = {place: one for place, one in stored.items() if one.id in on}
        self._left[list(walking)] = True

    def _booked(self, link: Link, entries: Iterable[Entry]) -> set[str]:
        try:
            return link.book_stored(entries)
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self._abandon(link, error)

    def _flow(self) -> Iterator[Video]:
        """What comes out of the last link; closing it closes all, the last first."""
        with bars(), ExitStack() as opened:
            flow: Iterable[Video] | None = None
            for link, places in zip(self.links, self.waiting, strict=True):
                if flow is None and not places:
                    link.tell(nothing_new=True)
                    link.end()
                    continue
                waiting = self.line.roll.take(places)
                through = opened.enter_context(closing(link.through(flow or (), waiting)))
                flow = through if self.line.executor.overlaps else self._whole(link, through)
            yield from flow or ()

    def _whole(self, link: Link, through: Iterable[Video]) -> Iterator[Video]:
        """All that a link lets go, once it is done; read again rather than held."""
        came = (Entry(one.id, one.name, one.path) for one in through)
        roll = Roll.listed(came, self.line.roll.given)
        videos = link.before.under(Shelves((link.shelf,)))
        return (video for part in roll.batches() for video in videos.made(part))

    def _abandon(self, link: Link, error: Exception) -> NoReturn:
        came_in = len(self.line.roll) if link is self.links[0] else link.arrived
        self.line.abandon(link.ledger, came_in, error)
