"""Seconds of the split stage against bare decoding, in one run and on one file.

python benchmarks/split.py [VIDEO] [--rounds N]
"""

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ivg
from ivg.records import Video
from ivg.stage import Context
from ivg.stages.scan import Scan
from ivg.stages.split import Split
from ivg.video.decode import Decoder
from ivg.video.frames import FrameStore
from ivg.video.probe import open_video

SAMPLE = Path(ivg.__file__).parent / "sample" / "sample.mp4"


def decode_only(path: Path) -> None:
    """What any split must pay: PyAV with automatic threads, pictures thrown away."""
    with open_video(path) as (container, stream):
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            pass


def with_times(path: Path) -> None:
    """Our decoder alone, on one thread of Python."""
    for _ in Decoder(path).frames():
        pass


def pyscenedetect(path: Path) -> None:
    """PySceneDetect's own manager and PyAV backend, cuts only."""
    from scenedetect import ContentDetector, SceneManager
    from scenedetect.backends.pyav import VideoStreamAv

    logging.getLogger("pyscenedetect").setLevel(logging.ERROR)
    manager = SceneManager()
    manager.add_detector(ContentDetector())
    manager.detect_scenes(VideoStreamAv(str(path), threading_mode="AUTO"))


def split(path: Path, **options: object) -> None:
    """Scan and split: cuts, kept frames, frame store."""
    with tempfile.TemporaryDirectory() as folder:
        stores = [FrameStore(Path(folder) / name) for name in ("frames", "passing")]
        context, stage = Context(stores[0], passing=stores[1]), Split(**options)
        video = Video("benchmark", path.name, path)
        scanned = Scan(stage.measure, stage.frame_side, stage.jpeg_quality, stage)
        known = replace(video, **scanned.process(video, context).fields)
        stage.process(known, context)


def best_of(work: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Least wall and processor seconds of some rounds, after one to warm up."""
    work()
    walls, processors = [], []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    path = arguments.video
    rows: dict[str, Callable[[], None]] = {
        "PyAV AUTO decode only": lambda: decode_only(path),
        "decoder with times": lambda: with_times(path),
        "PySceneDetect, pyav AUTO, cuts only": lambda: pyscenedetect(path),
        "Split, positions=inside": lambda: split(path),
        "Split, positions=published": lambda: split(path, positions="published", decimals=3),
    }
    seconds = {name: best_of(work, arguments.rounds) for name, work in rows.items()}
    bare_wall, bare_cpu = seconds["PyAV AUTO decode only"]
    print(f"{'what':<38}{'wall s':>8}{'ratio':>7}{'cpu s':>8}{'ratio':>7}")
    for name, (wall, cpu) in seconds.items():
        print(f"{name:<38}{wall:>8.2f}{wall / bare_wall:>7.2f}{cpu:>8.2f}{cpu / bare_cpu:>7.2f}")


if __name__ == "__main__":
    main()
