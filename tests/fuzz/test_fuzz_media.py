"""Mutated media files through scan and split: each is a result or a typed failure, always."""

import inspect
from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import pytest
from composing import composed
from mutating import mutated

from ivg import errors
from ivg.limits import Limits, use
from ivg.plan import make_plan, resolved

SECS, FPS, WIDTH, HEIGHT = 2, 15, 96, 64
FORMATS = {
    "h264.mp4": "libx264",
    "mjpeg.mov": "mjpeg",
    "h264.mkv": "libx264",
    "vp9.webm": "libvpx-vp9",
    "vp8.webm": "libvpx",
    "mpeg4.avi": "mpeg4",
    "h264.ts": "libx264",
    "mpeg2.ts": "mpeg2video",
    "mpeg1.mpg": "mpeg1video",
    "flv1.flv": "flv",
    "wmv2.wmv": "wmv2",
    "pictures.gif": "gif",
    "hevc.mp4": "libx265",
    "ffv1.mkv": "ffv1",
}
FORMS = {"mkv": "matroska", "ts": "mpegts", "wmv": "asf", "mpg": "mpeg"}
TYPED = {
    name
    for name, one in vars(errors).items()
    if inspect.isclass(one) and issubclass(one, errors.IvgError)
}


@pytest.fixture(scope="session")
def originals(tmp_path_factory, sample) -> dict[str, bytes]:
    """The sample's first seconds, small, in many containers."""
    folder = tmp_path_factory.mktemp("originals")
    with av.open(str(sample)) as container:
        early = [frame for frame in container.decode(video=0) if frame.time < 4 * SECS]
    frames = early[:: len(early) // (SECS * FPS)]
    found = {
        name: written(folder / name, frames, codec).read_bytes()
        for name, codec in FORMATS.items()
        if codec in av.codecs_available
    }
    assert len(found) > 10
    return found


def written(path: Path, frames, codec: str) -> Path:
    form = FORMS.get(path.suffix[1:], path.suffix[1:])
    with av.open(str(path), "w", format=form) as container:
        rate = 25 if codec.startswith("mpeg") else FPS
        stream = container.add_stream(codec, rate=rate, options={"g": "10"})
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        for number, frame in enumerate(frames):
            small = frame.reformat(WIDTH, HEIGHT, stream.pix_fmt)
            small.pts, small.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(small))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.long)])
def test_mutated_media_costs_only_itself(originals, tmp_path, count):
    """No crash or hang of this process, and books that balance: the line checks them itself."""
    folder = tmp_path / "videos"
    folder.mkdir()
    names = sorted(originals)
    for name in names:
        (folder / f"whole-{name}").write_bytes(originals[name])
    for seed in range(count):
        name = names[seed % len(names)]
        changed = mutated(originals[name], seed)
        changed += b"\0" * (changed == originals[name])  # or it would be a duplicate, and dropped
        (folder / f"{seed:05}-{name}").write_bytes(changed)
    line = scanned_and_split(folder, tmp_path)
    through = {video.name for video in line.videos}
    assert {f"whole-{name}" for name in names} <= through
    kinds = Counter(failure.error for failure in line.failures)
    assert set(kinds) <= TYPED, [f for f in line.failures if f.error not in TYPED][:3]
    source = line.ledgers[0].videos
    assert source.n_in == count + len(names)
    gone = sum(ledger.videos.n_in - ledger.videos.n_out for ledger in line.ledgers)
    assert source.n_in == len(line.videos) + gone
    assert len(kinds) > 2, kinds


def scanned_and_split(folder: Path, here: Path):
    """The line after the two stages that decode; tight limits, as for a public service."""
    overrides = ["source=local", f"source.path={folder}", f"store.dir={here}/store", "device=cpu"]
    tight = ["limits.secs_per_video=20", "limits.memory_mb=512"]
    tight.append("source.extensions=[.mp4,.mov,.mkv,.webm,.avi,.ts,.mpg,.flv,.wmv,.gif]")
    config = resolved(composed(*overrides, *tight, "executor.workers=2"))
    config["stages"] = {name: config["stages"][name] for name in ("scan", "split")}
    (here / "run").mkdir()
    plan = make_plan(config, here / "run")
    try:
        plan.line.run(plan.source)
    finally:
        use(Limits())
    return plan.line
