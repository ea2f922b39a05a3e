"""A real `ivg build` of this machine against what the model says of it.

Videos of other lengths than those measured, two workers, models that cost nothing. What three
videos of two seconds take, the start of the processes above all, is subtracted on both sides.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import scale_measure
import video_clips
import video_ivg
from scale_costs import HOUR, Costs
from scale_tables import table

WORKERS = 2
BASE = [2, 2, 2]
"""Seconds of the videos of the run that is subtracted; several, so that it has workers too."""
SHORTEST, LENGTHS = 4, 9
"""Seconds: 4 to 12, one after the other."""


def lengths(n_videos: int) -> list[int]:
    """Seconds of each video."""
    return [SHORTEST + number % LENGTHS for number in range(n_videos)]


def videos(folder: Path, name: str, secs: list[int]) -> Path:
    """A folder with a video of each length."""
    for number, length in enumerate(secs):
        source = video_clips.short_video(folder / "clips", number % 12, length)
        video_clips.distinct(source, folder / name / f"{number}.mp4", number)
    return folder / name


def built(folder: Path, name: str, secs: list[int]) -> tuple[float, float, int]:
    """CPU seconds, wall seconds and captions of a build."""
    where = videos(folder, name, secs)
    begun = time.perf_counter()
    asked = (f"executor.workers={WORKERS}", *video_ivg.CHEAP)
    used = sum(scale_measure.cpu_secs(folder / f"run-{name}", where, *asked))
    counts = scale_measure.counted(folder / f"run-{name}")
    return used, time.perf_counter() - begun, counts["caption caption"]


def reality_table(folder: Path, costs: Costs, n_videos: int) -> str:
    """CPU and wall seconds beyond those of the base: predicted, measured, their ratio."""
    secs = lengths(n_videos)
    base = built(folder, "few", BASE)
    found = built(folder, "many", secs)
    cpu, wall, captions = (b - a for a, b in zip(base, found, strict=True))
    decode = (sum(secs) - sum(BASE)) / HOUR * costs.decode[720]
    driver, whole = (n_videos - len(BASE)) * costs.driver, captions * costs.dataset
    rows = [
        ("CPU s", decode + driver + whole, cpu),
        ("wall s", max(decode / min(WORKERS, os.cpu_count() or 1), driver) + whole, wall),
    ]
    head = (f"{n_videos} videos, {sum(secs)} s", "predicted", "measured", "measured / predicted")
    load = f"load average {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n"
    return load + table(head, [(k, f"{p:.1f}", f"{m:.1f}", f"{m / p:.2f}") for k, p, m in rows])
