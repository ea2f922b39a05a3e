"""Test videos made of the sample clip by ffmpeg; kept in a folder, made once."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg

import ivg

SAMPLE = Path(ivg.__file__).parent / "sample" / "sample.mp4"
TRUTH = SAMPLE.with_suffix(".json")
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
LONG_SECS = 250.0
KINDS = {
    "b-frames": ("", ["-bf", "3", "-b:v", "2M"]),
    "no-b-frames": ("", ["-bf", "0", "-b:v", "2M"]),
    "noise": (",noise=alls=8:allf=t", ["-bf", "3", "-b:v", "6M"]),
}
"""Kind of a long video: more filters, more options of the encoder; 2 Mbit/s is what sites serve."""


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg; what it says goes into the error, should there be one."""
    line = [FFMPEG, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)}: {done.stderr}")


def made(target: Path, *arguments: object) -> Path:
    """`target` as ffmpeg makes it, unless it is there."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"part-{target.name}")
        ffmpeg(*arguments, part)
        part.rename(target)
    return target


def encoded(target: Path, start: float, secs: float, filters: str, options: list[str]) -> Path:
    """Some seconds of the sample, over and over again, at 720p."""
    picture = ["-vf", f"scale=1280:720:flags=bicubic{filters}", "-pix_fmt", "yuv420p"]
    codec = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-g", "250", *options]
    source = ["-stream_loop", "-1", "-ss", start, "-i", SAMPLE, "-t", secs]
    return made(target, *source, *picture, *codec)


def long_video(folder: Path, kind: str, secs: float) -> Path:
    """Many scenes in a row, one of `KINDS`."""
    filters, options = KINDS[kind]
    return encoded(folder / f"long-{kind}-{secs:g}s.mp4", 0, secs, filters, options)


def short_video(folder: Path, number: int, secs: float) -> Path:
    """A part of the sample, another one for each number."""
    start = number * 3.3 % 40
    return encoded(folder / f"short-{start:g}-{secs:g}s.mp4", start, secs, *KINDS["b-frames"])


def repeated(source: Path, target: Path, times: int) -> Path:
    """A video `times` times over, its packets copied."""
    return made(target, "-stream_loop", times - 1, "-i", source, "-c", "copy")


def distinct(source: Path, target: Path, number: int) -> Path:
    """The same pictures in a file of other content: a `free` box at its end holds a number."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes() + struct.pack(">I4sI", 12, b"free", number))
    return target
