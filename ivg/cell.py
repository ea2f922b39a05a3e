"""A process that does one thing at a time, and its end of the line."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from typing import Any

from ivg import interrupts
from ivg.limits import has_swollen
from ivg.portable import portable

_inside: list[bool] = []


class CellDiedError(Exception):
    """A cell ended in the middle of its work.

    Attributes:
        code: As `multiprocessing.Process.exitcode`.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Cell:
    """A fresh process that does what it is sent; ends with its parent.

    Attributes:
        is_spent: Whether it has kept so much memory that it should do nothing more.
    """

    def __init__(self) -> None:
        """Start it; spawned, since neither CUDA nor threads survive a fork."""
        self.is_spent = False
        spawn = spawning()
        self._line, theirs = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(theirs,), name="ivg-cell", daemon=True)
        with interrupts.deaf_children():
            self._process.start()
        theirs.close()

    def do(self, function: Callable[..., Any], *arguments: Any) -> tuple[bool, Any]:
        """Whether a function succeeds, and its result or else its exception.

        What it logs goes on here.

        Raises:
            CellDiedError: The process ended before it answered.
        """
        try:
            self._line.send((function, arguments))
            succeeded, result, records, self.is_spent = self._line.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise CellDiedError(self._process.exitcode) from error
        for record in records:
            logging.getLogger(record.name).callHandlers(record)
        return succeeded, result

    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.is_alive()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()

    def close(self) -> None:
        """End the process and the line."""
        self.kill()
        self._process.join()
        self._line.close()


class Noted(QueueHandler):
    """Keeps what is logged, to be sent with the answer."""

    def __init__(self) -> None:
        super().__init__([])  # type: ignore[arg-type]

    def enqueue(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.queue.append(record)  # type: ignore[attr-defined]

    def taken(self) -> list[logging.LogRecord]:
        """What was logged since."""
        records, self.queue = self.queue, []  # type: ignore[assignment]
        return records  # type: ignore[return-value]


def serve(line: Connection) -> None:
    """Body of the process: answer until the other end is closed.

    Ctrl-C in a terminal reaches this process too; the other one decides what it means.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _inside.append(True)
    threading.Thread(target=die_with_parent, daemon=True).start()
    logger, noted = logging.getLogger("ivg"), Noted()
    logger.handlers, logger.propagate = [noted], False
    logger.setLevel(logging.DEBUG)
    while True:
        try:
            answer = answered(line)
        except EOFError:
            return
        try:
            line.send((*answer, noted.taken(), has_swollen()))
        except Exception as error:  # noqa: BLE001 - what can't be sent is told by its words
            told = RuntimeError(f"{answer[1]!r}: {error}")
            line.send((False, told, noted.taken(), has_swollen()))


def answered(line: Connection) -> tuple[bool, Any]:
    """Whether the next thing asked for succeeds, and its result or its exception.

    Raises:
        EOFError: Nothing will be asked any more.
    """
    try:
        function, arguments = line.recv()
        return True, function(*arguments)
    except EOFError:
        raise
    except Exception as error:  # noqa: BLE001 - raised again where it was asked
        return False, portable(error)


def inside() -> bool:
    """Whether this process is a cell."""
    return bool(_inside)


def die_with_parent() -> None:
    """Wait for the parent's end; a worker left behind would hold a GPU for nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def spawning() -> SpawnContext:
    """What starts fresh processes, also inside a job of the joblib launcher.

    A new process is told its parent's start method, and of joblib's `loky` it knows nothing.
    """
    if multiprocessing.get_start_method() not in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("spawn", force=True)
    return multiprocessing.get_context("spawn")
