"""Short, different clips cut from the sample, for tests that need many videos."""

from fractions import Fraction
from pathlib import Path

import av


def make_clips(sample: Path, folder: Path, count: int, secs: float = 6.0) -> list[Path]:
    """Write `count` clips that begin 3.3 s apart in the sample."""
    folder.mkdir(exist_ok=True)
    return [cut(sample, folder / f"clip{i:02}.mp4", i * 3.3, secs) for i in range(count)]


def cut(source: Path, target: Path, start: float, secs: float) -> Path:
    with av.open(str(source)) as read, av.open(str(target), "w") as write:
        stream = write.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        frames = (f for f in read.decode(video=0) if start <= f.time < start + secs)
        for i, frame in enumerate(frames):
            small = frame.reformat(320, 180, "yuv420p")
            small.pts, small.time_base = i, Fraction(1, 30)
            write.mux(stream.encode(small))
        write.mux(stream.encode())
    return target
