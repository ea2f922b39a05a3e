"""The driver's side of a chain on Ray: what is stored, what is dealt out, and the books."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Sequence, Set
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NoReturn, Protocol

from ivg.executors.ray_logs import told
from ivg.executors.ray_record import Passage, Stop, decoded, encoded
from ivg.records import HEAVY, Video
from ivg.shown import shown
from ivg.stage import Processed

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
            if link.ledger.computed:
                link.table.note_models(link.step.stage.models)
                link.table.pack()
            link.line.models |= link.table.models

    def _enter(self, link: Link, video: Video, stop: Stop) -> None:
        link.arrived += 1
        if stop.computed:
            link.ledger.computed += 1
            link.ledger.seconds += stop.done.seconds
            log.debug("%s: computed %s", stop.stage, shown(video.name))
        if stop.part:
            link.table.adopt(stop.part, [video.id])
        if link.line.enter(link.ledger, video, stop.done):
            link.left += 1


class Stored:
    """What the tables hold of the videos, looked up in bunches."""

    def __init__(self, links: Sequence[Link]) -> None:
        """Args: links: The stages, in order."""
        self.links = links
        self._known: dict[str, Set[str]] = {}

    @contextmanager
    def held(self, videos: Sequence[Video]) -> Iterator[None]:
        """Hold the tables to which rows may come, the last first, as a local run takes them."""
        with ExitStack() as opened:
            for link in reversed(self.links):
                if self._look(link, videos) < len(videos):
                    opened.enter_context(link.table.locked())
                    tell(link, self._look(link, videos), len(videos))
            yield

    def passages(self, videos: Iterable[Video]) -> Iterator[Passage]:
        """The videos, each with the rows that are stored of it."""
        for bunch in bunched(videos):
            known: dict[str, dict[str, Processed]] = {video.id: {} for video in bunch}
            for link in self.links:
                light = [name for name in link.step.stage.produces if name not in HEAVY]
                for done in link.table.scan(self._whole(link, bunch), light):
                    known[done.video_id][link.step.stage.name] = done
            yield from (Passage(video, known=known[video.id]) for video in bunch)

    def as_stored(self, passage: Passage) -> Passage | None:
        """The passage on stored rows alone; None where a stage has to compute."""
        for link in self.links:
            name = link.step.stage.name
            if not passage.on:
                break
            if name not in passage.known:
                return None
            passage = passage.through(name, passage.known[name], None, computed=False)
        return passage

    def _look(self, link: Link, videos: Iterable[Video]) -> int:
        """Look afresh which videos are stored; how many."""
        self._known[link.step.stage.name] = link.table.index()
        return sum(len(self._whole(link, bunch)) for bunch in bunched(videos))

    def _whole(self, link: Link, bunch: Sequence[Video]) -> frozenset[str]:
        """The ids of those videos whose rows are there, with all that belongs to them."""
        stage, context = link.step.stage, link.line.context
        known = self._known[stage.name] & {video.id for video in bunch}
        return frozenset(one for one in known if stage.is_complete(one, context))


def tell(link: Link, n_stored: int, n_videos: int) -> None:
    """Say what is reused, and why the rest is not."""
    name, key = link.step.stage.name, link.step.identity.key
    if n_stored:
        log.info("%s: %d of %d videos are stored (%s)", name, n_stored, n_videos, key)
    else:
        why = "; ".join(link.table.nearest()) or "nothing stored yet"
        log.info("%s: computing %d of %d videos (%s): %s", name, n_videos, n_videos, key, why)


def bunched(videos: Iterable[Video]) -> Iterator[list[Video]]:
    """The videos in bunches to be looked up."""
    following = iter(videos)
    while bunch := list(islice(following, LOOKED_UP_AT_ONCE)):
        yield bunch


def reused(
    books: Books, stored: Stored, videos: Iterable[Video], todo: list[Video]
) -> Iterator[Video]:
    """Book the videos for which all is stored; the others are added to `todo`."""
    for passage in stored.passages(videos):
        if (through := stored.as_stored(passage)) is None:
            todo.append(passage.video)
        elif (left := books.enter(through)) is not None:
            yield left


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
        """Put in blocks as long as there is room."""
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
