"""One writer a table: a file lock in a folder, a lease on a remote store.

What is guaranteed. In a folder of this machine: of all processes one holds the lock, and the kernel
takes it from one that dies. On a remote store whose objects can be created exclusively (S3 and what
speaks its protocol, Google, Azure): one holds the lease, and renews it; one that is silent for
`SILENT_SECS`, by the clock of who waits, has lost it, and one that is dead on this machine has lost
it at once. A driver that was asleep for so long can meet another; then, and on file systems that
can't create exclusively, both compute the same rows. That is harmless: parts have names of their
own, equal rows stand twice, and readers take one.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from ivg import remote
from ivg.errors import StoreError

log = logging.getLogger(__name__)

SILENT_SECS = 30.0
"""Without a sign of life for so long, a lease is free."""
RENEW_SECS = 8.0
LOOK_SECS = 1.0
"""How often one that waits looks."""
LEASE = "lease.json"


class BusyError(StoreError):
    """Another process writes this table."""


@contextmanager
def held(folder: Path, what: str, wait: bool = True) -> Iterator[None]:
    """Hold a table for writing.

    Args:
        folder: Of the table; made if it isn't there.
        what: The stage, for messages.
        wait: For another process that holds it.

    Raises:
        BusyError: Another process holds it, and `wait` is False.
        StoreError: The store can't be written.
    """
    manner = _leased if remote.is_remote(folder) else _locked
    with manner(folder, what, wait):
        yield


@contextmanager
def _locked(folder: Path, what: str, wait: bool) -> Iterator[None]:
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        if not wait:
            raise BusyError(f"{folder}: another process is computing") from None
        log.info("%s: another process is computing %s; waiting", what, folder)
        lock.acquire()
    except OSError as error:
        raise StoreError(f"store.dir: {folder} can't be written: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _leased(folder: Path, what: str, wait: bool) -> Iterator[None]:
    lease = Lease(folder / LEASE)
    if not lease.taken():
        if not wait and not lease.is_dead():
            raise BusyError(f"{folder}: another process is computing")
        log.info("%s: another process is computing %s; waiting", what, folder)
        lease.await_turn()
    renewing = threading.Thread(target=lease.renew_until_ended, daemon=True, name="ivg-lease")
    renewing.start()
    try:
        yield
    finally:
        lease.ended.set()
        renewing.join()
        lease.give_back()


class Lease:
    """An object that says who writes."""

    def __init__(self, path: Path) -> None:
        """Name it; nothing is read or written yet."""
        self.path = path
        self.owner = {"host": socket.gethostname(), "pid": os.getpid(), "id": uuid4().hex}
        self.beats = 0
        self.ended = threading.Event()

    def taken(self) -> bool:
        """Take it if it is free.

        Raises:
            StoreError: The store can't be written.
        """
        try:
            created = remote.create(self.path, self._content())
        except NotImplementedError:
            log.warning("%s: no exclusive writing there; others may compute the same", self.path)
            return True
        return created or self._read() == self.owner | {"beat": self.beats}

    def is_dead(self) -> bool:
        """Whether who holds it ran on this machine and is gone."""
        found = self._read()
        here = found is not None and found.get("host") == self.owner["host"]
        return bool(here and found and not _alive(found.get("pid")))

    def await_turn(self) -> None:
        """Wait until who holds it gives it back or falls silent, and take it.

        Raises:
            StoreError: The store does not answer.
        """
        seen, since = self._read(), time.monotonic()
        while True:
            if self.is_dead() or time.monotonic() - since > SILENT_SECS:
                log.warning("%s: its owner is gone; taking over", self.path)
                remote.remove(self.path)
            if self.taken():
                return
            time.sleep(LOOK_SECS)
            if (found := self._read()) != seen:
                seen, since = found, time.monotonic()

    def renew_until_ended(self) -> None:
        """Show a sign of life every `RENEW_SECS`, as long as it is ours."""
        while not self.ended.wait(RENEW_SECS):
            try:
                if self._is_ours():
                    self.beats += 1
                    remote.put(self.path, self._content())
                else:
                    log.warning("%s: another process has taken over", self.path)
            except StoreError as error:
                log.warning("%s: not renewed (%s)", self.path, error)

    def give_back(self) -> None:
        """Delete it, if it is ours."""
        try:
            if self._is_ours():
                remote.remove(self.path)
        except StoreError as error:
            log.warning("%s: not given back (%s)", self.path, error)

    def _is_ours(self) -> bool:
        found = self._read()
        return found is not None and found.get("id") == self.owner["id"]

    def _content(self) -> bytes:
        return json.dumps(self.owner | {"beat": self.beats}).encode()

    def _read(self) -> dict[str, object] | None:
        try:
            found = json.loads(remote.read(self.path))
        except FileNotFoundError:
            return None
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def _alive(pid: object) -> bool:
    try:
        os.kill(int(str(pid)), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:  # not ours, but alive
        return True
    return True
