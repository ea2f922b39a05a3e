"""Cutting the inputs of a model into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from ivg.ranges import whole_within
from ivg.records import FloatArray

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive runs of at most `size` items."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def encode_in_batches(
    encode: Callable[[Sequence[T]], FloatArray], items: Sequence[T], size: int, width: int
) -> FloatArray:
    """`encode` applied batch by batch; (len(items), width) float32, also for no items."""
    rows = [encode(batch) for batch in batches(items, size)]
    return np.concatenate([np.zeros((0, width), dtype=np.float32), *rows])


def batch_size_of(key: str, value: int) -> int:
    """The checked value of `<key>.batch_size`."""
    return whole_within(f"{key}.batch_size", value, 1)
