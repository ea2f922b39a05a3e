"""What one video-hour costs on this machine: CPU seconds by stage, bytes, the driver's share.

Each figure is a slope: the same command over a long and a short clip (or many and few videos), each
with a store of its own, and the difference divided by what the long one has more. So the start of
the process and the loading of models are in none of them. CPU seconds, not wall: they hardly move
when others use the machine.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tables
import video_clips
import video_ivg

from ivg.records import Video
from ivg.stage import Context, Stage
from ivg.video.frames import FrameStore

HOUR = 3600.0
SHORT, LONG = 60.0, 240.0
FEW, MANY = 20, 140
CLIP_SECS = 2.0
HEIGHTS = {720: "2M", 360: "700k"}
"""Lines of the picture, and the bits a second that sites serve it with."""
SMALL = ("filter=small", "scene_merge.threshold=0.6", "negatives.same_threshold=0.6")
"""For the small models, which `source=local` comes with."""
STEPS = {
    "decode": ("scan", "split"),
    "models": ("embed", "merge", "caption", "score"),
    "dataset": ("hygiene", "filter", "ground", "export", "lineage", "quality"),
}
USED = """
import json, os, resource
from ivg.cli import main
try:
    main()
finally:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    with open(os.environ["USED"], "w") as file:
        json.dump([one.ru_utime + one.ru_stime for one in used], file)
"""
PACKAGES = ("av", "numpy", "opencv-python-headless", "pyarrow", "torch")


def clip(folder: Path, height: int, secs: float) -> Path:
    """The sample over and over again, 16:9, h264 with b-frames; the long one by copied packets."""
    if secs > SHORT:
        times = round(secs / SHORT)
        return video_clips.repeated(
            clip(folder, height, SHORT), folder / f"{height}-{secs:g}.mp4", times
        )
    picture = ["-vf", f"scale=-2:{height}:flags=bicubic", "-pix_fmt", "yuv420p", "-an"]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-b:v", HEIGHTS[height]]
    source = ["-stream_loop", "-1", "-i", video_clips.SAMPLE, "-t", secs]
    return video_clips.made(folder / f"{height}-{secs:g}.mp4", *source, *picture, *codec)


def without(steps: Iterable[str]) -> list[str]:
    """The overrides that leave these steps out."""
    return [f"~stages.{stage}" for step in steps for stage in STEPS[step]]


def cpu_secs(folder: Path, videos: Path, *overrides: str) -> tuple[float, float]:
    """CPU seconds of one `ivg build`: of its own process, and of the workers that it started."""
    book = folder / "used.json"
    folder.mkdir(parents=True, exist_ok=True)
    line = [sys.executable, "-c", USED, *video_ivg.build(videos, folder, *overrides)]
    # threads that wait for each other by spinning would count as work on a busy machine
    known = video_ivg.environment(USED=str(book), OMP_NUM_THREADS="1")
    done = subprocess.run(line, env=known, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(overrides)}\n{done.stdout}{done.stderr}")
    own, workers = json.loads(book.read_text())
    return own, workers


def by_step(folder: Path, videos: Path, steps: Sequence[str]) -> dict[str, float]:
    """CPU seconds of each step: a run up to it, over what the runs before it have stored."""
    used: dict[str, float] = {}
    for place, step in enumerate(steps, 1):
        left_out = without([*steps[place:], *(name for name in STEPS if name not in steps)])
        used[step] = sum(cpu_secs(folder, videos, "executor.workers=1", *SMALL, *left_out))
        shutil.copy(folder / "run" / "summary.json", folder / f"{step}.json")
        print(f"{folder.name} {videos.name} {step}: {used[step]:.1f} s", flush=True)
    return used


def stored(folder: Path) -> dict[str, int]:
    """Bytes by table, of the kept frames, and of the run folder; a shared file counts once."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not path.is_file() or parts[0] not in ("store", "run") or path.name.endswith(".log"):
            continue
        if (status := path.stat()).st_ino not in seen:
            seen.add(status.st_ino)
            name = parts[1] if parts[0] == "store" else "run files"
            found[name] = found.get(name, 0) + status.st_size
    return found


def by_books(folder: Path) -> dict[str, float]:
    """Seconds of each stage that asks a model, as the books of the run of that step have them."""
    lines = json.loads((folder / "models.json").read_text())["lines"]
    return {
        one["stage"]: one["seconds"]
        for one in lines
        if one["stage"] in STEPS["models"] and one["tally"]["unit"] == "video"
    }


def counted(folder: Path) -> dict[str, int]:
    """Scenes, segments and captions of the run, by the books, and the frames kept."""
    lines = json.loads((folder / "run" / "summary.json").read_text())["lines"]
    return {f"{one['stage']} {one['tally']['unit']}": one["tally"]["n_out"] for one in lines}


