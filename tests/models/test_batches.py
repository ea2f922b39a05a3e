"""Batches: sizes, order, what happens when one does not fit, and who prepares the next."""

import logging
import threading

import numpy as np
import pytest
import torch

from ivg.errors import ConfigError
from ivg.models.batches import Batching, encode_in_batches, is_out_of_memory

ITEMS = list(range(11))


class Device:
    """A forward pass that squares, and has room for so many items."""

    def __init__(self, room: int, error: type[Exception] = torch.OutOfMemoryError) -> None:
        self.room, self.error = room, error
        self.sizes: list[int] = []

    def __call__(self, items):
        if len(items) > self.room:
            raise self.error("CUDA out of memory: can't allocate memory")
        self.sizes.append(len(items))
        return [item * item for item in items]


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("size", [1, 4, 16])
def test_batching_answers_in_the_order_of_the_items(size, ahead):
    device = Device(room=99)
    found = Batching("k", size).run(ITEMS, list, device, ahead=ahead)
    assert found == [item * item for item in ITEMS]
    assert device.sizes == {1: [1] * 11, 4: [4, 4, 3], 16: [11]}[size]


def test_batching_of_nothing_calls_no_model():
    assert Batching("k", 4).run([], list, Device(room=0)) == []
    assert encode_in_batches(Batching("k", 4), [], list, Device(room=0), 7).shape == (0, 7)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_batching_halves_what_does_not_fit_keeps_it_and_logs_each_size_once(caplog, error):
    device, batching = Device(room=3, error=error), Batching("captioner.batch_size", 8)
    with caplog.at_level(logging.WARNING):
        first = batching.run(ITEMS, list, device)
        second = batching.run(ITEMS, list, device)
    assert first == second == [item * item for item in ITEMS]
    assert batching.size == 2
    assert device.sizes == [2, 2, 2, 2, 2, 1] * 2
    assert [record.message for record in caplog.records] == [
        "captioner.batch_size: out of memory; going on with 4",
        "captioner.batch_size: out of memory; going on with 2",
    ]


def test_batching_gives_up_on_one_item_that_does_not_fit():
    with pytest.raises(torch.OutOfMemoryError):
        Batching("k", 4).run(ITEMS, list, Device(room=0))


@pytest.mark.parametrize("ahead", [True, False])
def test_batching_passes_other_errors_on_at_once(ahead):
    batching = Batching("k", 4)
    with pytest.raises(ZeroDivisionError):
        batching.run(ITEMS, list, lambda items: [1 // item for item in items], ahead=ahead)
    assert batching.size == 4
    assert not is_out_of_memory(RuntimeError("shapes differ"))


def test_batching_puts_items_of_one_cost_together():
    seen = []
    words = ["a", "bbb", "c", "ddd", "e", "fff"]
    found = Batching("k", 3).run(
        words, lambda batch: seen.append(list(batch)) or batch, lambda batch: batch, cost=len
    )
    assert found == words
    assert sorted(map(sorted, seen)) == [["a", "c", "e"], ["bbb", "ddd", "fff"]]


def test_batching_prepares_ahead_in_other_threads_only_when_told():
    def prepare(batch):
        return [threading.current_thread() for _ in batch]

    ahead = Batching("k", 2, threads=2).run(ITEMS, prepare, lambda batch: batch)
    beside = Batching("k", 2, threads=2).run(ITEMS, prepare, lambda batch: batch, ahead=False)
    assert threading.current_thread() not in ahead
    assert set(beside) == {threading.current_thread()}


def test_batching_prepares_no_more_than_it_must_hold():
    """A long list of pictures must not be prepared whole while the model works on the first."""
    made, done, most = [], [], []

    def forward(batch):
        most.append(len(made) - len(done))
        done.append(batch)
        return batch

    Batching("k", 1, threads=2).run(
        list(range(200)), lambda batch: made.append(batch) or batch, forward
    )
    assert len(done) == 200
    assert max(most) <= 4


def test_encode_in_batches_stacks_rows_of_one_type():
    found = encode_in_batches(
        Batching("k", 4), ITEMS, np.float32, lambda batch: np.stack([batch, batch], axis=1), 2
    )
    assert found.shape == (11, 2)
    assert found.dtype == np.float32


@pytest.mark.parametrize("size", [0, -1, 1.5, "4", None, True])
def test_batching_refuses_odd_sizes(size):
    with pytest.raises(ConfigError, match=r"embedder\.batch_size"):
        Batching("embedder.batch_size", size)


@pytest.mark.parametrize("rows", [[], [1], [1, 2, 3, 4, 5]])
def test_batching_refuses_another_number_of_rows_than_items(rows):
    with pytest.raises(ValueError, match=rf"k: the model gave {len(rows)} rows for 4 items"):
        Batching("k", 4).run(ITEMS, list, lambda items: rows)


@pytest.mark.parametrize("said", ["CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED"])
def test_out_of_memory_has_many_names(said):
    assert is_out_of_memory(RuntimeError(said))
