"""The pictures of montages. The same script gives the same bytes, on one build of ffmpeg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec.codec import UnknownCodecError

from ivg.errors import MissingDependencyError, SourceError
from ivg.files import whole_file
from ivg.montage.plan import Crop, Script, Shot
from ivg.records import Image, IntArray
from ivg.sample.clip import FPS, SampleScene
from ivg.video.decode import Decoder
from ivg.video.picture import from_jpeg, to_jpeg

JPEG_QUALITY = 95
"""Of the sample's frames while they wait in memory: raw they would take a gigabyte."""
NOISE_SHIFT = 64
"""One field of noise serves all frames, each time moved by up to so many pixels."""
X264 = "threads=1:lookahead-threads=1:mbtree=0"  # mbtree: other bytes each time on a busy machine
ENCODING = {"preset": "veryfast", "crf": "20", "x264-params": X264}


def sample_frames(
    path: Path, scripts: Sequence[Script], scenes: Sequence[SampleScene]
) -> dict[int, bytes]:
    """The sample's frames that the scripts show, as JPEGs by number, in one pass of decoding.

    Raises:
        SourceError: The sample is shorter than it should be.
    """
    shots = [shot for script in scripts for shot in script.shots]
    wanted = {number for shot in shots for number in shot.frames(scenes)}
    with closing(Decoder(path).frames()) as frames:
        found = {
            number: to_jpeg(frame.picture, 0, JPEG_QUALITY)
            for number, frame in enumerate(frames)
            if number in wanted
        }
    if wanted - found.keys():
        raise SourceError(f"{path}: frame {max(wanted)} is missing; install ivg again")
    return found


def render(
    script: Script, path: Path, frames: Mapping[int, bytes], scenes: Sequence[SampleScene]
) -> None:
    """Write one montage, whole or not at all: H.264 by one thread, 30 frames a second.

    Raises:
        MissingDependencyError: The ffmpeg of PyAV can't encode H.264.
    """
    with whole_file(path) as temporary:
        write_video(temporary, pictures(script, frames, scenes), script.width, script.height)


def write_video(path: Path, shown: Iterator[Image], width: int, height: int) -> None:
    """Encode RGB pictures of (height, width, 3).

    Raises:
        MissingDependencyError: The ffmpeg of PyAV can't encode H.264.
    """
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        try:
            stream = container.add_stream("libx264", rate=FPS, options=ENCODING)
        except UnknownCodecError as error:
            raise MissingDependencyError(
                "source=montage needs a PyAV with libx264: pip install --force-reinstall av"
            ) from error
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        for number, picture in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def pictures(
    script: Script, frames: Mapping[int, bytes], scenes: Sequence[SampleScene]
) -> Iterator[Image]:
    """The frames of a montage, RGB (height, width, 3)."""
    random = np.random.default_rng([script.seed, script.number, 1])
    shape = (script.height + NOISE_SHIFT, script.width + NOISE_SHIFT, 3)
    noise = random.normal(0, script.noise, shape).round().astype(np.int16)
    for shot in script.shots:
        for number in shot.frames(scenes):
            top, left = (int(shift) for shift in random.integers(NOISE_SHIFT, size=2))
            moved = noise[top : top + script.height, left : left + script.width]
            yield noisy(framed(frames[number], shot, script), moved)


def framed(jpeg: bytes, shot: Shot, script: Script) -> Image:
    """A frame of the sample as the shot shows it, without noise.

    Raises:
        SourceError: The bytes are no picture.
    """
    picture = from_jpeg(jpeg)
    if picture is None:
        raise SourceError("source=montage: a frame of the sample can't be read")
    part = window(picture, shot.crop)
    size = (script.width, script.height)
    shown = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.ascontiguousarray(shown[:, ::-1]) if shot.mirrored else shown


def window(picture: Image, crop: Crop) -> Image:
    """The part of a picture that a crop shows."""
    height, width = picture.shape[:2]
    top, left = round(crop.top * height), round(crop.left * width)
    return picture[top : top + round(crop.size * height), left : left + round(crop.size * width)]


def noisy(picture: Image, noise: IntArray) -> Image:
    """The sum of both, kept within 0 to 255."""
    return np.asarray(np.clip(picture + noise, 0, 255), dtype=np.uint8)
