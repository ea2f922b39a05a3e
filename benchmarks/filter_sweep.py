"""A sweep over values of `filter.threshold`, beside one run: seconds, each over an empty store.

What a sweep changes after the models should cost next to nothing, at most 1.1 times one run, start
of the process, quality with its intervals, table, plots and page included; and no job but the first
asks a model. Exits 1 where that is not so. The videos are montages of the sample, rendered before
the clock starts; the models are the small ones, and there is a judge.

    python benchmarks/filter_sweep.py [--videos 60] [--rounds 1] [--values 20]
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import video_ivg

BOUND = 1.1
ASKING = {"judge_frames", "embed", "caption", "judge_captions", "score"}
"""The stages that ask a model."""


def arguments(n_videos: int, videos: Path, folder: Path, *more: str) -> list[str]:
    """`ivg build` over a store of its own."""
    source = ("source=montage", f"source.n_videos={n_videos}", f"source.folder={videos}")
    places = (f"store.dir={folder}/store", f"hydra.run.dir={folder}/run")
    small = ("experiment=quickstart", "judge=small", "device=cpu")
    return ["build", *small, *source, *places, f"hydra.sweep.dir={folder}/jobs", *more]


def render(n_videos: int, videos: Path, folder: Path) -> None:
    """Make the montages, by a run of nothing else but the cuts."""
    judged = ("judge_frames", "judge_captions")
    others = (*video_ivg.MODEL_STAGES, *judged, "export", "lineage", "quality")
    only = [f"~stages.{stage}" for stage in others]
    video_ivg.run(arguments(n_videos, videos, folder, *only))


def timed(n_videos: int, videos: Path, folder: Path, *more: str) -> tuple[float, float]:
    """Wall and CPU seconds of one command; the latter say more where others use the machine."""
    begun, used = time.perf_counter(), cpu_secs()
    video_ivg.run(arguments(n_videos, videos, folder, *more))
    return time.perf_counter() - begun, cpu_secs() - used


def cpu_secs() -> float:
    """CPU seconds of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def asked_again(jobs: Path) -> Iterator[str]:
    """`job: stage` where a job after the first asked a model of a video."""
    for summary in jobs.glob("*/summary.json"):
        for line in json.loads(summary.read_text())["lines"]:
            if summary.parent.name != "0" and line["stage"] in ASKING and line["computed"]:
                yield f"{summary.parent.name}: {line['stage']}"


def one_round(
    n_videos: int, n_values: int, videos: Path, folder: Path
) -> tuple[float, float, list[str]]:
    """Seconds of one run and of the sweep, and where the sweep asked a model again."""
    values = ",".join(f"{0.4 + 0.02 * i:.2f}" for i in range(n_values))
    one, one_cpu = timed(n_videos, videos, folder / "one")
    print(f"one run {one:.1f} s", flush=True)
    many, many_cpu = timed(n_videos, videos, folder / "many", f"filter.threshold={values}", "-m")
    print(f"CPU: {one_cpu:.1f} s and {many_cpu:.1f} s, ratio {many_cpu / one_cpu:.3f}")
    again = sorted(set(asked_again(folder / "many" / "jobs")))
    print(f"one run {one:.1f} s, sweep of {n_values} {many:.1f} s, ratio {many / one:.3f}")
    print(f"models asked again by: {', '.join(again) or 'no job'}", flush=True)
    return one, many, again


def main() -> int:
    """Measure, print, and say by the exit code whether the bound holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--values", type=int, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render(args.videos, folder / "videos", folder / "cuts")
        rounds = [
            one_round(args.videos, args.values, folder / "videos", folder / str(i))
            for i in range(args.rounds)
        ]
    ones, manies, again = zip(*rounds, strict=True)
    ratio = min(manies) / min(ones)
    print(f"{args.videos} montages, {args.rounds} rounds: ratio of the least {ratio:.3f}")
    return 0 if ratio <= BOUND and not any(again) else 1


if __name__ == "__main__":
    sys.exit(main())
