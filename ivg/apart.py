"""Work on strange videos in processes apart: what it does there, it does to nothing else.

A cell is a process that does one thing at a time, so that its end is the fault of that one thing.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from uuid import uuid4

from ivg.cell import Cell, CellDiedError, inside
from ivg.errors import VideoTimeLimitError, WorkerCrashedError
from ivg.limits import Limits, confined, in_force

log = logging.getLogger(__name__)

T = TypeVar("T")

CHANCES = 2
"""Processes that may die on a video: the first may have died of something else."""

_idle: list[Cell] = []
_alone: set[Crew] = set()
os.register_at_fork(after_in_child=_idle.clear)


def apart(name: str, function: Callable[..., T], *arguments: Any) -> T:
    """The result of work on a video, done under the limits in force; here if there are none.

    Raises:
        VideoTimeLimitError: It took longer than it may.
        VideoMemoryLimitError: It needed more memory than it may have.
        WorkerCrashedError: Two processes died on it.
        Exception: What the function raises.
    """
    limits = in_force()
    if inside() or not limits.guarded:
        return function(*arguments)
    crew = Crew()
    _alone.add(crew)
    try:
        result: T = crew.do(name, within, limits, name, function, arguments)
        return result
    finally:
        _alone.discard(crew)


def break_off() -> None:
    """End what threads are waiting for in `apart`, now that the run ends."""
    for crew in list(_alone):
        crew.stop()


def within(limits: Limits, name: str, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    """Body of a cell: the work under its limits."""
    with confined(limits, name):
        return function(*arguments)


class Crew:
    """The cells that are at work for one purpose; idle ones are shared with others.

    Attributes:
        token: Tells the purpose from others.
        busy: Cells at work.
        stopped: Whether the run is being broken off.
    """

    def __init__(self) -> None:
        """Start no process yet."""
        self.token = uuid4().hex
        self.busy: set[Cell] = set()
        self.stopped = False

    def do(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        """The result of work on a video in a cell; may be called by many threads.

        Raises:
            VideoTimeLimitError: The kernel has ended it.
            WorkerCrashedError: Two processes died on it.
            Exception: What the function raises.
        """
        for _ in range(CHANCES):
            try:
                with self._cell() as cell:
                    succeeded, result = cell.do(function, *arguments)
            except CellDiedError as died:
                self._judge(name, died)
            else:
                if not succeeded:
                    raise result
                return result  # type: ignore[no-any-return]
        raise WorkerCrashedError(f"{name}: the worker process died twice on it (out of memory?)")

    def stop(self) -> None:
        """End what is under way; its callers are told that their worker died."""
        self.stopped = True
        for cell in list(self.busy):
            cell.kill()

    @contextmanager
    def _cell(self) -> Iterator[Cell]:
        """A cell that does nothing else; it ends with what breaks it off."""
        cell = idle() or Cell()
        self.busy.add(cell)
        try:
            if self.stopped:  # while it was being started
                raise CellDiedError(None)
            yield cell
        except BaseException:
            cell.close()
            raise
        else:
            if cell.is_spent:
                cell.close()
            else:
                _idle.append(cell)
        finally:
            self.busy.discard(cell)

    def _judge(self, name: str, died: CellDiedError) -> None:
        """Raise if the end of a cell has a known reason."""
        if self.stopped:
            raise WorkerCrashedError(f"{name}: the run was stopped") from died
        if died.code == -signal.SIGALRM:
            raise VideoTimeLimitError(
                f"{name}: not done after limits.secs_per_video={in_force().secs_per_video}: the "
                "file may be made to hang a decoder; raise the limit if it is only long"
            ) from died
        log.warning("%s: its worker process died (%s)", name, died)


def idle() -> Cell | None:
    """A living cell that does nothing, if there is one."""
    while _idle:
        with suppress(IndexError):  # another thread has taken the last one
            if (cell := _idle.pop()).is_alive():
                return cell
            cell.close()
    return None


def close_idle() -> None:
    """End the processes that nothing uses now."""
    while _idle:
        _idle.pop().close()
