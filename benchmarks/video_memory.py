"""Peak memory of splitting: a long video against a short one, many videos against few."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import video_clips
import video_ivg
from video_rows import Row, measured

CLIP_SECS, N_CLIPS = 2.0, 6


def table(folder: Path, overrides: Sequence[str], share: float) -> None:
    """Print peaks and ratios; nothing is warmed up, imports count in both."""
    row = Row("split", "ivg", (video_ivg.CONTENT, *video_ivg.SPLIT_ONLY, *overrides))
    print("\npeak memory of `ivg build split=content` without models, all processes, target 1.1")
    print(f"{'what':<38}{'s':>8}{'peak MB':>9}{'ratio':>7}")
    for pair in (lengths(folder, share), numbers(folder, share)):
        baseline = 0.0
        for name, videos in pair.items():
            took = measured(row, videos, None)
            baseline = baseline or took.peak_mb
            ratio = took.peak_mb / baseline
            print(f"{name:<38}{took.seconds:>8.1f}{took.peak_mb:>9.0f}{ratio:>7.2f}")


def lengths(folder: Path, share: float) -> dict[str, Path]:
    """Five minutes of video, and an hour."""
    secs = max(10.0, 300 * share)
    short = video_clips.long_video(folder, "b-frames", secs)
    long = video_clips.repeated(short, folder / f"hour-{secs:g}s-12-times.mp4", 12)
    return {f"one video of {secs:.0f} s": short, f"one video of {12 * secs:.0f} s": long}


def numbers(folder: Path, share: float) -> dict[str, Path]:
    """Thirty short videos, and three hundred."""
    few, many = max(3, round(30 * share)), max(9, round(300 * share))
    return {f"{n} videos of {CLIP_SECS:.0f} s": clips(folder, n) for n in (few, many)}


def clips(folder: Path, count: int) -> Path:
    """A folder of so many different files."""
    target = folder / f"{count}-clips"
    for number in range(count):
        source = video_clips.short_video(folder, number % N_CLIPS, CLIP_SECS)
        video_clips.distinct(source, target / f"clip{number:03}.mp4", number)
    return target
