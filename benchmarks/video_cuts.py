"""How well the cut lists of detectors agree with a truth, and with those of `content`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import video_ivg
from video_clips import SAMPLE, TRUTH

TOLERANCE_FRAMES = 2
FPS = 30
MILLISECOND = 0.001


def cuts(name: str, video: Path, overrides: Sequence[str]) -> list[float]:
    """Where a detector cuts a video, in seconds; short scenes are kept."""
    asked = (video_ivg.detector(name), video_ivg.KEEP_SHORT, *video_ivg.SPLIT_ONLY, *overrides)
    with tempfile.TemporaryDirectory() as folder:
        video_ivg.run(video_ivg.build(video, Path(folder), *asked))
        row = json.loads((Path(folder) / "run" / "scenes.jsonl").read_text())
    return [start for start, _ in row["scenes"]][1:]


def true_cuts() -> list[float]:
    """Of the sample clip."""
    scenes = json.loads(TRUTH.read_text())["scenes"]
    return [scene["start_sec"] for scene in scenes][1:]


def matches(found: Sequence[float], truth: Sequence[float]) -> int:
    """How many can be paired within the tolerance, each once."""
    tolerance = TOLERANCE_FRAMES / FPS + MILLISECOND
    left, n = list(truth), 0
    for cut in found:
        near = [other for other in left if abs(other - cut) <= tolerance]
        if near:
            left.remove(min(near, key=lambda other: abs(other - cut)))
            n += 1
    return n


def line(name: str, against: str, found: Sequence[float], truth: Sequence[float]) -> None:
    """Print one line of the table."""
    n = matches(found, truth)
    precision, recall = n / max(1, len(found)), n / max(1, len(truth))
    print(f"{name:<34}{against:<9}{len(found):>6}{len(truth):>6}{precision:>11.3f}{recall:>8.3f}")


def table(videos: dict[str, Path], overrides: Sequence[str], wanted: Sequence[str]) -> None:
    """Print precision and recall of the detectors that are there."""
    print(f"\ncuts, within {TOLERANCE_FRAMES} frames")
    columns = f"{'found':>6}{'true':>6}{'precision':>11}{'recall':>8}"
    print(f"{'detector, video':<34}{'against':<9}{columns}")
    found = video_ivg.detectors(wanted)
    for name in ("content", *found):
        line(f"{name}, sample", "truth", cuts(name, SAMPLE, overrides), true_cuts())
    for kind, video in videos.items() if found else ():
        truth = cuts("content", video, overrides)
        for name in found:
            line(f"{name}, {kind}", "content", cuts(name, video, overrides), truth)
    for name in wanted:
        if name not in found:
            print(f"split={name} is not there")
