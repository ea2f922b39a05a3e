"""The per-video stages in a row: what is stored is booked, what is not goes through together."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from ivg import interrupts
from ivg.errors import RunFailedError
from ivg.lineup import Entry, Lineup
from ivg.link import Link
from ivg.progress import bars
from ivg.records import Video
from ivg.stored import Shelves, Videos

if TYPE_CHECKING:
    from ivg.pipeline import Line


class Chain:
    """Takes the videos of a line through links. Memory holds a few at a time.

    Attributes:
        links: One a stage.
        waiting: For each link the places in the lineup of the videos that have come to it through
            stored results, and whose own result is not stored.
    """

    def __init__(self, line: Line, links: Sequence[Link]) -> None:
        """Nothing is read yet."""
        self.line = line
        self.links = links
        self.waiting = [array("q") for _ in links]
        self._left = np.zeros(len(line.lineup), dtype=np.bool_)

    def run(self) -> None:
        """Take the videos through; those left are on the line then.

        Raises:
            RunFailedError: A stage could not start, or `on_error=stop` met a failure.
        """
        line = self.line
        for number, link in enumerate(self.links):
            link.before = Videos(line.lineup, (*line.layers, self._shelves(number)))
        self.look_up()
        if not line.computes:
            self._refuse_work()
        with interrupts.patient():
            found = {video.id for video in self._flow()}
        if found:
            self._left |= line.lineup.among(found)
        line.put(line.lineup.kept(self._left), (*line.layers, self._shelves(len(self.links))))

    def look_up(self) -> None:
        """Book all that is stored, as far as each video comes by it."""
        for link in self.links:
            try:
                link.look_up()
            except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
                self._abandon(link, error)
        start = 0
        for part in self.line.lineup.batches():
            self._walk(part, start)
            start += len(part)

    def _shelves(self, number: int) -> Shelves:
        """What the first links have found."""
        return Shelves(tuple(link.shelf for link in self.links[:number]))

    def _walk(self, part: Lineup, start: int) -> None:
        walking = dict(enumerate(part, start))
        for link, waiting in zip(self.links, self.waiting, strict=True):
            known = link.stored(one.id for one in walking.values())
            stored = {place: one for place, one in walking.items() if one.id in known}
            missing = {place: one for place, one in walking.items() if one.id not in known}
            waiting.extend(p for p, one in missing.items() if not link.has_failed(one))
            on = self._booked(link, stored.values()) if stored else set()
            walking = {place: one for place, one in stored.items() if one.id in on}
        self._left[list(walking)] = True

    def _refuse_work(self) -> None:
        for link, waiting in zip(self.links, self.waiting, strict=True):
            if waiting:
                name = next(iter(self.line.lineup.take(waiting[:1]))).name
                raise RunFailedError(
                    f"{link.step.stage.name}: {link.table.dir} does not hold {len(waiting)} "
                    f"videos, such as {name}"
                )

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
                waiting = self.line.lineup.take(places)
                through = opened.enter_context(closing(link.through(flow or (), waiting)))
                flow = through if self.line.executor.overlaps else self._whole(link, through)
            yield from flow or ()

    def _whole(self, link: Link, through: Iterable[Video]) -> Iterator[Video]:
        """All that a link lets go, once it is done; read again rather than held."""
        came = (Entry(one.id, one.name, one.path) for one in through)
        lineup = Lineup.listed(came, self.line.lineup.given)
        videos = link.before.under(Shelves((link.shelf,)))
        return (video for part in lineup.batches() for video in videos.made(part))

    def _abandon(self, link: Link, error: Exception) -> NoReturn:
        came_in = len(self.line.lineup) if link is self.links[0] else link.arrived
        self.line.abandon(link.ledger, came_in, error)
