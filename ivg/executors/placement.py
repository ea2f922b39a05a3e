"""On which devices the workers of a stage run."""

from __future__ import annotations

import os
from dataclasses import replace

from ivg.stage import Context, Stage


def devices_for(stage: Stage, context: Context, workers: int | None, n_videos: int) -> list[str]:
    """One device a worker process; a single one works in the process that asks.

    Stages that ask no model take `workers` processes, at most one a video. Models on GPUs take
    one process a GPU however many workers there are: two copies of the weights seldom fit, and
    never run faster. `device=cuda` means all GPUs that CUDA_VISIBLE_DEVICES shows, `cuda:1` one.
    Models on a CPU use its cores by threads of their own, unless `workers` is given.

    Args:
        stage: What is to be run.
        context: Names the device.
        workers: As configured; None for one a core.
        n_videos: Videos that may come.
    """
    if stage.questions_at_once and context.device.startswith("cuda"):
        return gpus() if context.device == "cuda" else [context.device]
    if not stage.spread or (stage.questions_at_once and workers is None):
        return [context.device]
    return [context.device] * max(1, min(workers or cores(), n_videos))


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> list[str]:
    """The GPUs of this machine, as torch spells them."""
    import torch

    count = torch.cuda.device_count()
    return [f"cuda:{number}" for number in range(count)] if count > 1 else ["cuda"]


def shared(context: Context, workers: int) -> Context:
    """The context of workers that share this machine's cores for their decoders.

    With many videos at once one thread each is the cheapest; a video alone gets what ffmpeg likes.
    """
    return replace(context, stream_threads=max(1, cores() // workers))
