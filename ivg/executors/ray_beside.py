"""Two small actors beside the driver: one deals out videos, one knows who died at what."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

DEATHS_ALONE = 2
"""With so many, each while a worker had no other video, it has failed."""

Task = tuple[str, str]
"""A stage, and the id of a video."""


class Feed:
    """Blocks of videos by number; the driver puts them in while the first ones are under way.

    Each stays until the driver forgets it, for a node that had it may be lost.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._blocks: dict[int, pa.Table | None] = {}
        self._n_blocks: int | None = None
        self._given: set[int] = set()
        self._stopped = False
        self._changed = asyncio.Condition()

    async def put(self, number: int, block: pa.Table) -> None:
        """Add a block; they come in order."""
        async with self._changed:
            self._blocks[number] = block
            self._changed.notify_all()

    async def end(self, n_blocks: int) -> None:
        """Say how many blocks there were."""
        async with self._changed:
            self._n_blocks = n_blocks
            self._changed.notify_all()

    async def stop(self) -> None:
        """Give out only what was given out before: the user has interrupted the run."""
        async with self._changed:
            self._stopped = True
            self._changed.notify_all()

    async def get(self, number: int) -> pa.Table | None:
        """A block, once it is there; None past the last, or if it is forgotten or held back."""
        async with self._changed:
            await self._changed.wait_for(lambda: number in self._blocks or self._is_past(number))
            if self._stopped and number not in self._given:
                return None
            self._given.add(number)
            return self._blocks.get(number)

    async def forget(self, number: int) -> None:
        """Drop a block."""
        self._blocks[number] = None

    def _is_past(self, number: int) -> bool:
        return self._stopped or (self._n_blocks is not None and number >= self._n_blocks)


@dataclass(frozen=True)
class Past:
    """What was tried before with one video in one stage, in this run.

    Attributes:
        part: Where its row was written, by a worker whose answer was lost.
        suspect: Whether a worker has died that had it.
        deaths: Workers that died while they had no other.
    """

    part: str | None = None
    suspect: bool = False
    deaths: int = 0


@dataclass(frozen=True)
class Attempt:
    """Work that was begun: on which node, and whether on that one video only."""

    node: str
    alone: bool


class Attempts:
    """Who began what, and what came of it: Ray tries again for ever what kills its workers.

    What ends with a whole node is held against no video.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._begun: dict[Task, Attempt] = {}
        self._past: dict[Task, Past] = {}

    def begin(self, stage: str, video_ids: Sequence[str], node: str) -> dict[str, Past]:
        """Note that work on those begins of which there is no past; the past of the others."""
        for video_id in video_ids:
            self._bury((stage, video_id))
        found = {one: self._past[stage, one] for one in video_ids if (stage, one) in self._past}
        fresh = [one for one in video_ids if one not in found]
        for one in fresh:
            self._begun[stage, one] = Attempt(node, len(fresh) == 1)
        return found

    def begin_alone(self, stage: str, video_id: str, node: str) -> None:
        """Note that work on one video begins, with no other beside it."""
        self._begun[stage, video_id] = Attempt(node, alone=True)

    def done(self, stage: str, video_id: str, part: str | None) -> None:
        """Note that it is through; `part` is where its row is, None if it failed."""
        self._begun.pop((stage, video_id), None)
        self._past.pop((stage, video_id), None)
        if part:
            self._past[stage, video_id] = Past(part)

    def forget(self, stages: Sequence[str], video_ids: Sequence[str]) -> None:
        """Drop videos of which nobody will ask again."""
        for task in ((stage, one) for stage in stages for one in video_ids):
            self._begun.pop(task, None)
            self._past.pop(task, None)

    def _bury(self, task: Task) -> None:
        attempt = self._begun.pop(task, None)
        if attempt and attempt.node in living_nodes():
            past = self._past.get(task, Past())
            self._past[task] = Past(None, True, past.deaths + attempt.alone)


def living_nodes() -> set[str]:
    """The nodes that Ray knows to be alive."""
    ray: Any = import_module("ray")
    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}
