"""Writes the tiny videos of the tests, good and bad."""

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

MILLISECOND = Fraction(1, 1000)


def shot(seed: int, n_frames: int, size: tuple[int, int] = (96, 64), noise: int = 4):
    """Frames of one coloured, textured shot with camera noise; size is (width, height)."""
    rng = np.random.default_rng(seed)
    width, height = size
    colour = rng.integers(0, 256, 3)
    texture = rng.integers(-30, 31, (height // 8 + 1, width // 8 + 1, 3)).repeat(8, 0).repeat(8, 1)
    base = colour + texture[:height, :width]
    for _ in range(n_frames):
        moved = base + rng.integers(-noise, noise + 1, base.shape)
        yield np.clip(moved, 0, 255).astype(np.uint8)


def shots(*lengths: int, size: tuple[int, int] = (96, 64), seed: int = 0):
    """Shots of given lengths, one after another, no two alike."""
    for index, length in enumerate(lengths):
        yield from shot(seed * 1000 + index, length, size)


def write_video(
    path: Path,
    pictures: Iterable[np.ndarray],
    fps: int = 30,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times_ms: Sequence[int] | None = None,
    form: str | None = None,
    options: dict[str, str] | None = None,
    sound_secs: float = 0.0,
) -> Path:
    """Encode pictures (RGB) at a constant rate, or at given times in milliseconds."""
    form = form or {".mkv": "matroska"}.get(path.suffix, path.suffix[1:])
    with path.open("wb") as file, av.open(file, "w", format=form, options=options or {}) as out:
        stream = None
        sound = out.add_stream("aac", rate=8000) if sound_secs else None
        for index, picture in enumerate(pictures):
            if stream is None:
                stream = out.add_stream(codec, rate=fps)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pix_fmt
                if times_ms is not None:
                    stream.codec_context.time_base = MILLISECOND
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts = index if times_ms is None else times_ms[index]
            frame.time_base = Fraction(1, fps) if times_ms is None else MILLISECOND
            out.mux(stream.encode(frame))
        if stream is not None:
            out.mux(stream.encode(None))
        if sound is not None:
            _mux_silence(out, sound, sound_secs)
    return path


def write_sound(path: Path, seconds: float = 1.0) -> Path:
    """An MP4 with nothing but silence in it."""
    return write_video(path, [], sound_secs=seconds)


def _mux_silence(out, sound, seconds: float) -> None:
    for start in range(0, int(8000 * seconds), 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 8000, start
        out.mux(sound.encode(frame))
    out.mux(sound.encode(None))


QUARTER_TURNS_CLOCKWISE = {
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}


def set_rotation(path: Path, degrees: int) -> Path:
    """Patch the display matrix of an MP4's first track: shown turned clockwise by `degrees`."""
    data = bytearray(path.read_bytes())
    a, b, c, d = QUARTER_TURNS_CLOCKWISE[degrees]
    matrix = struct.pack(">9i", *(v << 16 for v in (a, b, 0, c, d, 0, 0, 0)), 1 << 30)
    box = data.index(b"tkhd")
    offset = box + 4 + 40  # version 0: 40 bytes of times, ids and volume come before
    data[offset : offset + 36] = matrix
    path.write_bytes(data)
    return path


def cut_file(path: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
