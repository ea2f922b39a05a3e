"""What runs inside a worker process: one stage, set up once."""

from __future__ import annotations

from ivg.records import Video
from ivg.stage import Context, Processed, Stage, run_stage

_here: list[tuple[Stage, Context]] = []
_ready: list[Stage] = []


def start_worker(stage: Stage, context: Context) -> None:
    """Remember the stage; its setup waits for the first video, so that errors reach the caller."""
    _here[:] = [(stage, context)]
    _ready.clear()


def work(video: Video) -> Processed:
    """Run the stage on one video."""
    stage, context = _here[0]
    if not _ready:
        stage.setup(context)
        _ready.append(stage)
    return run_stage(stage, video, context)
