"""The per-video stages in a row: what is stored is booked, what is not goes through together."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from ivg import interrupts
from ivg.entry import Entry
from ivg.errors import RunFailedError
from ivg.executors.executor import ChainExecutor
from ivg.executors.passage import Passage
from ivg.lineup import Lineup
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
            on, damaged = self._booked(link, stored.values()) if stored else (set(), set())
            waiting.extend(place for place, one in stored.items() if one.id in damaged)
            walking = {place: one for place, one in stored.items() if one.id in on}
        self._left[list(walking)] = True

    def _refuse_work(self) -> None:
        for link, waiting in zip(self.links, self.waiting, strict=True):
            if waiting:
                name = next(iter(self.line.lineup.take(waiting[:1]))).name
                raise RunFailedError(
                    f"{link.step.stage.name}: {link.table.dir} does not hold {len(waiting)} "
                    f"videos, such as {name}; store=DIR says where the shards have stored them"
                )

    def _booked(self, link: Link, entries: Iterable[Entry]) -> tuple[set[str], set[str]]:
        try:
            return link.book_stored(entries)
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self._abandon(link, error)

    def _flow(self) -> Iterator[Video]:
        """What comes out of the last link; closing it closes all, the last first."""
        if isinstance(self.line.executor, ChainExecutor):
            yield from self._together(self.line.executor)
            return
        with bars(), ExitStack() as opened:
            flow: Iterable[Video] | None = None
            for link, places in zip(self.links, self.waiting, strict=True):
                if flow is None and not places:
                    link.tell(nothing_new=True)
                    link.end()
                    continue
                waiting = self.line.lineup.take(places)
                flow = opened.enter_context(closing(link.through(flow or (), waiting)))
            yield from flow or ()

    def _together(self, executor: ChainExecutor) -> Iterator[Video]:
        """What comes out where the executor takes videos through all links at once."""
        first = next((n for n, places in enumerate(self.waiting) if places), len(self.links))
        with bars(), ExitStack() as held:
            for link in reversed(self.links[first:]):
                held.enter_context(link.table.locked())
                link.note_weights()
                link.look_up()
            for number, link in enumerate(self.links):
                link.expected = link.arrived + len(self.waiting[number])
                link.tell(nothing_new=number < first)
            if first < len(self.links):
                n_videos = sum(map(len, self.waiting))
                yield from executor.chain(self.links, self._passages(), n_videos)
        for link in self.links:
            link.end()

    def _passages(self) -> Iterator[Passage]:
        """The videos that wait, each with what is stored of it beyond the stage it waits for."""
        for number, (link, places) in enumerate(zip(self.links, self.waiting, strict=True)):
            behind = frozenset(one.step.stage.name for one in self.links[:number])
            for part in self.line.lineup.take(places).batches():
                known = [(one, one.stored_rows(part.ids)) for one in self.links[number:]]
                for video in link.before.made(part):
                    if interrupts.asked():
                        return
                    stored = {one.step.stage.name: rows.get(video.id) for one, rows in known}
                    there = {name: done for name, done in stored.items() if done}
                    yield Passage(video, known=there, behind=behind)

    def _abandon(self, link: Link, error: Exception) -> NoReturn:
        came_in = len(self.line.lineup) if link is self.links[0] else link.arrived
        self.line.abandon(link.ledger, came_in, error)
