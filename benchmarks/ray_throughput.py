"""Videos a minute with `executor=ray`, started on this machine, against `executor=local`.

    python benchmarks/ray_throughput.py --videos 40 --few 4

Real builds of the quickstart, each from an empty store. Ray takes some seconds to start its
cluster and its actors, which weigh less the longer a run is: the first ratio compares whole runs,
the second what each video more costs, (all - few) / (seconds of all - seconds of few). Files must
be the same to the byte.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import video_ivg

SAMPLE = Path(__file__).parents[1] / "ivg" / "sample" / "sample.mp4"
EXECUTORS = ("local", "ray")
LEAST = 0.8


def main() -> None:
    """Run the builds and print the two ratios; ends with 1 where the second is below 0.8."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=40)
    parser.add_argument("--few", type=int, default=4, help="videos of the runs that show the start")
    parser.add_argument("--secs", type=float, default=20.0, help="length of a video")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        make_videos(here, asked.videos, asked.few, asked.secs)
        found = {(one, n): seconds(here, one, n) for n in ("few", "all") for one in EXECUTORS}
        same = same_files(here / "local-all" / "run", here / "ray-all" / "run")
    ok = report(found, asked.videos, asked.few)
    print(f"same files: {same}; load before: {load:.1f}, after: {os.getloadavg()[0]:.1f}")
    raise SystemExit(0 if ok and same else 1)


def make_videos(here: Path, count: int, few: int, secs: float) -> None:
    """Videos that differ in their last byte, which no decoder looks at."""
    looped(here / "video.mp4", secs)
    for name, n in (("all", count), ("few", few)):
        (here / name).mkdir()
        for number in range(n):
            video = (here / "video.mp4").read_bytes()
            (here / name / f"{number:04}.mp4").write_bytes(video + number.to_bytes(2, "big"))


def looped(target: Path, secs: float) -> None:
    """The sample, at 640x360, as often as it takes."""
    with av.open(str(target), "w") as write:
        stream = write.add_stream("libx264", rate=30, options={"preset": "fast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        count = 0
        while count < secs * 30:
            with av.open(str(SAMPLE)) as read:
                for frame in read.decode(video=0):
                    small = frame.reformat(640, 360, "yuv420p")
                    small.pts, small.time_base = count, Fraction(1, 30)
                    write.mux(stream.encode(small))
                    count += 1
                    if count >= secs * 30:
                        break
        write.mux(stream.encode())


def seconds(here: Path, executor: str, videos: str) -> float:
    """Wall time of a build by one executor, from the start of the process to its end."""
    folder = here / f"{executor}-{videos}"
    shutil.rmtree(folder, ignore_errors=True)
    overrides = ("experiment=quickstart", f"executor={executor}", "quality=none")
    begun = time.perf_counter()
    video_ivg.run(video_ivg.build(here / videos, folder, *overrides))
    spent = time.perf_counter() - begun
    lines = json.loads((folder / "run" / "summary.json").read_text())["lines"]
    work = {one["stage"]: one["seconds"] for one in lines if one["tally"]["unit"] == "video"}
    print(f"{executor:>6} {videos:>4} {spent:7.1f} s; seconds of its stages: {work}", flush=True)
    return spent


def report(found: dict[tuple[str, str], float], count: int, few: int) -> bool:
    """Print videos a minute and ratios; whether Ray is fast enough once it has started."""
    whole = {one: count / found[one, "all"] for one in EXECUTORS}
    more = {one: (count - few) / (found[one, "all"] - found[one, "few"]) for one in EXECUTORS}
    for name, speed in (("whole runs", whole), ("without the start", more)):
        ratio = speed["ray"] / speed["local"]
        print(
            f"{name}: local {60 * speed['local']:.1f}, ray {60 * speed['ray']:.1f} videos a "
            f"minute; ratio {ratio:.2f}"
        )
    return more["ray"] / more["local"] >= LEAST


def same_files(one: Path, other: Path) -> bool:
    """Whether all JSON lines of two runs are the same."""
    names = sorted(path.name for path in one.glob("*.jsonl"))
    return bool(names) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names
    )


if __name__ == "__main__":
    main()
