"""The driver's side of a chain on Ray: what is stored, what is dealt out, and the books."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NoReturn, Protocol

from ivg import interrupts
from ivg.executors.passage import Passage, Stop
from ivg.executors.ray_logs import told
from ivg.executors.ray_record import decoded, encoded
from ivg.records import Video
from ivg.shown import shown

if TYPE_CHECKING:
    import pyarrow as pa

    from ivg.link import Link

log = logging.getLogger(__name__)

LOOKED_UP_AT_ONCE = 1024


class Cluster(Protocol):
    """What takes blocks of videos through the stages.

    Attributes:
        block: Videos in a block.
        window: Videos that may be under way; enough for every batch of every stage.
    """

    block: int
    window: int

    def put(self, number: int, block: pa.Table) -> None:
        """Deal out a block."""

    def end(self, n_blocks: int) -> None:
        """Say that this was the last."""

    def stop(self) -> None:
        """Give out no block that nobody has asked for yet."""

    def forget(self, number: int, video_ids: Sequence[str]) -> None:
        """Say that nobody will ask for a block again, nor for what was tried with its videos."""

    def results(self) -> Generator[pa.Table]:
        """The blocks, in any order and size, as they come out of the last stage."""


class Books:
    """Enters what the stages have made of a video."""

    def __init__(self, links: Sequence[Link]) -> None:
        """Args: links: The stages, in order."""
        self.links = links
        self._of = {link.step.stage.name: link for link in links}

    def enter(self, passage: Passage) -> Video | None:
        """Book a passage; the video, if it stays on the line.

        Raises:
            RunFailedError: A stage could not go on, or `on_error=stop` met a failure.
        """
        told(passage.said)
        for stop in passage.stops:
            self._enter(self._of[stop.stage], passage.video, stop)
        if passage.broken:
            name, error = passage.broken
            link = self._of[name]
            link.line.abandon(link.ledger, max(link.arrived + 1, link.expected), error)
        return passage.video if passage.on else None

    def abandon(self, error: Exception) -> NoReturn:
        """Book what no stage is to blame for."""
        first = self.links[0]
        first.line.abandon(first.ledger, max(first.arrived, first.expected), error)

    def close(self) -> None:
        """Pack what was written, and note with which weights."""
        for link in self.links:
            link.close()

    def _enter(self, link: Link, video: Video, stop: Stop) -> None:
        link.arrived += 1
        if stop.computed:
            link.count_computed(stop.done.seconds)
            log.debug("%s: computed %s", stop.stage, shown(video.name))
        if stop.part:
            link.table.adopt(stop.part, [video.id])
        if link.line.enter(link.ledger, video, stop.done):
            link.left += 1


class Dealer:
    """Keeps as many videos under way as the window allows.

    A block that is booked is kept for as many more videos: what a lost node had is done again
    from its first stage on, and may need neighbours that are through.
    """

    def __init__(self, cluster: Cluster, passages: Iterator[Passage]) -> None:
        """Deal nothing yet."""
        self._cluster = cluster
        self._passages = passages
        self._open: Counter[int] = Counter()
        self._ids: dict[int, list[str]] = {}
        self._whole: deque[int] = deque()
        self._n_blocks = self._under_way = 0
        self._ended = False

    def deal(self) -> None:
        """Put in blocks as long as there is room; after Ctrl-C, take back what is not begun."""
        if interrupts.asked():
            self._cluster.stop()
        while not self._ended and self._under_way < self._cluster.window:
            bunch = list(islice(self._passages, self._cluster.block))
            if not bunch:
                self._cluster.end(self._n_blocks)
                self._ended = True
                return
            self._put(bunch)

    def booked(self, passages: Sequence[Passage]) -> None:
        """Make room for as many, and forget blocks that were booked long ago."""
        self._under_way -= len(passages)
        self._open.subtract(one.block for one in passages)
        for number in dict.fromkeys(one.block for one in passages):
            if not self._open[number]:
                del self._open[number]
                self._whole.append(number)
        while len(self._whole) * self._cluster.block > self._cluster.window:
            number = self._whole.popleft()
            self._cluster.forget(number, self._ids.pop(number))

    def _put(self, bunch: list[Passage]) -> None:
        number = self._n_blocks
        self._cluster.put(number, encoded(replace(one, block=number) for one in bunch))
        self._ids[number] = [one.video.id for one in bunch]
        self._open[number] = len(bunch)
        self._n_blocks += 1
        self._under_way += len(bunch)


def computed(books: Books, cluster: Cluster, passages: Iterator[Passage]) -> Generator[Video]:
    """Have the cluster take videos through the stages, and book them as they come out."""
    dealer = Dealer(cluster, passages)
    dealer.deal()
    with closing(cluster.results()) as results:
        for block in results:
            out = decoded(block)
            for passage in out:
                if (left := books.enter(passage)) is not None:
                    yield left
            dealer.booked(out)
            dealer.deal()
