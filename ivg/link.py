"""One cached stage in the chain: what is stored, what is computed, and its books."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, cast

from ivg.books import Ledger
from ivg.errors import RunFailedError
from ivg.progress import track
from ivg.records import HEAVY, Video
from ivg.shown import shown
from ivg.stage import Processed, Stage, failed
from ivg.step import Step
from ivg.store import Table

if TYPE_CHECKING:
    from ivg.executors.executor import StageExecutor
    from ivg.pipeline import Line

log = logging.getLogger(__name__)


class Link:
    """Takes videos as they come, and lets each go on as soon as it is through.

    Attributes:
        ledger: The books of the stage.
        expected: Videos that are known to come; 0 where the stages before decide.
        arrived: Videos that have come.
        left: Videos that have gone on.
    """

    def __init__(self, step: Step, line: Line, expected: int = 0) -> None:
        """Open the books; nothing is read or written yet."""
        self.step = step
        self.line = line
        self.expected = expected
        self.arrived = self.left = 0
        self.ledger = Ledger(step.stage.name, step.identity.key)
        self.table = Table(line.store_dir, step.identity, step.stage.produces)
        self._under_way: dict[str, Video] = {}
        self._stored: dict[str, Processed] = {}
        self._reused: list[Processed] = []

    def through(self, flow: Iterable[Video]) -> Generator[Video]:
        """The videos that stay on the line, in no fixed order.

        Raises:
            RunFailedError: The stage could not start, or `on_error=stop` met a failure.
        """
        try:
            with self._held(), closing(self._results(flow)) as results:
                for done in results:
                    video = self._under_way.pop(done.video_id)
                    if on := self.line.enter(self.ledger, video, done):
                        self.left += 1
                        yield on
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self.line.abandon(self.ledger, max(self.arrived, self.expected), error)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Look up what is stored; under the table's lock, unless that is all there is to do."""
        if self._all_stored():
            yield
            return
        with self.table.locked():
            self._look_up()
            yield

    def _all_stored(self) -> bool:
        try:
            self._look_up()
        except FileNotFoundError:  # another process is packing the table
            return False
        return len(self._stored) == len(self.line.videos)

    def _results(self, flow: Iterable[Video]) -> Generator[Processed]:
        fresh = self._fresh(flow)
        first = next(fresh, None)
        self._explain(first is None)
        yield from self._take_reused()
        if first is not None:
            with closing(self._computed(chain([first], fresh))) as computed:
                for done in computed:
                    self._keep(done)
                    yield done
                    yield from self._take_reused()
            yield from self._take_reused()
        if self.ledger.computed:
            self.table.note_models(self.step.stage.models)
            self.table.pack()
        self.line.models |= self.table.models

    def _look_up(self) -> None:
        """Read the stored rows of all videos that may come."""
        stage, context = self.step.stage, self.line.context
        known = self.table.index() & {video.id for video in self.line.videos}
        whole = frozenset(video for video in known if stage.is_complete(video, context))
        light = [name for name in stage.produces if name not in HEAVY]
        self._stored = {done.video_id: done for done in self.table.scan(whole, light)}

    def _fresh(self, flow: Iterable[Video]) -> Iterator[Video]:
        """The videos that have to be computed; the rows of the others wait in `_reused`."""
        for video in flow:
            self.arrived += 1
            self._under_way[video.id] = video
            if video.id in self._stored:
                self._reused.append(self._stored.pop(video.id))
            else:
                yield video

    def _take_reused(self) -> Iterator[Processed]:
        while self._reused:
            yield self._reused.pop()

    def _computed(self, todo: Iterator[Video]) -> Generator[Processed]:
        stage, most = self.step.stage, len(self.line.videos) - self.ledger.videos.n_in
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
            try:
                ready = self.line.hydrate(video, stage.needs)
            except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
                broken.append(failed(stage, video, error))
            else:
                yield ready

    def _keep(self, done: Processed) -> None:
        if not done.failure:
            self.table.append(done)
        self.ledger.computed += 1
        self.ledger.seconds += done.seconds
        name = self._under_way[done.video_id].name
        log.debug("%s: computed %s", self.step.stage.name, shown(name))

    def _explain(self, nothing_new: bool) -> None:
        """Say what is reused, and why the rest is not."""
        name, key, videos = self.step.stage.name, self.step.identity.key, len(self.line.videos)
        stored = len(self._stored) + len(self._reused)
        if nothing_new:
            log.info("%s: reused %d of %d videos (%s)", name, self.arrived, self.arrived, key)
        elif stored or self.table.index():
            log.info("%s: reused %d of %d videos (%s); the rest is new", name, stored, videos, key)
        else:
            why = "; ".join(self.table.nearest()) or "nothing stored yet"
            log.info("%s: computing %d of %d videos (%s): %s", name, videos, videos, key, why)
