"""Everything that touches a video, beside PySceneDetect, bare decoding and the published way.

Every row runs in a fresh process, imports excluded (see video_rows.py), best of some rounds in
which all rows take turns; ratios compare with the named row of the same table. `ivg split` writes
its sampled frames and leaves the models out; `ivg build` is a whole one with models that cost
nothing. The videos are made of the sample clip, once, in `--folder`.

Shows: split=content at most 1.1 x the faster PySceneDetect, split=fast at most 1.3 x the bare
decode, a whole build at least 3.5 x faster than the published way; memory 1.1, busy 0.9, sweep 1.5.

    python benchmarks/video.py [--folder DIR] [--rounds 3] [--share 1.0]
    python benchmarks/video.py --only speed,cuts,memory,feed,sweep
    python benchmarks/video.py --memory | --feed | --sweep      # that part alone
    python benchmarks/video.py --override executor.workers=2    # for every `ivg build`
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import video_clips
import video_cuts
import video_feed
import video_ivg
import video_memory
import video_sweep
from video_rows import Row, best

PACKAGES = ("ivg", "av", "opencv-python-headless", "scenedetect-headless", "numpy", "torch")
KINDS = tuple(video_clips.KINDS)
PARTS = ("speed", "cuts", "memory", "feed", "sweep")
FEED_VIDEOS = 100
BARE, CV, AV = "ffmpeg -threads 2 -f null -", "PySceneDetect opencv", "PySceneDetect pyav AUTO"
PUBLISHED = "published way"


@dataclass(frozen=True)
class Settings:
    """What was asked for on the command line."""

    folder: Path
    rounds: int
    share: float
    overrides: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def long_secs(self) -> float:
        """Length of the long videos."""
        return max(5.0, round(video_clips.LONG_SECS * self.share))

    def long_videos(self, kinds: Sequence[str]) -> dict[str, Path]:
        """The long videos of the kinds that were asked for."""
        return {
            kind: video_clips.long_video(self.folder, kind, self.long_secs)
            for kind in kinds
            if kind in self.kinds
        }


def versions() -> None:
    """Print what the figures were measured with."""
    found = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    told = subprocess.run(
        [video_clips.FFMPEG, "-version"], capture_output=True, text=True, check=True
    )
    print(f"Python {platform.python_version()}, {found}")
    n_cpus = len(os.sched_getaffinity(0))
    print(f"ffmpeg {told.stdout.split()[2]}, {n_cpus} CPUs, {platform.machine()}")


def rows(detectors: Sequence[str], more: tuple[str, ...]) -> list[Row]:
    """Everything that is timed on one video."""
    found = [Row(BARE, "bare"), Row(CV, "opencv"), Row(AV, "pyav"), Row(PUBLISHED, "published")]
    for name in detectors:
        asked = (video_ivg.detector(name), *more)
        found.append(Row(f"ivg split={name}", "ivg", (*asked, *video_ivg.SPLIT_ONLY)))
        found.append(Row(f"ivg build, split={name}", "ivg", (*asked, *video_ivg.CHEAP)))
    return found


def speed(settings: Settings) -> None:
    """The table of each long video."""
    wanted = ("content", "fast")
    detectors = video_ivg.detectors(wanted)
    warm = video_clips.short_video(settings.folder, 1, 2.0)
    for kind, video in settings.long_videos(KINDS).items():
        seconds = best(rows(detectors, settings.overrides), video, warm, settings.rounds)
        speed_table(f"{kind}, {settings.long_secs:.0f} s, 720p h264", seconds)
    for name in wanted:
        if name not in detectors:
            print(f"split={name} is not there")


def speed_table(title: str, seconds: Mapping[str, float]) -> None:
    """Print one table; the baselines are bare decoding and PySceneDetect's faster backend."""
    fastest = min((CV, AV), key=lambda name: seconds[name])
    print(f"\n{title}; best of the rounds; PSD = {fastest}")
    print(
        f"{'what':<32}{'wall s':>8}{'ratio to bare':>15}{'ratio to PSD':>14}{'published / it':>16}"
    )
    for name, wall in seconds.items():
        ratios = wall / seconds[BARE], wall / seconds[fastest], seconds[PUBLISHED] / wall
        print(f"{name:<32}{wall:>8.2f}{ratios[0]:>15.2f}{ratios[1]:>14.2f}{ratios[2]:>16.2f}")


def cuts(settings: Settings) -> None:
    """Precision and recall."""
    videos = settings.long_videos(KINDS)
    video_cuts.table(videos, settings.overrides, ("fast", "transnetv2"))


def memory(settings: Settings) -> None:
    """Peaks."""
    video_memory.table(settings.folder, settings.overrides, settings.share)


def feed(settings: Settings) -> None:
    """The share in which a model is busy."""
    n_videos = max(3, round(FEED_VIDEOS * min(1.0, settings.share)))
    video_feed.table(settings.folder, settings.overrides, n_videos)


def sweep(settings: Settings) -> None:
    """Ten thresholds."""
    videos = settings.long_videos(("b-frames", "noise"))
    video_sweep.table(videos, settings.overrides, settings.rounds)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, help="where the videos are kept; else a temporary one"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of the usual length and number")
    parser.add_argument("--override", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="of long video")
    parser.add_argument("--only", default="", help=f"parts, with commas: {','.join(PARTS)}")
    for part in PARTS:
        parser.add_argument(f"--{part}", action="store_true", help=f"the same as --only {part}")
    return parser.parse_args()


def main() -> None:
    """Print the tables."""
    arguments = parsed()
    named = [part for part in PARTS if getattr(arguments, part)]
    sys.stdout.reconfigure(line_buffering=True)
    wanted = [*filter(None, arguments.only.split(",")), *named] or list(PARTS)
    versions()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).absolute()
        settings = Settings(
            folder,
            arguments.rounds,
            arguments.share,
            tuple(arguments.override),
            tuple(arguments.kinds),
        )
        for part in wanted:
            {"speed": speed, "cuts": cuts, "memory": memory, "feed": feed, "sweep": sweep}[part](
                settings
            )


if __name__ == "__main__":
    main()
