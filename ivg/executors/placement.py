"""On which devices the workers of a stage run."""

from __future__ import annotations

import os
from dataclasses import replace

from ivg.stage import Context, Stage


def devices_for(stage: Stage, context: Context, workers: int) -> list[str]:
    """One device a worker process.

    Stages that ask no model, and models on a CPU, take `workers` processes. Models on GPUs take
    one process a GPU however many workers there are: two copies of the weights seldom fit, and
    never run faster. `device=cuda` means all GPUs that CUDA_VISIBLE_DEVICES shows, `cuda:1` one.
    """
    if not stage.questions_at_once or not context.device.startswith("cuda"):
        return [context.device] * workers
    return gpus() if context.device == "cuda" else [context.device]


def gpus() -> list[str]:
    """The GPUs of this machine, as torch spells them."""
    import torch

    count = torch.cuda.device_count()
    return [f"cuda:{number}" for number in range(count)] if count > 1 else ["cuda"]


def shared(context: Context, workers: int, n_videos: int) -> Context:
    """The context of workers that share this machine's cores for their decoders.

    With many videos at once one thread each is the cheapest; a video alone gets what ffmpeg likes.
    """
    at_once = min(workers, n_videos)
    if at_once <= 1:
        return context
    return replace(context, stream_threads=max(1, (os.cpu_count() or 1) // at_once))
