"""What runs inside a worker process: one stage, set up once."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from logging.handlers import QueueHandler
from typing import Any

from ivg.apart import Crew
from ivg.cell import die_with_parent
from ivg.dialogue import run_stage_on
from ivg.errors import VideoError
from ivg.limits import confined, use
from ivg.portable import portable
from ivg.records import Video
from ivg.stage import Context, Processed, Stage, failed, run_stage

_here: list[tuple[Stage, Context]] = []
_ready: list[Stage] = []
_crew = Crew()
_in_cell: dict[str, Stage] = {}


def start_process(stage: Stage, context: Context, devices: Any, logs: Any) -> None:
    """Begin a worker process: it takes a device, logs through its parent, and dies with it."""
    logger = logging.getLogger("ivg")
    logger.handlers, logger.propagate = [QueueHandler(logs)], False
    logger.setLevel(logging.DEBUG)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent says what ends
    threading.Thread(target=die_with_parent, daemon=True).start()
    start_worker(stage, replace(context, device=devices.get()))


def start_worker(stage: Stage, context: Context) -> None:
    """Remember the stage; its setup waits for the first video, so that errors reach the caller."""
    use(context.limits)
    _here[:] = [(stage, context)]
    _ready.clear()


def work(videos: Sequence[Video]) -> list[Processed]:
    """Run the stage on some videos."""
    stage, context = _here[0]
    if stage.decodes and context.limits.guarded:
        return work_apart(_crew, stage, context, videos)
    if not _ready:
        set_up(stage, context)
        _ready.append(stage)
    return list(run_stage_on(stage, videos, context))


def set_up(stage: Stage, context: Context) -> None:
    """Load what the stage needs; raises what it raises, as far as that can leave the process."""
    try:
        stage.setup(context)
    except Exception as error:
        raise portable(error) from error


def work_apart(
    crew: Crew, stage: Stage, context: Context, videos: Sequence[Video]
) -> list[Processed]:
    """Run the stage on some videos, each in a process apart; one that ends it has failed."""
    return [alone(crew, stage, context, video) for video in videos]


def alone(crew: Crew, stage: Stage, context: Context, video: Video) -> Processed:
    """Run the stage on one video in a process apart."""
    begun = time.perf_counter()
    try:
        return crew.do(video.name, in_cell, crew.token, stage, context, video)
    except VideoError as error:
        return failed(stage, video, error, time.perf_counter() - begun)


def in_cell(token: str, stage: Stage, context: Context, video: Video) -> Processed:
    """Body of a cell; the setup, which is not the video's fault, is not under its limits."""
    if token not in _in_cell:
        stage.setup(context)
        _in_cell.clear()
        _in_cell[token] = stage
    with confined(context.limits, video.name):
        return run_stage(_in_cell[token], video, context)
