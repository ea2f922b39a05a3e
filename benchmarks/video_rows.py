"""What is timed: one piece of work on one video, each time in a fresh process.

The work is first done on a clip of two seconds, untimed, so that no row pays for imports; for
`ivg` everything else of the command counts (config, content id, store, run folder). Bare `ffmpeg`
counts with the start of its process.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import video_ivg
from video_clips import FFMPEG

SAMPLED_EVERY_SEC = 0.02
NEWBORN_SEC = 0.2
"""A child that has just been forked still shows its parent's memory."""


@dataclass(frozen=True)
class Row:
    """One line of a table: a name, a piece of work, and more overrides of `ivg`."""

    name: str
    work: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """Of one process: wall seconds of the work, and the peak of all its memory in MB."""

    seconds: float
    peak_mb: float


def bare_decode(path: Path, overrides: Sequence[str]) -> None:
    """Decode with ffmpeg on two threads, and throw the pictures away."""
    line = [FFMPEG, "-nostdin", "-loglevel", "error", "-threads", "2", "-i", str(path)]
    subprocess.run([*line, "-f", "null", "-"], check=True)


def scenedetect(path: Path, overrides: Sequence[str], backend: str) -> None:
    """PySceneDetect's splitting alone."""
    from scenedetect import ContentDetector, SceneManager, open_video

    logging.getLogger("pyscenedetect").setLevel(logging.ERROR)
    manager = SceneManager()
    manager.add_detector(ContentDetector())
    threads = {"threading_mode": "AUTO"} if backend == "pyav" else {}
    manager.detect_scenes(open_video(str(path), backend=backend, **threads))


def ivg(path: Path, overrides: Sequence[str]) -> None:
    """`ivg build` over an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        video_ivg.here(video_ivg.build(path, Path(folder), *overrides))


def published(path: Path, overrides: Sequence[str]) -> None:
    """The published way of touching a video."""
    import published_way

    published_way.whole(path)


WORKS = {
    "bare": bare_decode,
    "opencv": partial(scenedetect, backend="opencv"),
    "pyav": partial(scenedetect, backend="pyav"),
    "ivg": ivg,
    "published": published,
}


def measured(row: Row, video: Path, warm: Path | None) -> Measured:
    """Do the work of a row in a fresh process, warmed up on a clip where one is given."""
    warmed = ["--warm", str(warm)] if warm else []
    line = [sys.executable, __file__, *warmed, row.work, str(video), *row.overrides]
    with subprocess.Popen(
        line,
        env=video_ivg.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        memory = Memory(process.pid)
        memory.start()
        out, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(line)}\n{out}{errors}")
    return Measured(json.loads(out.splitlines()[-1]), memory.peak_mb)


class Memory(threading.Thread):
    """Watches the resident memory of a process and all below it, until they end.

    Attributes:
        peak_mb: The most so far; shared pages count in each process.
    """

    def __init__(self, pid: int) -> None:
        """Args: pid: Of the process."""
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.born: dict[int, float] = {}
        self.peak_mb = 0.0

    def run(self) -> None:
        """Add up again and again."""
        try:
            while self.root.status() != psutil.STATUS_ZOMBIE:
                family = [self.root, *self.root.children(recursive=True)]
                self.peak_mb = max(self.peak_mb, sum(self.resident_mb(one) for one in family))
                time.sleep(SAMPLED_EVERY_SEC)
        except psutil.NoSuchProcess:
            return

    def resident_mb(self, process: psutil.Process) -> float:
        """Of one process; newborn ones count nothing."""
        now = time.monotonic()
        grown = process == self.root or now - self.born.setdefault(process.pid, now) > NEWBORN_SEC
        try:
            return float(process.memory_info().rss / 2**20) if grown else 0.0
        except psutil.NoSuchProcess:
            return 0.0


def best(rows: Sequence[Row], video: Path, warm: Path, rounds: int) -> dict[str, float]:
    """Least seconds of each row; all rows take their turn in each round."""
    seconds: dict[str, float] = {}
    for _ in range(rounds):
        for row in rows:
            took = measured(row, video, warm).seconds
            seconds[row.name] = min(took, seconds.get(row.name, took))
    return seconds


def main() -> None:
    """Do one piece of work, and print its seconds as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warm", type=Path)
    parser.add_argument("work", choices=list(WORKS))
    parser.add_argument("video", type=Path)
    parser.add_argument("overrides", nargs="*")
    arguments = parser.parse_args()
    work = WORKS[arguments.work]
    if arguments.warm:
        work(arguments.warm, arguments.overrides)
    begun = time.perf_counter()
    work(arguments.video, arguments.overrides)
    print(json.dumps(time.perf_counter() - begun))


if __name__ == "__main__":
    main()
