"""The one loop over stages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NoReturn

from ivg.books import Ledger
from ivg.errors import RunFailedError
from ivg.executors.executor import Executor
from ivg.identity import Identity
from ivg.progress import track
from ivg.records import HEAVY, Video
from ivg.shown import shown
from ivg.sources.source import Source
from ivg.stage import Context, Failure, Outcome, Processed, Stage, describe, failed, run_stage
from ivg.store import Table

log = logging.getLogger(__name__)

OnError = Literal["continue", "stop"]
Results = Generator[tuple[Video, Processed], None, None]


@dataclass(frozen=True)
class Step:
    """A stage and the identity of its results."""

    stage: Stage
    identity: Identity


class Line:
    """Takes videos through the steps and keeps the books of each.

    Attributes:
        ledgers: The books, in the order of the stages.
        failures: A typed record of everything that went wrong.
        videos: The videos that are still on the line, sorted by name.
        models: The weights that results were computed with, by config key.
    """

    def __init__(
        self,
        steps: list[Step],
        executor: Executor,
        context: Context,
        store_dir: Path,
        on_error: OnError = "continue",
        on_stage: Callable[[Ledger], None] = lambda _: None,
    ) -> None:
        """Nothing is touched until `run`."""
        self.steps = steps
        self.executor = executor
        self.context = context
        self.store_dir = store_dir
        self.on_error = on_error
        self.on_stage = on_stage
        self.ledgers: list[Ledger] = []
        self.failures: list[Failure] = []
        self.videos: list[Video] = []
        self.models: dict[str, Any] = {}
        self._heavy: dict[str, Table] = {}

    def run(self, source: Source) -> None:
        """List the videos and run every step that the source has not done already.

        Raises:
            RunFailedError: A stage could not start, `on_error=stop` met a failure, or failures left
                no video.
            BooksError: The books of a stage don't balance.
        """
        self._list(source)
        for step in self.steps:
            if step.stage.name not in source.provides:
                self._run_step(step)

    def hydrate(self, video: Video, fields: Iterable[str]) -> Video:
        """The video with heavy fields read from the store."""
        stored = [name for name in fields if name in self._heavy]
        for name in stored:
            outcome = self._heavy[name].get(video.id, [name]).outcome
            video = replace(video, **outcome.fields) if outcome else video
        return video

    def _list(self, source: Source) -> None:
        begun = time.perf_counter()
        self.ledgers.append(Ledger("source"))
        try:
            listing = source.list_videos(self.store_dir)
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self._abandon(self.ledgers[-1], 0, error)
        self.videos = sorted(listing.videos, key=lambda video: video.name)
        self.ledgers[-1].videos, self.ledgers[-1].computed = listing.tally, len(self.videos)
        self.ledgers[-1].seconds = time.perf_counter() - begun
        for failure in listing.failures:
            self._note(failure)
        self._check(listing.tally.n_in, listing.tally.n_out)

    def _run_step(self, step: Step) -> None:
        begun, came_in = time.perf_counter(), len(self.videos)
        ledger = Ledger(step.stage.name, step.identity.key)
        self.ledgers.append(ledger)
        try:
            self.videos = self._through(step, ledger)
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self._abandon(ledger, came_in, error)
        finally:
            ledger.seconds = time.perf_counter() - begun
        self._check(came_in, len(self.videos))

    def _through(self, step: Step, ledger: Ledger) -> list[Video]:
        left: dict[str, Video] = {}
        results = self._cached(step, ledger) if step.stage.cached else self._dataset(step, ledger)
        with closing(results):
            for video, done in results:
                ledger.enter(done)
                if done.failure:
                    self._note(done.failure)
                elif done.outcome:
                    left[video.id] = with_light_fields(video, done.outcome)
                else:
                    log.info("%s: dropped %s: %s", step.stage.name, shown(video.name), done.reason)
        return [left[video.id] for video in self.videos if video.id in left]

    def _cached(self, step: Step, ledger: Ledger) -> Results:
        stage, table = step.stage, Table(self.store_dir, step.identity, step.stage.produces)
        videos = {video.id: video for video in self.videos}
        light = [name for name in stage.produces if name not in HEAVY]
        self._heavy.update({name: table for name in stage.produces if name in HEAVY})
        with table.locked():
            known = table.index() & videos.keys()
            stored = frozenset(v for v in known if stage.is_complete(v, self.context))
            explain(step, table, len(stored), len(videos))
            for done in table.scan(stored, light):
                yield videos[done.video_id], done
            for done in self._computed(stage, [v for v in self.videos if v.id not in stored]):
                if not done.failure:
                    table.append(done)
                ledger.computed += 1
                log.debug("%s: computed %s", stage.name, shown(videos[done.video_id].name))
                yield videos[done.video_id], done
            if ledger.computed:
                table.note_models(stage.models)
                table.pack()
        self.models |= table.models

    def _computed(self, stage: Stage, todo: list[Video]) -> Iterator[Processed]:
        if not todo:
            return
        broken: list[Processed] = []
        ready = self._ready(stage, todo, broken)
        results = self.executor.run(stage, ready, self.context, len(todo))
        yield from track(results, stage.name, len(todo))
        yield from broken

    def _ready(
        self, stage: Stage, todo: Iterable[Video], broken: list[Processed]
    ) -> Iterator[Video]:
        """Videos with their heavy fields; those whose fields can't be read go to `broken`."""
        for video in todo:
            try:
                ready = self.hydrate(video, stage.needs)
            except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
                broken.append(failed(stage, video, error))
            else:
                yield ready

    def _dataset(self, step: Step, ledger: Ledger) -> Results:
        stage = step.stage
        stage.setup(self.context)
        stage.prepare(self.videos)
        videos = {video.id: video for video in self.videos}
        broken: list[Processed] = []
        for ready in track(self._ready(stage, self.videos, broken), stage.name, len(videos)):
            ledger.computed += 1
            yield videos[ready.id], run_stage(stage, ready, self.context)
        yield from ((videos[done.video_id], done) for done in broken)
        stage.finish(self.context)

    def _note(self, failure: Failure) -> None:
        self.failures.append(failure)
        log.error("%s: %s failed: %s", failure.stage, shown(failure.video), shown(failure.message))
        if failure.traceback:
            log.debug(failure.traceback)
        if self.on_error == "stop":
            raise RunFailedError(f"on_error=stop: {failure.stage} failed on {failure.video}")

    def _abandon(self, ledger: Ledger, came_in: int, error: Exception) -> NoReturn:
        """A stage that breaks outside any one video ends the run; what is stored stays."""
        self.failures.append(describe(ledger.stage, "", error))
        ledger.fail(came_in - ledger.videos.n_in, type(error).__name__)
        raise RunFailedError(f"{ledger.stage}: {error}") from error

    def _check(self, came_in: int, left: int) -> None:
        ledger = self.ledgers[-1]
        ledger.check(came_in, left)
        self.on_stage(ledger)
        if came_in and not left and ledger.videos.failed:
            raise RunFailedError(f"{ledger.stage}: no video is left; see failures.jsonl")


def with_light_fields(video: Video, outcome: Outcome) -> Video:
    """The video with what a stage found; heavy fields stay in the store."""
    return replace(video, **{k: v for k, v in outcome.fields.items() if k not in HEAVY})


def explain(step: Step, table: Table, stored: int, videos: int) -> None:
    """Say what is reused, and why the rest is not."""
    name, key = step.stage.name, step.identity.key
    if stored == videos:
        log.info("%s: reused %d of %d videos (%s)", name, stored, videos, key)
    elif stored or table.index():
        log.info("%s: reused %d of %d videos (%s); the rest is new", name, stored, videos, key)
    else:
        changed = "; ".join(table.nearest()) or "nothing stored yet"
        log.info("%s: computing %d of %d videos (%s): %s", name, videos, videos, key, changed)
