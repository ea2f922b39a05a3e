"""A process in which one video at a time can do no harm to the process that asks."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack

from ivg.executors.local import alone, pool
from ivg.executors.worker import work
from ivg.records import Video
from ivg.stage import Context, Processed, Stage


class Guard:
    """Runs a stage in a worker process of its own, which lasts until a video kills it."""

    def __init__(self, stage: Stage, context: Context) -> None:
        """Start nothing yet."""
        self._stage = stage
        self._context = context
        self._opened = ExitStack()
        self._workers: ProcessPoolExecutor | None = None

    def run(self, video: Video) -> Processed:
        """The result of one video; a second crash is its failure.

        Raises:
            Exception: What `stage.setup` raised.
        """
        try:
            return self._ready().submit(work, [video]).result()[0]
        except BrokenProcessPool:
            self._opened.close()
            self._workers = None
            return alone(self._stage, video, self._context, self._context.device)

    def _ready(self) -> ProcessPoolExecutor:
        if self._workers is None:
            there = pool([self._context.device], self._stage, self._context)
            self._workers = self._opened.enter_context(there)
        return self._workers
