"""Work on a Ray cluster (extra `ray`): actors that each set the stage up once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from ivg.errors import MissingDependencyError, WorkerCrashedError
from ivg.executors.bunches import bunches
from ivg.executors.worker import start_worker, work
from ivg.ranges import whole_within
from ivg.records import Video
from ivg.stage import Context, Failure, Processed, Stage

Bunch = tuple[Video, ...]


class Worker:
    """The actor: a process somewhere on the cluster."""

    def __init__(self, stage: Stage, context: Context) -> None:
        """Remember the stage; it is set up with the first video."""
        start_worker(stage, context)

    def work(self, videos: Bunch) -> list[Processed]:
        """Run the stage on some videos."""
        return work(videos)


class RayExecutor:
    """Spread the videos of a per-video stage over Ray actors.

    The store and the videos must be on a file system that all nodes share. An actor that dies is
    restarted; its videos are tried once more, then each by itself, and a video on which an actor
    dies twice has failed. For models on GPUs set `gpus_per_worker=1` and a worker a GPU.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset(
        {"workers", "address", "cpus_per_worker", "gpus_per_worker"}
    )
    overlaps: ClassVar[bool] = False  # actors hold what they reserve until their stage is done

    def __init__(
        self,
        workers: int = 2,
        address: str | None = None,
        cpus_per_worker: float = 1,
        gpus_per_worker: float = 0,
    ) -> None:
        """Set the size of the pool.

        Args:
            workers: Actors, at least 1.
            address: Of a running cluster (`auto` finds one); None starts Ray on this machine.
            cpus_per_worker: CPUs that Ray reserves for each.
            gpus_per_worker: GPUs (or a fraction) that Ray reserves for each.
        """
        self.workers = whole_within("executor.workers", workers, 1)
        self.address = address
        self.cpus_per_worker = cpus_per_worker
        self.gpus_per_worker = gpus_per_worker

    def check(self) -> str:
        """Say what there is to work on; connects only where an address is given.

        Raises:
            MissingDependencyError: The extra is not installed.
        """
        if self.address is None:
            return f"Ray {imported().__version__} on this machine, {self.workers} workers"
        nodes = [node for node in connected(self.address).nodes() if node["Alive"]]
        return f"Ray cluster with {len(nodes)} nodes, {self.workers} workers"

    def run(
        self, stage: Stage, videos: Iterable[Video], context: Context, n_videos: int
    ) -> Iterator[Processed]:
        """Yield the result of each video as it comes, in no fixed order."""
        ray = connected(self.address)
        actor = ray.remote(
            num_cpus=self.cpus_per_worker,
            num_gpus=self.gpus_per_worker,
            max_restarts=-1,
            max_task_retries=1,
        )(Worker)
        # what Ray reserves for an actor is what its decoder may take
        context = replace(context, stream_threads=max(1, int(self.cpus_per_worker)))
        actors = [actor.remote(stage, context) for _ in range(self.workers)]
        try:
            todo = bunches(stage, videos, n_videos, self.workers)
            yield from spread(ray, actors, stage, todo)
        finally:
            for one in actors:
                ray.kill(one)


def imported() -> Any:
    """The ray module.

    Raises:
        MissingDependencyError: The extra is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingDependencyError("executor=ray needs `pip install 'ivg[ray]'`") from error
    return ray


def connected(address: str | None) -> Any:
    """The ray module, connected.

    Raises:
        MissingDependencyError: The extra is not installed.
    """
    ray = imported()
    if not ray.is_initialized():
        ray.init(address=address, include_dashboard=False, log_to_driver=False)
    return ray


def spread(ray: Any, actors: list[Any], stage: Stage, todo: Iterator[Bunch]) -> Iterator[Processed]:
    """Keep every actor busy and yield results as they come.

    An actor has one bunch at a time, so that its death is held against no other.
    """
    free = list(actors)
    again: list[Bunch] = []
    under_way: dict[Any, tuple[Any, Bunch]] = {}
    while True:
        while free and (bunch := again.pop() if again else next(todo, None)):
            actor = free.pop()
            under_way[actor.work.remote(bunch)] = (actor, bunch)
        if not under_way:
            return
        done, _ = ray.wait(list(under_way), num_returns=1)
        actor, bunch = under_way.pop(done[0])
        free.append(actor)
        yield from settled(ray, done[0], stage, bunch, again)


def settled(
    ray: Any, result: Any, stage: Stage, bunch: Bunch, again: list[Bunch]
) -> Iterator[Processed]:
    """The results; the error of a stage that can't be set up is raised as it was there."""
    try:
        yield from ray.get(result)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayActorError:
        if len(bunch) > 1:
            again += [(video,) for video in bunch]
            return
        message = f"{bunch[0].name}: the worker died twice on it (out of memory?)"
        failure = Failure(stage.name, bunch[0].name, WorkerCrashedError.__name__, message)
        yield Processed(bunch[0].id, "failed", 0.0, failure=failure)
