"""File locks: who writes a table, or a shard's share of it, in a folder of this machine."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ivg import interrupts
from ivg.errors import StoreError
from ivg.roll import shards_in
from ivg.shard import WHOLE, Shard

log = logging.getLogger(__name__)

POLL_SECS = 0.2
"""How often one that waits looks."""
LOCK = ".lock"
DOOR = ".door"
"""Held while one looks at the locks of others, and takes its own."""


class BusyError(StoreError):
    """Another process writes this table."""


@contextmanager
def locked(table: Path, what: str, wait: bool, shard: Shard) -> Iterator[None]:
    """See `ivg.lease.held`."""
    folder = shard.folder_in(table)
    lock = FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _entered(table, shard, lock):
            tell_busy(folder, what, wait)
            while not _entered(table, shard, lock):
                pause(POLL_SECS)
    except OSError as error:
        raise StoreError(f"store.dir: {folder} can't be written: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


def pause(secs: float) -> None:
    """Wait before the next look.

    Raises:
        KeyboardInterrupt: Ctrl-C came: nothing is under way that could be finished.
    """
    if interrupts.asked():
        raise KeyboardInterrupt(signal.SIGINT)
    time.sleep(secs)


def tell_busy(folder: Path, what: str, wait: bool) -> None:
    """Say that a process waits.

    Raises:
        BusyError: It does not want to.
    """
    if not wait:
        raise BusyError(f"{folder}: another process is computing")
    log.info("%s: another process is computing %s; waiting", what, folder)


def _entered(table: Path, shard: Shard, lock: FileLock) -> bool:
    """Take a lock, unless another keeps from it."""
    with FileLock(table / DOOR):
        met = [one for one in (WHOLE, *shards_in(table)) if one != shard and one.meets(shard)]
        return not any(_is_held(one.folder_in(table) / LOCK) for one in met) and _took(lock)


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    lock = FileLock(path)
    took = _took(lock)
    if took:
        lock.release()
    return not took


def _took(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True
