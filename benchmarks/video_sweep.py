"""What a sweep over `split.threshold` costs, beside one run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

import video_ivg


def table(videos: Mapping[str, Path], overrides: Sequence[str], rounds: int) -> None:
    """Print the seconds of one run and of ten, each command over an empty store."""
    asked = {"split only": video_ivg.SPLIT_ONLY, "whole build, models free": video_ivg.CHEAP}
    print("\nsweep of 10 values of split.threshold, start of the process included, target 1.5")
    print(f"{'what':<36}{'one run s':>10}{'sweep s':>9}{'ratio':>7}")
    for (kind, video), (name, more) in product(videos.items(), asked.items()):
        mine = (video_ivg.CONTENT, *more, *overrides)
        one, ten = alternately(
            [lambda v=video, m=mine: timed(v, *m), lambda v=video, m=mine: sweep(v, m)], rounds
        )
        print(f"{f'{name}, {kind}':<36}{one:>10.1f}{ten:>9.1f}{ten / one:>7.2f}")


def sweep(video: Path, overrides: Sequence[str]) -> float:
    """Seconds of the ten runs."""
    return timed(video, video_ivg.THRESHOLDS, *overrides, sweep=True)


def timed(video: Path, *more: str, sweep: bool = False) -> float:
    """Wall seconds of one command."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = video_ivg.build(video, Path(folder), *more, sweep=sweep)
        begun = time.perf_counter()
        video_ivg.run(arguments)
        return time.perf_counter() - begun


def alternately(works: Sequence[Callable[[], float]], rounds: int) -> list[float]:
    """The least of each, taken in turn."""
    taken = [[work() for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*taken, strict=True)]
