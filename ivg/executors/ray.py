"""Work on a Ray cluster (extra `ray`): one Ray Data pipeline for a whole chain of stages."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ivg.errors import ConfigError, MissingDependencyError, RunFailedError
from ivg.executors.passage import Passage
from ivg.executors.ray_data import Pipeline, tuned
from ivg.executors.ray_desk import Shelf
from ivg.executors.ray_flow import Books, computed
from ivg.executors.ray_resources import Wish, crews, stations, too_much, wishes
from ivg.progress import track
from ivg.ranges import optional_text
from ivg.records import Video

if TYPE_CHECKING:
    from ivg.link import Link
    from ivg.pipeline import Line

log = logging.getLogger(__name__)

ROUND = 50_000
"""Videos of one pipeline: Ray Data wants its blocks named before it begins, and a million would
take it half an hour and gigabytes. Between two rounds all actors start anew."""


class RayExecutor:
    """Takes videos through all per-video stages at once, each stage on actors of its own.

    Ray Data deals the videos out, keeps every stage fed and starts again what a lost node or
    worker had; a row that was written is not computed again. A video on which workers die twice
    has failed. The store and the videos must be where all nodes see them under the same path.
    """

    RUNTIME: ClassVar[frozenset[str]] = frozenset(
        {"address", "cpus", "gpus", "actors", "batch", "resources"}
    )

    def __init__(
        self,
        address: str | None = None,
        cpus: float | None = None,
        gpus: float | None = None,
        actors: int | Sequence[int] | None = None,
        batch: int | None = None,
        resources: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        """Say what each actor gets, and how many there are a stage.

        Args:
            address: Of a running cluster on a node of which this is (`auto` finds it, `host:6379`
                names it); None starts Ray on this machine.
            cpus: CPUs (or a fraction) that Ray reserves for an actor; None: one, or less where
                the cluster is too small for two actors a stage.
            gpus: GPUs (or a fraction) for an actor, which then works there; None: where
                `device` is a GPU, one for stages that ask a model, or an equal share.
            actors: Of a stage: a number, or [least, most] between which Ray adds and removes;
                None: one, and as many more as fit.
            batch: Videos that an actor is given at a time; None: one, and up to 16 where it asks
                a model.
            resources: The same of single stages: `{caption: {gpus: 0.5, actors: 2}}`.

        Raises:
            ConfigError: A value is out of range; the message names its key.
        """
        self.address = direct("executor.address", address)
        self.default = Wish(cpus, gpus, actors, batch).checked("executor")
        self.resources = wishes(resources)

    def check(self) -> str:
        """Say what there is to work on; connects only where an address is given.

        Raises:
            MissingDependencyError: The extra is not installed.
        """
        if self.address is None:
            return f"Ray {imported().__version__} on this machine"
        ray = connected(self.address)
        nodes = [node for node in ray.nodes() if node["Alive"]]
        there = ray.cluster_resources()
        cpus, gpus = there.get("CPU", 0), there.get("GPU", 0)
        return f"Ray cluster with {len(nodes)} nodes, {cpus:g} CPUs, {gpus:g} GPUs"

    def chain(
        self, links: Sequence[Link], passages: Iterator[Passage], n_videos: int
    ) -> Iterator[Video]:
        """Yield the videos that stay on the line, in no fixed order; see `ChainExecutor`.

        Raises:
            ConfigError: The cluster is too small, and is this machine.
            MissingDependencyError: The extra is not installed.
            RunFailedError: A stage could not start or go on, or `on_error=stop` met a failure.
        """
        books = Books(links)
        try:
            with closing(self._computed(books, passages, n_videos)) as results:
                yield from track(results, "videos", n_videos)
            books.close()
        except (RunFailedError, ConfigError, MissingDependencyError):
            raise
        except Exception as error:  # noqa: BLE001 - recorded, and the run ends with it
            books.abandon(error)

    def _computed(
        self, books: Books, passages: Iterator[Passage], n_videos: int
    ) -> Generator[Video]:
        """The videos that stay on the line, round by round.

        Raises:
            ConfigError: The cluster is too small, and is this machine.
        """
        ray = connected(self.address)
        tuned(ray)
        for some, count in rounds(passages, n_videos, ROUND):
            cluster = self._cluster(ray, books.links, count)
            with closing(computed(books, cluster, some)) as results:
                yield from results

    def _cluster(self, ray: Any, links: Sequence[Link], n_videos: int) -> Pipeline:
        """The pipeline of a chain.

        Raises:
            ConfigError: The cluster is too small for it, and is this machine.
        """
        line = links[0].line
        way = stations([link.step for link in links], self.resources)
        there, on_gpus = ray.cluster_resources(), line.context.device.startswith("cuda")
        found = crews(way, self.resources, self.default, there, n_videos, on_gpus)
        self._warn(links, too_much(found, there))
        context = replace(line.context, run_dir=None, benchmark=None)
        place = (line.store_dir, line.shard)
        return Pipeline(ray, way, found, *place, context, shelves(line), n_videos)

    def _warn(self, links: Sequence[Link], lack: str) -> None:
        unknown = self.resources.keys() - {link.step.stage.name for link in links}
        if unknown:
            log.warning("executor.resources: no such stage here: %s", ", ".join(sorted(unknown)))
        if lack and self.address is None:
            raise ConfigError(lack)
        if lack:
            log.warning("%s; waiting until the cluster has grown", lack)


def rounds(
    passages: Iterator[Passage], n_videos: int, most: int
) -> Iterator[tuple[Iterator[Passage], int]]:
    """Runs of at most `most` passages, each with a bound on its length; one is used up at a time.

    Args:
        passages: All.
        n_videos: No more than so many come.
        most: Of one round.
    """
    while (first := next(passages, None)) is not None:
        count = min(most, n_videos)
        yield chain([first], islice(passages, count - 1)), count
        n_videos -= count


def direct(key: str, address: str | None) -> str | None:
    """Return an address that a driver on a node of the cluster can use, or None.

    Raises:
        ConfigError: It is none, or one of Ray Client, over which Ray Data can't work.
    """
    if (optional_text(key, address) or "").startswith("ray://"):
        raise ConfigError(
            f"{key}: Ray Data does not work through Ray Client ({address}); run this on a node of "
            f"the cluster with {key}=auto, or have it run there: ray job submit --address "
            f"http://HEAD:8265 -- ivg build executor=ray {key}=auto ..."
        )
    return address


def imported() -> Any:
    """The ray module.

    Raises:
        MissingDependencyError: The extra is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingDependencyError("executor=ray needs `pip install 'ivg[ray]'`") from error
    return ray


def connected(address: str | None) -> Any:
    """The ray module, connected.

    Raises:
        MissingDependencyError: The extra is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray's default of 15 would let anything else on this machine go before the workers
    os.environ.setdefault("RAY_worker_niceness", "0")
    ray = imported()
    if not ray.is_initialized():
        quiet = {"include_dashboard": False} if address is None else {}
        ray.init(
            address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **quiet
        )
    return ray


def shelves(line: Line) -> dict[str, Shelf]:
    """Where the heavy fields are that the stages before have written."""
    return {name: Shelf(table.identity, table.fields) for name, table in line.heavy.items()}
