"""Work on this machine: in this process, or over worker processes."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from logging.handlers import QueueListener
from typing import ClassVar

from ivg.errors import WorkerCrashedError
from ivg.executors.worker import start_process, work
from ivg.ranges import whole_within
from ivg.records import Video
from ivg.stage import Context, Failure, Processed, Stage, run_stage

IN_FLIGHT_PER_WORKER = 2


class LocalExecutor:
    """Spread the videos of a per-video stage over `workers` processes; 1 stays in this one.

    A worker that dies (out of memory, a crash inside a codec) costs the video that killed it: the
    videos under way are tried again one at a time, each in a process of its own.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset({"workers"})

    def __init__(self, workers: int = 1) -> None:
        """Args: workers: Processes, at least 1."""
        self.workers = whole_within("executor.workers", workers, 1)

    def run(self, stage: Stage, videos: Iterable[Video], context: Context) -> Iterator[Processed]:
        """Yield the result of each video as it comes, in no fixed order."""
        if self.workers == 1:
            stage.setup(context)
            return (run_stage(stage, video, context) for video in videos)
        return self._spread(stage, iter(videos), context)

    def _spread(
        self, stage: Stage, videos: Iterator[Video], context: Context
    ) -> Iterator[Processed]:
        suspects: list[Video] = []
        while True:
            with pool(self.workers, stage, context) as workers:
                yield from self._drain(workers, videos, suspects)
            if not suspects:
                return
            for video in suspects:
                yield alone(stage, video, context)
            suspects.clear()

    def _drain(
        self, workers: ProcessPoolExecutor, videos: Iterator[Video], suspects: list[Video]
    ) -> Iterator[Processed]:
        under_way: dict[Future[Processed], Video] = {}
        while not suspects:
            for video in videos:
                under_way[submitted(workers, video)] = video
                if len(under_way) >= IN_FLIGHT_PER_WORKER * self.workers:
                    break
            if not under_way:
                return
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield from settled(future, under_way.pop(future), suspects)
        for future, video in under_way.items():
            yield from settled(future, video, suspects)


def submitted(workers: ProcessPoolExecutor, video: Video) -> Future[Processed]:
    """The future of one video; already failed if the pool broke just before."""
    try:
        return workers.submit(work, video)
    except BrokenProcessPool as error:
        future: Future[Processed] = Future()
        future.set_exception(error)
        return future


def settled(future: Future[Processed], video: Video, suspects: list[Video]) -> Iterator[Processed]:
    """The result, or the video among the suspects if the pool broke while it was under way."""
    try:
        yield future.result()
    except BrokenProcessPool:
        suspects.append(video)


def alone(stage: Stage, video: Video, context: Context) -> Processed:
    """Run one video in a process of its own; a second crash is that video's failure."""
    with pool(1, stage, context) as workers:
        try:
            return workers.submit(work, video).result()
        except BrokenProcessPool:
            message = f"{video.name}: the worker process died twice on it (out of memory?)"
            failure = Failure(stage.name, video.name, WorkerCrashedError.__name__, message)
            return Processed(video.id, "failed", 0.0, failure=failure)


@contextmanager
def pool(workers: int, stage: Stage, context: Context) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes that know the stage; spawned, since CUDA doesn't survive a fork.

    What they log goes through this process's handlers.
    """
    spawn = multiprocessing.get_context("spawn")
    logs, others = spawn.Queue(), set(multiprocessing.active_children())
    listener = QueueListener(logs, *logging.getLogger().handlers, respect_handler_level=True)
    listener.start()
    try:
        with ProcessPoolExecutor(workers, spawn, start_process, (stage, context, logs)) as executor:
            try:
                yield executor
            except BaseException:
                # leaving would wait for the videos under way; a scheduler doesn't
                workers_left = set(multiprocessing.active_children()) - others
                executor.shutdown(wait=False, cancel_futures=True)
                for process in workers_left:
                    process.terminate()
                raise
    finally:
        listener.stop()
        logs.close()
