"""Work on this machine: in this process, or over worker processes."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from logging.handlers import QueueListener
from typing import ClassVar, Protocol

from ivg import interrupts
from ivg.apart import Crew, close_idle
from ivg.cell import spawning
from ivg.dialogue import run_stage_on
from ivg.errors import WorkerCrashedError
from ivg.executors.bunches import bunches
from ivg.executors.placement import devices_for, shared
from ivg.executors.worker import start_process, work, work_apart
from ivg.limits import use
from ivg.ranges import optional_whole_within
from ivg.records import Video
from ivg.stage import Context, Failure, Processed, Stage

IN_FLIGHT_PER_WORKER = 16
"""What is ready must not run out while a model is busy."""
LAST_WORDS_SECS = 10.0
ALSO_BEGUN = 1
"""Bunches that `ProcessPoolExecutor` takes beyond one a worker; those after are surely innocent."""

Bunch = tuple[Video, ...]


class LocalExecutor:
    """Spread the videos of a per-video stage over processes.

    A model on GPUs gets one process a GPU; what asks no model `workers` processes, which run
    ahead while models work; a single one is this process, unless it decodes videos under limits. A
    worker that dies (out of memory, a crash inside a codec) costs the video that killed it: those
    that may have are tried again one at a time, each in a process of its own.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset({"workers"})

    def __init__(self, workers: int | None = None) -> None:
        """Args: workers: Processes of stages that need no GPU, at least 1; None for one a core."""
        self.workers = optional_whole_within("executor.workers", workers, 1)

    def run(
        self, stage: Stage, videos: Iterable[Video], context: Context, n_videos: int
    ) -> Iterator[Processed]:
        """Yield the result of each video as it comes, in no fixed order."""
        use(context.limits)
        devices = devices_for(stage, context, self.workers, n_videos)
        if stage.decodes and context.limits.guarded:
            todo = bunches(stage, videos, n_videos, len(devices))
            own = shared(context, len(devices)) if len(devices) > 1 else context
            return apart(stage, todo, replace(own, device=devices[0]), len(devices))
        if len(devices) == 1:
            stage.setup(replace(context, device=devices[0]))
            return run_stage_on(stage, videos, context)
        todo = bunches(stage, videos, n_videos, len(devices))
        return spread(stage, todo, shared(context, len(devices)), devices)


def apart(
    stage: Stage, todo: Iterator[Bunch], context: Context, workers: int
) -> Iterator[Processed]:
    """Keep a guarded process a worker busy; what a video does to its own harms no other."""
    crew = Crew()
    with ThreadPoolExecutor(workers, "ivg-cells") as pool:
        try:
            yield from drain(Team(pool, crew, stage, context), todo, [], workers)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            crew.stop()
            raise
    close_idle()


@dataclass(frozen=True)
class Team:
    """Threads that each wait for a cell."""

    pool: ThreadPoolExecutor
    crew: Crew
    stage: Stage
    context: Context

    def submit(self, _: object, bunch: Bunch) -> Future[list[Processed]]:
        """Have some videos done in cells."""
        return self.pool.submit(work_apart, self.crew, self.stage, self.context, bunch)


class Workers(Protocol):
    """What videos are given to."""

    def submit(
        self, function: Callable[[Bunch], list[Processed]], bunch: Bunch, /
    ) -> Future[list[Processed]]:
        """Have them done."""


def spread(
    stage: Stage, todo: Iterator[Bunch], context: Context, devices: Sequence[str]
) -> Iterator[Processed]:
    """Keep a process a device busy."""
    suspects: list[Bunch] = []
    while True:
        with pool(devices, stage, context) as workers:
            yield from drain(workers, todo, suspects, len(devices))
        if not suspects:
            return
        todo = chain(suspects[len(devices) + ALSO_BEGUN :], todo)
        for bunch in suspects[: len(devices) + ALSO_BEGUN]:
            yield from (alone(stage, video, context, devices[0]) for video in bunch)
        suspects.clear()


def drain(
    workers: Workers, todo: Iterator[Bunch], suspects: list[Bunch], n_workers: int
) -> Iterator[Processed]:
    """Results until all is done, or a worker has died; then what had no result, oldest first.

    Each time the next bunch is asked for, which may be long in coming from the stage before, what
    was done by then has gone out.
    """
    under_way: dict[Future[list[Processed]], Bunch] = {}
    while not suspects:
        full = len(under_way) >= IN_FLIGHT_PER_WORKER * n_workers
        if not full and (bunch := next(todo, None)):
            under_way[submitted(workers, bunch)] = bunch
        elif under_way:
            wait(under_way, return_when=FIRST_COMPLETED)
        else:
            return
        if interrupts.asked():
            under_way = {one: bunch for one, bunch in under_way.items() if not one.cancel()}
        for future in [future for future in under_way if future.done()]:
            yield from settled(future, under_way.pop(future), suspects)
    for future, bunch in under_way.items():
        yield from settled(future, bunch, suspects)


def submitted(workers: Workers, bunch: Bunch) -> Future[list[Processed]]:
    """The future of some videos; already failed if the pool broke just before."""
    try:
        with interrupts.deaf_children():
            return workers.submit(work, bunch)
    except BrokenProcessPool as error:
        future: Future[list[Processed]] = Future()
        future.set_exception(error)
        return future


def settled(
    future: Future[list[Processed]], bunch: Bunch, suspects: list[Bunch]
) -> Iterator[Processed]:
    """The results, or the videos among the suspects if the pool broke while they were under way."""
    try:
        yield from future.result()
    except BrokenProcessPool:
        suspects.append(bunch)


def alone(stage: Stage, video: Video, context: Context, device: str) -> Processed:
    """Run one video in a process of its own; a second crash is that video's failure."""
    with pool([device], stage, context) as workers:
        try:
            return submitted(workers, (video,)).result()[0]
        except BrokenProcessPool:
            message = f"{video.name}: the worker process died twice on it (out of memory?)"
            failure = Failure(stage.name, video.name, WorkerCrashedError.__name__, message)
            return Processed(video.id, "failed", 0.0, failure=failure)


def stop(listener: QueueListener) -> None:
    """End a listener once it has handled what was said.

    A worker that was killed while it spoke has taken the queue's lock along: no more will come.
    """
    ending = threading.Thread(target=listener.stop, daemon=True)
    ending.start()
    ending.join(LAST_WORDS_SECS)


@contextmanager
def pool(devices: Sequence[str], stage: Stage, context: Context) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes that know the stage; spawned, since CUDA doesn't survive a fork.

    Each takes one of the devices. What they log goes through this process's handlers.
    """
    spawn = spawning()
    logs, others = spawn.Queue(), set(multiprocessing.active_children())
    free = spawn.Queue()
    for device in devices:
        free.put(device)
    listener = QueueListener(logs, *logging.getLogger().handlers, respect_handler_level=True)
    listener.start()
    known = (stage, context, free, logs)
    try:
        with ProcessPoolExecutor(len(devices), spawn, start_process, known) as executor:
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
        stop(listener)
        logs.cancel_join_thread()
        logs.close()
        free.close()
