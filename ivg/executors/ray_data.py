"""The Ray Data pipeline of a chain of stages."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ivg.executors.ray_actor import Orders, Worker
from ivg.executors.ray_beside import Attempts, Feed
from ivg.executors.ray_desk import Shelf
from ivg.executors.ray_resources import Crew, Station
from ivg.shard import Shard
from ivg.stage import Context

UNDER_WAY = 1024
BATCHES = 4
"""For each actor that may be: what it has, what is next, and what it has just done."""
ASKING = 100_000
"""Actors of the first stage that may wait for videos at a time."""
STARTS = 8
"""Actors that may die in a row while they start, as those of a lost node do."""


class Pipeline:
    """Blocks of videos through a station after the other, on actors that Ray Data keeps busy.

    Attributes:
        block: Videos in a block.
        window: Videos that may be under way.
    """

    def __init__(
        self,
        ray: Any,
        line: Sequence[Station],
        crews: Sequence[Crew],
        store_dir: Path,
        shard: Shard,
        context: Context,
        shelves: Mapping[str, Shelf],
        n_videos: int,
    ) -> None:
        """Start the two actors beside the driver.

        Args:
            ray: The module, connected.
            line: The stations.
            crews: The actors of each.
            store_dir: The store.
            shard: Whose rows are read and written there.
            context: As the driver has it.
            shelves: Where heavy fields are.
            n_videos: Videos that may come.
        """
        self._ray = ray
        self._names = [step.stage.name for station in line for step in station]
        self.block = crews[0].batch
        self.window = window(crews, ray.cluster_resources().get("CPU", 1))
        self._feed = beside_driver(ray, Feed, max_concurrency=ASKING)
        self._attempts = beside_driver(ray, Attempts)
        # not a range, for reading that takes tasks, of a CPU each, for which there may be no room
        numbers = list(range(-(-n_videos // self.block)))
        data = ray.data.from_items(numbers, override_num_blocks=len(numbers))
        for station, crew in zip(line, crews, strict=True):
            orders = Orders(
                station,
                store_dir,
                shard,
                shelves,
                context,
                crew.cpus,
                crew.gpus,
                self._feed,
                self._attempts,
            )
            data = manned(ray, data, orders, crew, first=station is line[0])
        self._data = data

    def put(self, number: int, block: pa.Table) -> None:
        """Deal out a block."""
        self._feed.put.remote(number, block)

    def end(self, n_blocks: int) -> None:
        """Say that this was the last."""
        self._feed.end.remote(n_blocks)

    def stop(self) -> None:
        """Give out no block that nobody has asked for yet."""
        self._feed.stop.remote()

    def forget(self, number: int, video_ids: Sequence[str]) -> None:
        """Say that nobody will ask for a block again, nor for what was tried with its videos."""
        self._attempts.forget.remote(self._names, video_ids)
        self._feed.forget.remote(number)

    def results(self) -> Generator[pa.Table]:
        """The blocks as they come out of the last stage; closing it stops all actors."""
        try:
            yield from self._data.iter_batches(
                batch_size=None, batch_format="pyarrow", prefetch_batches=0
            )
        finally:
            for one in (self._feed, self._attempts):
                self._ray.kill(one)


def manned(ray: Any, data: Any, orders: Orders, crew: Crew, first: bool) -> Any:
    """The data after one more station; the first one is given numbers of blocks."""
    return data.map_batches(
        Worker,
        fn_constructor_args=(orders,),
        batch_size=1 if first else crew.batch,
        batch_format="pyarrow",
        num_cpus=crew.cpus,
        num_gpus=crew.gpus,
        compute=ray.data.ActorPoolStrategy(min_size=crew.least, max_size=crew.most),
    )


def window(crews: Sequence[Crew], cpus: float) -> int:
    """Videos that may be under way: a stage that waits for a whole batch must get one."""
    most = [crew.most or max(crew.least, int(cpus / max(crew.cpus, 0.01))) for crew in crews]
    busy = sum(crew.batch * count for crew, count in zip(crews, most, strict=True))
    return max(UNDER_WAY, BATCHES * busy)


def beside_driver(ray: Any, kind: type, **options: int) -> Any:
    """A small actor on the driver's node: as long as the driver lives, so does what it knows."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    node = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(num_cpus=0, scheduling_strategy=node, **options)(kind).remote()


def tuned(ray: Any) -> None:
    """Settings of Ray Data: quiet, in any order, and patient with long videos and lost nodes."""
    settings = ray.data.DataContext.get_current()
    settings.enable_progress_bars = False
    settings.execution_options.preserve_order = False
    settings.execution_no_progress_timeout_s = -1
    settings.max_consecutive_actor_init_deaths = STARTS
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
