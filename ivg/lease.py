"""One writer a part: file locks in a folder, leases on a remote store.

Who waits for whom. What is locked is the share of a table that one writer fills: all of it, or that
of a shard (`3-of-64`). Two may hold their shares together if they have no video in common: shards
of one `shard.count`. Whoever else comes waits: a second run of the same shard, a shard counted
differently, a run over all videos for all shards, and shards for such a run. So two drivers compute
nothing twice, save what two shards have both been given: a file that goes by two names.

What is guaranteed. In a folder of this machine: a lock is held by one process, and the kernel takes
it from one that dies; who wants one looks at the others meanwhile behind a door that lets in one at
a time, and nobody is preferred: a run over all videos gets in once no shard works. On a remote
store whose objects can be created exclusively (S3 and what speaks its protocol, Google, Azure): a
lease is held by one, who renews it; one that is silent for `SILENT_SECS`, by the clock of who
waits, has lost it, and one that is dead on this machine (and in this container) has lost it at
once. Who has taken a lease looks then which others there are: of two that do so at once each sees
the other. The one of the smaller count stays and waits, the other gives its own back and waits: a
run over all videos is let in after those that work already, before those that come later. Shares
are locked stage by stage from the last one on, so that nobody waits in a circle.

A driver that was asleep for longer can meet another; then, and on file systems that can't create
exclusively, both compute the same rows. That is harmless: parts have names of their own, equal rows
stand twice, and readers take one.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

from ivg import remote
from ivg.errors import StoreError
from ivg.locks import locked, pause, tell_busy
from ivg.shard import WHOLE, Shard, named

log = logging.getLogger(__name__)

SILENT_SECS = 30.0
"""Without a sign of life for so long, a lease is free."""
RENEW_SECS = 8.0
LOOK_SECS = 1.0
"""How often one that waits looks."""
LEASE = "lease.json"
LEASES = "leases"
"""Folder of those of shards, so that a look at them lists nothing else."""


@contextmanager
def held(table: Path, what: str, wait: bool = True, shard: Shard = WHOLE) -> Iterator[None]:
    """Hold a table, or the share of a shard in it, for writing.

    Args:
        table: Its folder; made if it isn't there.
        what: The stage, for messages.
        wait: For other processes that hold what has videos in common with it.
        shard: Whose share.

    Raises:
        BusyError: Another process holds it, and `wait` is False.
        StoreError: The store can't be written.
    """
    manner = _leased if remote.is_remote(table) else locked
    with manner(table, what, wait, shard):
        yield


@contextmanager
def _leased(table: Path, what: str, wait: bool, shard: Shard) -> Iterator[None]:
    lease = lease_of(table, shard)
    if not lease.taken():
        if wait or not lease.is_dead():
            tell_busy(lease.path, what, wait)
        lease.await_turn()
    with ExitStack() as renewed:
        renewed.enter_context(lease.renewed())
        while others := _in_the_way(table, shard):
            if wait or not all(one.is_dead() for some in others.values() for one in some):
                tell_busy(lease.path, what, wait)
            if (first := min(others)) > shard.count:
                _await_ends(others[first])
                continue
            renewed.close()
            _await_ends(others[first])
            lease.await_turn()
            renewed.enter_context(lease.renewed())
        yield


def lease_of(table: Path, shard: Shard) -> Lease:
    """The lease on a table, or on a shard's share of it."""
    return Lease(table / LEASE if shard.count == 1 else table / LEASES / f"{shard.name}.json")


def _in_the_way(table: Path, shard: Shard) -> dict[int, list[Lease]]:
    """Leases that keep from a shard's share, by the count of their shards."""
    names = (name.removesuffix(".json") for name in remote.children(table / LEASES))
    found: dict[int, list[Lease]] = {}
    for one in (WHOLE, *named(names)):
        if one != shard and one.meets(shard) and (lease := lease_of(table, one)).is_there():
            found.setdefault(one.count, []).append(lease)
    return found


def _await_ends(leases: list[Lease]) -> None:
    while leases := [lease for lease in leases if not lease.has_ended()]:
        pause(LOOK_SECS)


class Lease:
    """An object that says who writes."""

    def __init__(self, path: Path) -> None:
        """Name it; nothing is read or written yet."""
        self.path = path
        self.owner = {"processes": processes(), "pid": os.getpid(), "id": uuid4().hex}
        self.beats = 0
        self._seen: tuple[dict[str, object] | None, float] = (None, 0.0)
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
        return self._is_dead(self._read() or {})

    def _is_dead(self, found: dict[str, object]) -> bool:
        return found.get("processes") == self.owner["processes"] and not _alive(found.get("pid"))

    def is_there(self) -> bool:
        """Whether somebody holds it, or held it and is gone."""
        return self._read() is not None

    def await_turn(self) -> None:
        """Take it once who holds it has given it back or fallen silent.

        Raises:
            StoreError: The store does not answer.
        """
        while not self.taken():
            if not self.has_ended():
                pause(LOOK_SECS)

    def has_ended(self) -> bool:
        """Whether nobody holds it any more; one whose owner is gone is removed.

        It is asked again and again: since the first time a silent owner's time runs.

        Raises:
            StoreError: The store does not answer.
        """
        found, now = self._read(), time.monotonic()
        if found is None:
            return True
        if found != self._seen[0]:
            self._seen = found, now
        if not self._is_dead(found) and now - self._seen[1] <= SILENT_SECS:
            return False
        log.warning("%s: its owner is gone; taking over", self.path)
        remote.remove(self.path)
        return True

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Show signs of life; on leaving, give it back."""
        self.ended.clear()
        renewing = threading.Thread(target=self.renew_until_ended, daemon=True, name="ivg-lease")
        renewing.start()
        try:
            yield
        finally:
            self.ended.set()
            renewing.join()
            self.give_back()

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


@cache
def processes() -> str:
    """Names what pids are counted in: this machine since its start, and the container, if any.

    Containers may share a name, and a pid of one says nothing in another.
    """
    told = [socket.gethostname()]
    with suppress(OSError):  # elsewhere than on Linux
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        told.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(told)


def _alive(pid: object) -> bool:
    try:
        os.kill(int(str(pid)), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:  # not ours, but alive
        return True
    return True
