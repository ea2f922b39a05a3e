"""The actor of a station: takes blocks of videos through its stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ivg.executors.passage import Passage
from ivg.executors.ray_desk import Desk, Reader, Shelf
from ivg.executors.ray_logs import listening
from ivg.executors.ray_record import NUMBER, decoded, encoded
from ivg.executors.ray_resources import Station
from ivg.limits import use
from ivg.shard import Shard
from ivg.stage import Context


@dataclass(frozen=True)
class Orders:
    """What an actor has to know.

    Attributes:
        station: Its stages.
        store_dir: The store, which all nodes share.
        shard: Whose rows they read and write there.
        shelves: Where the heavy fields are that they need.
        context: As the driver has it.
        cpus: Reserved for the actor.
        gpus: Reserved for the actor.
        feed: Handle of the `Feed`.
        attempts: Handle of the `Attempts`.
    """

    station: Station
    store_dir: Path
    shard: Shard
    shelves: Mapping[str, Shelf]
    context: Context
    cpus: float
    gpus: float
    feed: Any
    attempts: Any


class Worker:
    """Its constructor is cheap: weights load with the first video, so that errors come home."""

    def __init__(self, orders: Orders) -> None:
        """Take the orders."""
        import ray

        use(orders.context.limits)
        self._feed = orders.feed
        self._ear = listening()
        context, node = here(orders), ray.get_runtime_context().get_node_id()
        reader = Reader(orders.store_dir, orders.shelves, orders.shard)
        self._desks = [
            Desk(step, orders.store_dir, reader, context, orders.attempts, node, orders.shard)
            for step in orders.station
        ]

    def __call__(self, block: pa.Table) -> pa.Table:
        """Take a block through the stages; at the first station it is the number of one."""
        passages = self._fed(block) if NUMBER in block.column_names else decoded(block)
        for desk in self._desks:
            passages = desk.serve(passages)
        said = self._ear.taken()
        return encoded(
            replace(one, said=(*one.said, *said)) if number == 0 else one
            for number, one in enumerate(passages)
        )

    def _fed(self, numbers: pa.Table) -> list[Passage]:
        import ray

        asked = [self._feed.get.remote(number) for number in numbers[NUMBER].to_pylist()]
        return [one for block in ray.get(asked) if block is not None for one in decoded(block)]


def here(orders: Orders) -> Context:
    """The context of this actor: what Ray reserves is what it may take.

    Of the GPUs Ray shows an actor only its own.
    """
    device = "cuda" if orders.gpus else "cpu"
    return replace(orders.context, device=device, stream_threads=max(1, int(orders.cpus)))
