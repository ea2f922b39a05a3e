"""How the frames of a segment are shown in a chat."""

from __future__ import annotations

from typing import Any

from ivg.records import Clip

SHOW = ("images", "timed_images", "video")


def shown(clip: Clip, prompt: str, show: str) -> list[dict[str, Any]]:
    """One turn of a user: the frames, then the question, as chat templates take it."""
    question = {"type": "text", "text": prompt}
    if show == "video":
        return [{"type": "video"}, question]
    if show == "images":
        return [*({"type": "image"} for _ in clip.frames), question]
    timed = [({"type": "text", "text": at(time)}, {"type": "image"}) for time in clip.times]
    return [*(part for pair in timed for part in pair), question]


def at(time: float) -> str:
    """A frame's time in its segment, in words: "0.8 s:"."""
    return f"{time:.1f} s:"
