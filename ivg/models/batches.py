"""Running a model batch by batch: little padding, the next batch prepared meanwhile, no size lost.

The results never depend on the batch size (beyond rounding) or on what else is in a batch.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from ivg.ranges import whole_within
from ivg.records import FloatArray

log = logging.getLogger(__name__)

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")

MOST_THREADS = 8
NO_ROOM = ("can't allocate memory", "out of memory", "ALLOC_FAILED")
"""What allocators and CUDA's libraries say in errors that have no class of their own."""


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive runs of at most `size` items."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


class Batching:
    """How many items a forward pass takes; one a model, since it learns what fits.

    When the device runs out of memory the batch is halved, tried again, and the smaller size kept
    for the rest of the run.
    """

    def __init__(self, key: str, size: int, threads: int = 1) -> None:
        """Store the config.

        Args:
            key: Config key of the size, for messages: `embedder.batch_size`.
            size: Items a forward pass, at least 1.
            threads: How many threads prepare batches ahead; 1 where a tokenizer is in play, since
                those of transformers are not to be shared by threads.

        Raises:
            ConfigError: The size is below 1.
        """
        self.key = key
        self.size = whole_within(key, size, 1)
        self.threads = threads

    def run(
        self,
        items: Sequence[T],
        prepare: Callable[[Sequence[T]], P],
        forward: Callable[[P], Sequence[R]],
        cost: Callable[[T], float] | None = None,
        ahead: bool = True,
    ) -> list[R]:
        """`forward(prepare(batch))` of every batch, in the order of the items.

        Args:
            items: What the model is asked.
            prepare: A batch to inputs; with `ahead` called in another thread.
            forward: Inputs to one result an item; called in this thread.
            cost: Length of an item: like ones share a batch, so that little is padded.
            ahead: Prepare the next batches while the model is busy. False where the model and
                `prepare` would fight for the same cores: PyTorch both, on a CPU (a fifth slower).
        """
        order = sorted(range(len(items)), key=lambda i: -cost(items[i])) if cost else None
        wanted = [items[i] for i in order] if order else list(items)
        found: list[R] = []
        while len(found) < len(wanted):
            left = wanted[len(found) :]
            found += self._until_full(left, prepare, forward, self.threads if ahead else 0)
        if not order:
            return found
        return [result for _, result in sorted(zip(order, found, strict=True), key=_position)]

    def _until_full(
        self,
        items: Sequence[T],
        prepare: Callable[[Sequence[T]], P],
        forward: Callable[[P], Sequence[R]],
        threads: int,
    ) -> list[R]:
        """The results up to the end, or to the batch that did not fit."""
        found: list[R] = []
        with ThreadPoolExecutor(max(1, threads)) as pool:
            parts = list(batches(items, self.size))
            ahead = _ahead(pool, prepare, iter(parts), threads) if threads else map(prepare, parts)
            try:
                for part, inputs in zip(parts, ahead, strict=True):
                    found += self._counted(forward(inputs), len(part))
            except Exception as error:
                pool.shutdown(cancel_futures=True)
                if self.size == 1 or not is_out_of_memory(error):
                    raise
            else:
                return found
        # Only here is the error gone, and with it what it held on the device.
        self._halve()
        return found

    def _counted(self, rows: Sequence[R], expected: int) -> Sequence[R]:
        if len(rows) != expected:
            raise ValueError(f"{self.key}: the model gave {len(rows)} rows for {expected} items")
        return rows

    def _halve(self) -> None:
        import torch

        self.size //= 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        log.warning("%s: out of memory; going on with %d", self.key, self.size)


def encode_in_batches(
    batching: Batching,
    items: Sequence[T],
    prepare: Callable[[Sequence[T]], P],
    forward: Callable[[P], FloatArray],
    width: int,
    cost: Callable[[T], float] | None = None,
    ahead: bool = True,
) -> FloatArray:
    """Items to vectors; (len(items), width) float32, also for no items."""
    rows: list[FloatArray] = batching.run(
        items, prepare, lambda inputs: list(forward(inputs)), cost, ahead
    )
    return np.stack(rows) if rows else np.zeros((0, width), dtype=np.float32)


def spare_threads() -> int:
    """Threads for preparing pictures: half of the cores, since the model wants some too."""
    return max(1, min(MOST_THREADS, (os.cpu_count() or 2) // 2))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or the allocator of the CPU, had no room for the batch."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in NO_ROOM)


def _ahead(
    pool: ThreadPoolExecutor,
    prepare: Callable[[Sequence[T]], P],
    parts: Iterator[Sequence[T]],
    threads: int,
) -> Iterator[P]:
    """Prepared batches in order, at most `threads` + 1 of them made and not yet taken."""
    made: deque[Future[P]] = deque()
    for part in parts:
        made.append(pool.submit(prepare, part))
        if len(made) > threads:
            yield made.popleft().result()
    while made:
        yield made.popleft().result()


def _position(numbered: tuple[int, R]) -> int:
    return numbered[0]