def slope(long: Mapping[str, float], short: Mapping[str, float], more: float) -> dict[str, float]:
    """What one unit more costs, by name."""
    return {name: round((long[name] - short.get(name, 0)) / more, 9) for name in long}


def shared(used: dict[str, float], books: Mapping[str, float]) -> dict[str, float]:
    """The CPU seconds of the models by stage, as the books share out the time."""
    models, total = used.pop("models", 0.0), sum(books.values())
    return used | {name: round(models * secs / total, 3) for name, secs in books.items()}


def video_hour(folder: Path, height: int, steps: Sequence[str]) -> dict[str, Any]:
    """CPU seconds and bytes a video-hour of one height."""
    used, sizes, counts, books = [], [], [], []
    for secs in (LONG, SHORT):
        where, videos = folder / f"{height}-{secs:g}", clip(folder / "clips", height, secs)
        used.append(by_step(where, videos, steps))
        sizes.append(stored(where))
        counts.append(counted(where))
        books.append(by_books(where) if "models" in steps else {})
    hours = (LONG - SHORT) / HOUR
    return {
        "cpu_secs": shared(slope(*used, hours), slope(*books, hours)),
        # of the short one: the long one repeats itself, which tables make little of
        "bytes": {name: round(n * HOUR / SHORT) for name, n in sizes[-1].items()},
        "counts": {name: round(n) for name, n in slope(*counts, hours).items()},
    }


def driver(folder: Path) -> dict[str, float]:
    """CPU seconds a video of the process that keeps the books, and of a rerun with all stored."""
    first, again = [], []
    for n_videos in (MANY, FEW):
        where = folder / f"videos-{n_videos}"
        for number in range(n_videos):
            source = video_clips.short_video(folder / "clips", number % 12, CLIP_SECS)
            video_clips.distinct(source, where / "videos" / f"{number}.mp4", number)
        asked = ("executor.workers=2", *video_ivg.CHEAP, "split=fixed", "split.rule.secs=60")
        first.append(cpu_secs(where, where / "videos", *asked)[0])
        again.append(cpu_secs(where, where / "videos", *asked)[0])
        print(f"{n_videos} videos: driver {first[-1]:.1f} s, rerun {again[-1]:.1f} s", flush=True)
    more = MANY - FEW
    return {
        "secs_per_video": round((first[0] - first[1]) / more, 6),
        "rerun_secs_per_video": round((again[0] - again[1]) / more, 6),
    }


def whole_set(folder: Path) -> dict[str, Any]:
    """CPU seconds a caption of the stages that see the whole set, on synthetic records."""
    from ivg.compose import composed
    from ivg.plan import plan_steps, resolved

    config = resolved(composed(["filter=median"]))
    used: list[dict[str, float]] = []
    for n_videos in (2000, 200):
        videos = list(tables.synthetic(n_videos, tables.SEGMENTS))
        used.append({})
        for step in plan_steps(config["stages"]):
            if not step.stage.cached:
                used[-1][step.stage.name] = applied(step.stage, videos, folder / "whole")
        print(f"{n_videos} records: {used[-1]}", flush=True)
    stages = slope(*used, (2000 - 200) * tables.SEGMENTS)
    return {"secs_per_caption": round(sum(stages.values()), 9), "stages": stages}


def applied(stage: Stage, videos: list[Video], run_dir: Path) -> float:
    """CPU seconds of a stage on all videos, in place."""
    run_dir.mkdir(parents=True, exist_ok=True)
    context = Context(FrameStore(run_dir / "none"), run_dir=run_dir)
    begun = time.process_time()
    stage.setup(context)
    tables.apply(stage, videos, context)
    stage.finish(context)
    return time.process_time() - begun


def prepare(folder: Path, side: int = 224, n_images: int = 200) -> dict[str, float]:
    """CPU seconds to make a kept frame ready for a CLIP: its JPEG decoded, resized, normalised."""
    import av
    import torch
    from open_clip.transform import image_transform
    from PIL import Image

    from ivg.video.picture import from_jpeg, to_jpeg

    torch.set_num_threads(1)
    with av.open(str(clip(folder / "clips", 720, SHORT))) as video:
        jpeg = to_jpeg(next(video.decode(video=0)), 384, 90)
    transform = image_transform(side, is_train=False)
    begun = time.process_time()
    for _ in range(n_images):
        transform(Image.fromarray(from_jpeg(jpeg)))
    return {"secs_per_frame": round((time.process_time() - begun) / n_images, 6)}


def machine() -> dict[str, Any]:
    """Where and with what it was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cpu": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }


def measured(folder: Path) -> dict[str, Any]:
    """Everything, in about ten minutes."""
    return {
        "machine": machine(),
        "prepare": prepare(folder),
        "video_hour": {
            "720": video_hour(folder, 720, tuple(STEPS)),
            "360": video_hour(folder, 360, ("decode",)),
        },
        "driver": driver(folder),
        "whole_set": whole_set(folder),
    }
