"""What runs inside a worker process: one stage, set up once."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from logging.handlers import QueueHandler
from typing import Any

from ivg.dialogue import run_stage_on
from ivg.records import Video
from ivg.stage import Context, Processed, Stage

_here: list[tuple[Stage, Context]] = []
_ready: list[Stage] = []


def start_process(stage: Stage, context: Context, devices: Any, logs: Any) -> None:
    """Begin a worker process: it takes a device, logs through its parent, and dies with it."""
    logger = logging.getLogger("ivg")
    logger.handlers, logger.propagate = [QueueHandler(logs)], False
    logger.setLevel(logging.DEBUG)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent says what ends
    threading.Thread(target=die_with_parent, daemon=True).start()
    start_worker(stage, replace(context, device=devices.get()))


def die_with_parent() -> None:
    """Wait for the parent's end; a worker left behind would hold a GPU for nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def start_worker(stage: Stage, context: Context) -> None:
    """Remember the stage; its setup waits for the first video, so that errors reach the caller."""
    _here[:] = [(stage, context)]
    _ready.clear()


def work(videos: Sequence[Video]) -> list[Processed]:
    """Run the stage on some videos."""
    stage, context = _here[0]
    if not _ready:
        stage.setup(context)
        _ready.append(stage)
    return list(run_stage_on(stage, videos, context))
