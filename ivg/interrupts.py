"""Ctrl-C: once, and what is under way is finished and stored; twice, and the run ends at once."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

_asked = threading.Event()


def asked() -> bool:
    """Whether the user wants the run to end: nothing new is begun."""
    return _asked.is_set()


@contextmanager
def patient() -> Iterator[None]:
    """Let the work within finish what is under way when Ctrl-C comes; leaving, end the run.

    Raises:
        KeyboardInterrupt: Ctrl-C came: at once at the second, or after the work within.
    """
    if not is_ours():
        yield
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
        if asked():
            raise KeyboardInterrupt(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
        _asked.clear()


@contextmanager
def deaf_children() -> Iterator[None]:
    """Processes that are begun within don't see the terminal's Ctrl-C, not even as they begin."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def is_ours() -> bool:
    """Whether Ctrl-C is for us to handle, and not for a program around this one."""
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def ask(number: int, _: object) -> None:
    """Note the first Ctrl-C; a second one ends the run."""
    if asked():
        raise KeyboardInterrupt(number)
    _asked.set()
    log.warning("interrupted: finishing what is under way; Ctrl-C once more ends it at once")
