"""What is asked over a network: the model hub and W&B."""

from __future__ import annotations

import os

from ivg.doctor.finding import Finding
from ivg.models.hub import cache_folder, hub_is_away
from ivg.tracking.wandb import WandbTracker, logged_in


def examine_hub() -> Finding:
    """Whether checkpoints can be fetched; those that are here need no hub."""
    from huggingface_hub import constants

    cache = f"checkpoints are looked for in {cache_folder()}"
    if constants.HF_HUB_OFFLINE:
        return Finding("note", "hub", f"HF_HUB_OFFLINE is set; {cache}")
    if hub_is_away():
        return Finding("note", "hub", f"{constants.ENDPOINT} can't be reached; {cache}")
    return Finding("ok", "hub", f"{constants.ENDPOINT} answers; {cache}")


def examine_tracker(tracker: object) -> Finding:
    """Where W&B runs would go; a tracker never keeps a run from going on."""
    if not isinstance(tracker, WandbTracker):
        return Finding("ok", "tracker", "W&B is not used; tracker=wandb logs there")
    mode = tracker.mode or os.environ.get("WANDB_MODE")
    if mode in ("offline", "disabled"):
        return Finding("ok", "tracker", f"W&B: {mode}")
    if logged_in():
        return Finding("ok", "tracker", "W&B: logged in")
    return Finding("note", "tracker", "W&B: not logged in, so runs stay offline; `wandb login`")
