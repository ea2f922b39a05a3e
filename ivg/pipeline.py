"""The line: videos through the stages, and the books of each.

Per-video stages form a chain: a video goes on to the next stage as soon as it is through, so that
the executor's processes decode videos while models work on those before. Per-dataset stages see
the whole set, one after the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NoReturn

from ivg.books import Ledger
from ivg.errors import RunFailedError
from ivg.executors.executor import Executor
from ivg.link import Link
from ivg.progress import bars, track
from ivg.records import HEAVY, Video
from ivg.shown import shown
from ivg.sources.source import Source
from ivg.stage import Context, Failure, Outcome, Processed, describe, failed, run_stage
from ivg.step import Step
from ivg.store import Table

log = logging.getLogger(__name__)

OnError = Literal["continue", "stop"]


@dataclass(frozen=True)
class Branch:
    """A line of other videos (a benchmark's), run before the line of which a stage needs it.

    Attributes:
        name: Stands before its stages in the books.
        line: Its stages.
        source: Its videos.
    """

    name: str
    line: Line
    source: Source


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
        branch: Branch | None = None,
        local_dir: Path | None = None,
    ) -> None:
        """Nothing is touched until `run`; `local_dir` is for sources, where the store is remote."""
        self.steps = steps
        self.executor = executor
        self.context = context
        self.store_dir = store_dir
        self.on_error = on_error
        self.on_stage = on_stage
        self.branch = branch
        self.local_dir = local_dir or store_dir
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
        if self.branch:
            self._run_branch(self.branch)
        self._list(source)
        todo = [step for step in self.steps if step.stage.name not in source.provides]
        for cached, steps in groupby(todo, key=lambda step: step.stage.cached):
            if cached:
                self._run_chain(list(steps))
            else:
                for step in steps:
                    self._run_step(step)

    def hydrate(self, video: Video, fields: Iterable[str]) -> Video:
        """The video with heavy fields read from the store."""
        wanted: dict[Table, list[str]] = {}
        for name in fields:
            if name in self._heavy:
                wanted.setdefault(self._heavy[name], []).append(name)
        for table, names in wanted.items():
            outcome = table.get(video.id, names).outcome
            video = replace(video, **outcome.fields) if outcome else video
        return video

    def enter(self, ledger: Ledger, video: Video, done: Processed) -> Video | None:
        """Book what a stage made of a video; the video with it, if it stays on the line."""
        ledger.enter(done)
        if done.failure:
            self.note(done.failure)
        elif done.outcome:
            return with_light_fields(video, done.outcome)
        else:
            log.info("%s: dropped %s: %s", ledger.stage, shown(video.name), done.reason)
        return None

    def abandon(self, ledger: Ledger, came_in: int, error: Exception) -> NoReturn:
        """A stage that breaks outside any one video ends the run; what is stored stays."""
        self.failures.append(describe(ledger.stage, "", error))
        ledger.fail(came_in - ledger.videos.n_in, type(error).__name__)
        raise RunFailedError(f"{ledger.stage}: {error}") from error

    def note(self, failure: Failure) -> None:
        """Take down what went wrong.

        Raises:
            RunFailedError: With `on_error=stop`.
        """
        self.failures.append(failure)
        log.error("%s: %s failed: %s", failure.stage, shown(failure.video), shown(failure.message))
        if failure.traceback:
            log.debug(failure.traceback)
        if self.on_error == "stop":
            raise RunFailedError(f"on_error=stop: {failure.stage} failed on {failure.video}")

    def _run_branch(self, branch: Branch) -> None:
        """Run it, and take its books into these."""
        log.info("%s: its videos come first", branch.name)
        try:
            branch.line.run(branch.source)
        except RunFailedError as error:
            raise RunFailedError(f"{branch.name}/{error}") from error
        finally:
            for ledger in branch.line.ledgers:
                self.ledgers.append(replace(ledger, stage=f"{branch.name}/{ledger.stage}"))
                self.on_stage(self.ledgers[-1])
            for failure in branch.line.failures:
                self.failures.append(replace(failure, stage=f"{branch.name}/{failure.stage}"))
            self.models |= branch.line.models

    def _list(self, source: Source) -> None:
        begun = time.perf_counter()
        self.ledgers.append(Ledger("source"))
        try:
            listing = source.list_videos(self.local_dir)
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self.abandon(self.ledgers[-1], 0, error)
        self.videos = sorted(listing.videos, key=lambda video: video.name)
        self.ledgers[-1].videos, self.ledgers[-1].computed = listing.tally, len(self.videos)
        self.ledgers[-1].seconds = time.perf_counter() - begun
        for failure in listing.failures:
            self.note(failure)
        self._check(self.ledgers[-1], listing.tally.n_in, listing.tally.n_out)

    def _run_chain(self, steps: list[Step]) -> None:
        came_in, links = len(self.videos), [Link(step, self) for step in steps]
        links[0].expected = came_in
        for link in links:
            self.ledgers.append(link.ledger)
            heavy = HEAVY & set(link.step.stage.produces)
            self._heavy.update(dict.fromkeys(heavy, link.table))
        self._keep(self._flow(links))
        for before, link in zip([None, *links], links, strict=False):
            self._check(link.ledger, before.left if before else came_in, link.left)

    def _flow(self, links: list[Link]) -> Iterator[Video]:
        """What comes out of the last link; closing it closes all, the last first."""
        with bars(), ExitStack() as opened:
            flow: Iterable[Video] = list(self.videos)
            for link in links:
                through = opened.enter_context(closing(link.through(flow)))
                flow = through if self.executor.overlaps else list(through)
            yield from flow

    def _run_step(self, step: Step) -> None:
        begun, came_in = time.perf_counter(), len(self.videos)
        ledger = Ledger(step.stage.name, step.identity.key)
        self.ledgers.append(ledger)
        try:
            self._keep(self._dataset(step, ledger))
        except RunFailedError:
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self.abandon(ledger, came_in, error)
        finally:
            ledger.seconds = time.perf_counter() - begun
        self._check(ledger, came_in, len(self.videos))

    def _dataset(self, step: Step, ledger: Ledger) -> Iterator[Video]:
        stage, context = step.stage, self._whole_context()
        stage.setup(context)
        stage.prepare(self.videos)
        for video in track(self.videos, stage.name, len(self.videos)):
            ledger.computed += 1
            done = self._alone(step, video)
            if left := self.enter(ledger, video, done):
                yield left
        stage.finish(context)

    def _whole_context(self) -> Context:
        """What dataset stages may use, which stay in this process."""
        return replace(self.context, benchmark=self.branch.line) if self.branch else self.context

    def _alone(self, step: Step, video: Video) -> Processed:
        try:
            ready = self.hydrate(video, step.stage.needs)
        except Exception as error:  # noqa: BLE001 - rule 5: an error costs one video
            return failed(step.stage, video, error)
        return run_stage(step.stage, ready, self.context)

    def _keep(self, left: Iterable[Video]) -> None:
        found = {video.id: video for video in left}
        self.videos = [found[video.id] for video in self.videos if video.id in found]

    def _check(self, ledger: Ledger, came_in: int, left: int) -> None:
        ledger.check(came_in, left)
        self.on_stage(ledger)
        if came_in and not left and ledger.videos.failed:
            raise RunFailedError(f"{ledger.stage}: no video is left; see failures.jsonl")


def with_light_fields(video: Video, outcome: Outcome) -> Video:
    """The video with what a stage found; heavy fields stay in the store."""
    return replace(video, **{k: v for k, v in outcome.fields.items() if k not in HEAVY})
