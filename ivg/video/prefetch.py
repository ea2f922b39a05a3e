"""An iterator that runs ahead in its own thread, so that two kinds of work share two cores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    """The last thing in the queue: the source is spent, or failed."""

    error: BaseException | None = None


class _Ahead(Generic[T]):
    """Feeds a bounded queue from `source` until it is spent, fails, or `stop` is called."""

    def __init__(self, source: Generator[T], size: int) -> None:
        self.source = source
        self.items: queue.Queue[T | _End] = queue.Queue(size)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, name="ivg-decode", daemon=True)
        self.thread.start()

    def run(self) -> None:
        """Body of the thread. The source is closed here: it holds what was opened here."""
        end = _End()
        try:
            for item in self.source:
                if self.stopped.is_set():
                    break
                self.items.put(item)
        except BaseException as error:  # noqa: BLE001 - raised again where items are taken
            end = _End(error)
        finally:
            self.source.close()
            self.items.put(end)

    def taken(self) -> Iterator[T]:
        """The items in order; raises what the source raised."""
        while not isinstance(item := self.items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def stop(self) -> None:
        """End the thread and wait for it; a full queue must not hold it up."""
        self.stopped.set()
        while self.thread.is_alive():
            while not self.items.empty():
                self.items.get_nowait()
            self.thread.join(timeout=0.01)


@contextmanager
def prefetch(source: Generator[T], size: int) -> Iterator[Iterator[T]]:
    """Items of `source`, produced up to `size` ahead in a thread that ends with the block."""
    ahead = _Ahead(source, size)
    try:
        yield ahead.taken()
    finally:
        ahead.stop()
