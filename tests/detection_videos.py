"""Five videos of different codecs, sizes and rates, full of cuts, flashes, noise and fades."""

from pathlib import Path

import numpy as np
from make_videos import shot, write_video


def restless(seed: int, n_frames: int, size: tuple[int, int]):
    """Shots of all lengths and noise levels; some fade from or to black, or flash."""
    rng = np.random.default_rng(seed)
    done = 0
    while done < n_frames:
        length = int(rng.integers(1, 50))
        noise = int(rng.integers(1, 70))
        pictures = list(shot(int(rng.integers(1 << 30)), length, size, noise))
        kind = rng.integers(5)
        levels = np.ones(length)
        if kind == 0:
            levels = np.abs(np.linspace(-1, 1, length)) ** 2
        elif kind == 1:
            levels = np.linspace(1, 0, length)
        for picture, level in zip(pictures, levels, strict=True):
            bright = np.minimum(255.0, picture * level + (80 if rng.random() < 0.02 else 0))
            yield bright.astype(np.uint8)
        done += length


def varied_times(n: int) -> list[int]:
    return np.cumsum(np.random.default_rng(5).integers(5, 90, n)).tolist()


def make(name: str, folder: Path) -> Path:
    frames = 160
    if name == "h264_b_frames":
        return write_video(folder / "a.mp4", restless(1, frames, (320, 180)), 30)
    if name == "mpeg4":
        return write_video(folder / "b.avi", restless(2, frames, (272, 208)), 25, "mpeg4")
    if name == "vp9":
        return write_video(folder / "c.webm", restless(3, frames, (64, 48)), 24, "libvpx-vp9")
    if name == "variable":
        pictures = list(restless(4, frames, (96, 64)))
        times = varied_times(len(pictures))
        return write_video(folder / "d.mkv", pictures, 30, times_ms=times)
    return write_video(
        folder / "e.mkv", restless(5, frames, (151, 97)), 30, "ffv1", pix_fmt="yuv444p"
    )


VIDEOS = ("h264_b_frames", "mpeg4", "vp9", "variable", "odd_sizes")
