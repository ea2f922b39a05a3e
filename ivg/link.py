"""One cached stage in the chain: what of it is stored, what is computed, and its books."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Set
from contextlib import closing
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, cast

from ivg import interrupts
from ivg.books import Ledger
from ivg.entry import Entry
from ivg.errors import RunFailedError
from ivg.lineup import BATCH, Lineup
from ivg.progress import track
from ivg.records import Video
from ivg.secrets import redacted
from ivg.shown import shown
from ivg.stage import Processed, Stage, failed
from ivg.step import Step
from ivg.store import Table
from ivg.stored import Shelf, Videos, light, readable, rows

if TYPE_CHECKING:
    from ivg.executors.executor import StageExecutor
    from ivg.pipeline import Line

log = logging.getLogger(__name__)

Result = tuple[Video, Processed]


class Link:
    """Takes videos as they come, and lets each go on as soon as it is through.

    Attributes:
        ledger: The books of the stage.
        expected: Videos that are known to come; more where the stages before let some through.
        arrived: Videos that have come.
        left: Videos that have gone on.
        before: What the stages before have found.
    """

    def __init__(self, step: Step, line: Line) -> None:
        """Open the books; nothing is read or written yet."""
        self.step = step
        self.line = line
        self.expected = self.arrived = self.left = 0
        self.ledger = Ledger(step.stage.name, step.identity.key)
        self.table = Table(line.store_dir, step.identity, step.stage.produces, line.shard)
        self.before = Videos(line.lineup, line.layers)
        self._known: Set[str] = frozenset()
        self._under_way: dict[str, Video] = {}
        self._reused: list[Video] = []
        self._more_reused: list[Entry] = []
        self._n_reused = 0

    @property
    def shelf(self) -> Shelf:
        """Where its light fields are."""
        return Shelf(self.table, light(self.step.stage.produces))

    def look_up(self) -> None:
        """Look which videos are stored now."""
        self._known = self.table.index()

    def stored(self, video_ids: Iterable[str]) -> set[str]:
        """Those of some videos that were stored, whole, at the last look."""
        whole = partial(self.step.stage.is_complete, context=self.line.context)
        return set(filter(whole, self._known & frozenset(video_ids)))

    def stored_rows(self, video_ids: Iterable[str]) -> dict[str, Processed]:
        """The light rows of those of some videos that were stored, whole, at the last look."""
        return rows(self.table, self.stored(video_ids), light(self.step.stage.produces))

    def book_stored(self, entries: Iterable[Entry]) -> tuple[set[str], set[str]]:
        """Book stored videos; the ids of those that go on, and of those whose row is damaged."""
        names = {entry.id: entry.name for entry in entries}
        done = readable(self.table, names, ())
        on = {i for i in names if i in done and self.line.book(self.ledger, names[i], done[i])}
        self.left += len(on)
        self.arrived = self.ledger.videos.n_in
        return on, names.keys() - done.keys()

    def has_failed(self, entry: Entry) -> bool:
        """Book a video of which it is known that it fails here; whether it is one."""
        failure = self.line.known.get((self.step.stage.name, redacted(entry.name)))
        if failure is not None:
            self.arrived += 1
            done = Processed(entry.id, "failed", 0.0, failure=failure)
            self.line.book(self.ledger, entry.name, done)
        return failure is not None

    def through(self, flow: Iterable[Video], waiting: Lineup) -> Generator[Video]:
        """The videos that stay on the line, in no fixed order.

        Args:
            flow: What comes from the link before.
            waiting: What is stored there, and not here.

        Raises:
            RunFailedError: The stage could not start, or `on_error=stop` met a failure.
        """
        self.expected = self.arrived + len(waiting)
        try:
            with self.table.locked(), closing(self._results(flow, waiting)) as results:
                for video, done in results:
                    if on := self.line.enter(self.ledger, video, done):
                        self.left += 1
                        yield on
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self.line.abandon(self.ledger, max(self.arrived, self.expected), error)

    def note_weights(self) -> None:
        """Note them where none are: who works at another place stores rows before this is told."""
        models = self.step.stage.models
        if models and not self.table.label.models:
            self.table.label.note_models(models)

    def count_computed(self, seconds: float) -> None:
        """Book the work on one video; before its row is stored, the first time with the weights.

        A run may be killed after its last row: the next one computes nothing, and would not know.
        """
        if not self.ledger.computed:
            self.table.label.note_models(self.step.stage.models)
        self.ledger.computed += 1
        self.ledger.seconds += seconds

    def close(self) -> None:
        """Pack what was written, and note the weights again: servers name theirs as they answer."""
        if self.ledger.computed:
            self.table.label.note_models(self.step.stage.models)
            self.table.pack()

    def end(self) -> None:
        """Take down the models; called once no more video comes."""
        models = self.table.label.models
        if self.left and self.step.stage.questions_at_once and not models:
            told = "does not say with which weights the rows were computed"
            log.warning("%s: %s %s", self.step.stage.name, self.table.label.path, told)
        self.line.models |= models

    def tell(self, nothing_new: bool) -> None:
        """Say what is reused, and why the rest is not."""
        name, key, videos = self.step.stage.name, self.step.identity.key, len(self.line.lineup)
        if nothing_new:
            log.info("%s: reused %d of %d videos (%s)", name, self.arrived, self.arrived, key)
        elif self._n_reused or self._known:
            n = self._n_reused
            log.info("%s: reused %d of %d videos (%s); the rest is new", name, n, videos, key)
        else:
            why = "; ".join(self.table.label.nearest()) or "nothing stored yet"
            log.info("%s: computing %d of %d videos (%s): %s", name, videos, videos, key, why)

    def _results(self, flow: Iterable[Video], waiting: Lineup) -> Generator[Result]:
        self.look_up()
        self._n_reused = self.ledger.videos.n_in
        arriving = self._arriving(flow, waiting)
        first = None
        for video in arriving:
            if not self._set_aside(video):
                first = video
                break
            if len(self._reused) >= BATCH:
                yield from self._take_reused()
        self.tell(first is None)
        yield from self._take_reused()
        if first is not None:
            fresh = (video for video in arriving if not self._set_aside(video))
            with closing(self._computed(chain([first], fresh))) as computed:
                for done in computed:
                    self._keep(done)
                    yield self._under_way.pop(done.video_id), done
                    yield from self._take_reused()
            yield from self._take_reused()
        self.close()
        self.end()

    def _arriving(self, flow: Iterable[Video], waiting: Lineup) -> Iterator[Video]:
        """All that comes; once Ctrl-C has come the stages before end their work, and that is all.

        What waits here goes first: it would only grow old.
        """
        for part in waiting.batches():
            if interrupts.asked():
                break
            for video in self.before.made(part):
                self.arrived += 1
                yield video
        for video in flow:
            if not interrupts.asked():
                self.arrived += 1
                yield video

    def _set_aside(self, video: Video) -> bool:
        """Whether the video need not be computed: its row is stored."""
        if not self.stored([video.id]):
            self._under_way[video.id] = video
            return False
        self._n_reused += 1
        if len(self._reused) < BATCH:
            self._reused.append(video)
        else:  # while one video is computed, any number of others may come
            self._more_reused.append(Entry.of(video))
        return True

    def _take_reused(self) -> Iterator[Result]:
        while self._reused:
            some, self._reused = self._reused, []
            found = rows(self.table, (video.id for video in some), self.shelf.fields)
            yield from ((video, found[video.id]) for video in some)
            if self._more_reused:
                next_ones = [self._more_reused.pop() for _ in self._more_reused[:BATCH]]
                lineup = Lineup.listed(next_ones, self.line.lineup.given)
                self._reused += self.before.made(lineup)

    def _computed(self, todo: Iterator[Video]) -> Generator[Processed]:
        stage, most = self.step.stage, len(self.line.lineup) - self.ledger.videos.n_in
        broken: list[Processed] = []
        ready = self._ready(stage, todo, broken)
        executor = cast("StageExecutor", self.line.executor)
        results = executor.run(stage, ready, self.line.context, most)
        yield from track(results, stage.name, most)
        yield from broken

    def _ready(
        self, stage: Stage, todo: Iterable[Video], broken: list[Processed]
    ) -> Iterator[Video]:
        """Videos with their heavy fields; those whose fields can't be read go to `broken`."""
        for video in todo:
            if interrupts.asked():
                continue
            try:
                ready = self.line.hydrate(video, stage.needs)
            except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
                broken.append(failed(stage, video, error))
            else:
                yield ready

    def _keep(self, done: Processed) -> None:
        self.count_computed(done.seconds)
        if not done.failure:
            self.table.append(done)
        name = self._under_way[done.video_id].name
        log.debug("%s: computed %s", self.step.stage.name, shown(name))
