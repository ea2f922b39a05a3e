"""How busy a model is kept that takes 10 ms a frame."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import video_clips
import video_ivg

CLIP_SECS = 6.0
FRAMES_PER_SCENE = (3, 32)
"""With few frames of each scene decoding takes longer than the model, which then has to wait for
it; with many the model takes longer, and must not wait."""


def table(folder: Path, overrides: Sequence[str], n_videos: int) -> None:
    """Print the share of the time in which the model was busy."""
    clips = folder / f"{n_videos}-feed-clips"
    for number in range(n_videos):
        source = video_clips.short_video(folder, number, CLIP_SECS)
        video_clips.distinct(source, clips / f"clip{number:03}.mp4", number)
    print(f"\na whole build of {n_videos} videos of {CLIP_SECS:.0f} s, model of 10 ms a frame")
    print("busy: ratio of its time to that from its being ready, before any decode, to its last")
    print("call; target 0.9 where it takes longer than decoding does")
    columns = f"{'frames':>7}{'model s':>9}{'ready s':>10}{'busy':>7}{'build s':>9}"
    print(f"{'frames a scene':<16}{columns}")
    for k in FRAMES_PER_SCENE:
        line(k, clips, overrides)


def line(k: int, clips: Path, overrides: Sequence[str]) -> None:
    """Run one build and print its line; the process's start counts in the last column."""
    more = (video_ivg.CONTENT, video_ivg.frames(k), "embedder=sleepy")
    more += video_ivg.OTHERS_CHEAP
    with tempfile.TemporaryDirectory() as folder:
        noted, begun = Path(folder) / "busy.jsonl", time.perf_counter()
        arguments = video_ivg.build(clips, Path(folder), *more, *overrides)
        video_ivg.run(arguments, BENCHMARK_BUSY=str(noted))
        took = time.perf_counter() - begun
        calls = sorted(json.loads(row) for row in noted.read_text().splitlines())
    busy, whole = union(calls), max(end for _, end, _ in calls) - calls[0][0]
    n_frames = sum(n for _, _, n in calls)
    print(f"{k:<16}{n_frames:>7}{busy:>9.2f}{whole:>10.2f}{busy / whole:>7.2f}{took:>9.2f}")


def union(calls: Iterable[Sequence[float]]) -> float:
    """Seconds in which at least one call was under way; the calls by their beginning."""
    total, until = 0.0, 0.0
    for start, end, _ in calls:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total
