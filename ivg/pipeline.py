"""The line: videos through the stages, and the books of each.

Per-video stages form a chain: a video goes on to the next stage as soon as it is through, so that
the executor's processes decode videos while models work on those before. Per-dataset stages see
the whole set, a few videos at a time: memory does not grow with their number, but for the lineup.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np

from ivg.books import Ledger
from ivg.chain import Chain
from ivg.errors import RunFailedError
from ivg.executors.executor import Executor
from ivg.lineup import Lineup
from ivg.link import Link
from ivg.passes import Pass, passes
from ivg.records import HEAVY, IntArray, Video
from ivg.shard import WHOLE, Shard, listed
from ivg.shown import shown
from ivg.sources.source import Source
from ivg.stage import Context, Failure, Processed, describe
from ivg.step import Step
from ivg.store import Table
from ivg.stored import Layer, Videos, with_light_fields

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
        shard: Which share of the videos it takes.
        computes: Whether it computes what is not stored; if not, that ends the run.
        known: By stage and name of the video, failures that are not to be tried again.
        listed: The videos as the source gave them.
        lineup: The videos that are still on the line, sorted by name.
        layers: What is known of them.
        videos: Their records, without heavy fields, made as they are looked at.
        annotations: (n,) how many annotations each has.
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
        shard: Shard = WHOLE,
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
        self.shard = shard
        self.computes = True
        self.known: Mapping[tuple[str, str], Failure] = {}
        self.listed = self.lineup = Lineup.of(())
        self.layers: tuple[Layer, ...] = ()
        self.videos: Sequence[Video] = ()
        self.annotations: IntArray = np.zeros(0, dtype=np.int64)
        self.models: dict[str, Any] = {}
        self.heavy: dict[str, Table] = {}

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
                for some in passes(steps, apart=self.on_error == "stop"):
                    Pass(self, some).run()

    def hydrate(self, video: Video, fields: Iterable[str]) -> Video:
        """The video with heavy fields read from the store."""
        wanted: dict[Table, list[str]] = {}
        for name in fields:
            if name in self.heavy:
                wanted.setdefault(self.heavy[name], []).append(name)
        for table, names in wanted.items():
            outcome = table.get(video.id, names).outcome
            video = replace(video, **outcome.fields) if outcome else video
        return video

    def enter(self, ledger: Ledger, video: Video, done: Processed) -> Video | None:
        """Book what a stage made of a video; the video with it, if it stays on the line."""
        if self.book(ledger, video.name, done) and done.outcome:
            return with_light_fields(video, done.outcome)
        return None

    def book(self, ledger: Ledger, name: str, done: Processed) -> bool:
        """Book what a stage made of the video of that name; whether it stays on the line."""
        ledger.enter(done)
        if done.failure:
            self.note(done.failure)
        elif not done.outcome:
            log.info("%s: dropped %s: %s", ledger.stage, shown(name), done.reason)
        return done.outcome is not None

    def put(self, lineup: Lineup, layers: Iterable[Layer]) -> None:
        """Take these for the videos that are on the line.

        Args:
            lineup: Which.
            layers: All that is known of them.
        """
        self.lineup, self.layers = lineup, tuple(layers)
        self.videos = Videos(lineup, self.layers)

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
            listing = listed(source, self.local_dir, self.shard)
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            self.abandon(self.ledgers[-1], 0, error)
        self.listed = Lineup.of(listing.videos)
        self.put(self.listed, ())
        self.ledgers[-1].videos, self.ledgers[-1].computed = listing.tally, len(self.lineup)
        self.ledgers[-1].seconds = time.perf_counter() - begun
        for failure in listing.failures:
            self.note(failure)
        self.check(self.ledgers[-1], listing.tally.n_in, listing.tally.n_out)

    def _run_chain(self, steps: list[Step]) -> None:
        came_in, links = len(self.lineup), [Link(step, self) for step in steps]
        for link in links:
            self.ledgers.append(link.ledger)
            heavy = HEAVY & set(link.step.stage.produces)
            self.heavy.update(dict.fromkeys(heavy, link.table))
        Chain(self, links).run()
        for before, link in zip([None, *links], links, strict=False):
            self.check(link.ledger, before.left if before else came_in, link.left)

    def whole_context(self) -> Context:
        """What dataset stages may use, which stay in this process."""
        return replace(self.context, benchmark=self.branch.line) if self.branch else self.context

    def check(self, ledger: Ledger, came_in: int, left: int) -> None:
        """Close the books of a stage.

        Raises:
            BooksError: They don't balance.
            RunFailedError: Failures left no video of all.
        """
        ledger.check(came_in, left)
        self.on_stage(ledger)
        if came_in and not left and ledger.videos.failed:
            told = f"{ledger.stage}: no video is left; see failures.jsonl"
            if self.shard.count == 1:
                raise RunFailedError(told)
            log.warning("%s", told)  # others may have some; `ivg merge-runs` wants the books of all
