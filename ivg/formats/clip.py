"""A stretch of a video as an MP4 of its own, exact to a frame, the same bytes each time.

Pictures are decoded and encoded again (H.264, no sound): a copy could only begin at key frames.
Each keeps its own time, so that a variable frame rate stays one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import chain
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ivg.apart import apart
from ivg.errors import MissingDependencyError, TooShortVideoError
from ivg.montage.render import X264
from ivg.video.decode import Decoder, Frame, use_threads
from ivg.video.picture import upright_rgb
from ivg.video.probe import open_video

TOLERANCE_SECS = 0.001
"""Published times are rounded to the millisecond: a frame may start that much after its time."""
log = logging.getLogger(__name__)

TIMED = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts")
"""Containers that tell the time of each frame; in others it is counted, wrongly after a seek."""
TIME_BASE = Fraction(1, 90_000)


@dataclass(frozen=True)
class Encoding:
    """How clips are encoded.

    Attributes:
        crf: x264's quality, 0 (lossless) to 51.
        preset: x264's, `ultrafast` to `veryslow`.
        side: The short side is shrunk to at most so many pixels; 0 keeps the size.
    """

    crf: int
    preset: str
    side: int

    @property
    def options(self) -> dict[str, str]:
        """Of libx264; one thread, see `ivg.montage.render`."""
        return {"preset": self.preset, "crf": str(self.crf), "x264-params": X264}


@dataclass(frozen=True)
class Cut:
    """A finished clip.

    Attributes:
        mp4: The file.
        start_sec: Time of its first frame in the video.
        end_sec: Time in the video at which its last frame is gone.
    """

    mp4: bytes
    start_sec: float
    end_sec: float


def cut(path: Path, start: float, end: float, encoding: Encoding) -> Cut:
    """The frames on screen in `[start, end)`, seconds after the first; made in a process apart.

    Raises:
        VideoError: The video can't be read, or has no frame there, or is too costly.
        MissingDependencyError: The ffmpeg of PyAV can't encode H.264.
    """
    return apart(str(path), cut_here, path, start, end, encoding)


def cut_here(path: Path, start: float, end: float, encoding: Encoding) -> Cut:
    """`cut` in this process."""
    decoder = Decoder(path)
    found = encoded(sought(decoder, start, end), encoding)
    if found is None or decoder.n_errors or found.end_sec < end - TOLERANCE_SECS:
        found = encoded(between(decoded(path), start, end), encoding)
    if found is None:
        raise TooShortVideoError(f"{path} has no frame from {start} to {end} s")
    return found


def between(frames: Iterator[Frame], start: float, end: float) -> Iterator[Frame]:
    """The frame on screen at the start, and those that start before the end."""
    before: Frame | None = None
    for frame in frames:
        if frame.time_sec >= end - TOLERANCE_SECS:
            break
        if before is not None and frame.time_sec > start + TOLERANCE_SECS:
            yield before
        before = frame
    if before is not None and before.time_sec + before.duration > start:
        yield before


def decoded(path: Path) -> Iterator[Frame]:
    """All frames from the first on."""
    with closing(Decoder(path).frames()) as frames:
        yield from frames


def sought(decoder: Decoder, start: float, end: float) -> Iterator[Frame]:
    """The same by seeking; none where that is not exact, as in files that can't be sought."""
    with open_video(decoder.path) as (container, stream):
        if container.format.name not in TIMED:
            return
        use_threads(stream, decoder.threads)
        pictures = decoder.pictures(container, stream)
        first = next(pictures, None)
        if first is None or first.pts is None or first.time_base is None or not stream.time_base:
            return
        zero = first.pts * first.time_base
        try:
            target = int((zero + Fraction(max(start - 1, 0))) / stream.time_base)
            container.seek(target, stream=stream)
        except FFmpegError:
            return
        timed = relative(decoder.pictures(container, stream), zero, stream)
        head = next(timed, None)
        if head is not None and head.time_sec <= start + TOLERANCE_SECS:
            yield from between(chain([head], timed), start, end)


def relative(
    pictures: Iterator[VideoFrame], zero: Fraction, stream: VideoStream
) -> Iterator[Frame]:
    """Pictures with their times after the first frame of the video; ends at one without."""
    rate = stream.guessed_rate or Fraction(25)
    for picture in pictures:
        if picture.pts is None or picture.time_base is None:
            return
        tick = picture.time_base
        ticks = picture.duration or round(1 / (rate * tick))
        time = picture.pts * tick - zero
        yield Frame(picture, picture.pts, tick, float(time), float(ticks * tick))


def encoded(frames: Iterator[Frame], encoding: Encoding) -> Cut | None:
    """Frames as an MP4 that begins at time 0; None where there are none.

    Raises:
        MissingDependencyError: The ffmpeg of PyAV can't encode H.264.
    """
    first = last = next(frames, None)
    if first is None or last is None:
        return None
    file = BytesIO()
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = add_stream(container, first.picture, encoding)
        for last in chain([first], ascending(frames, first)):
            container.mux(stream.encode(prepared(last, first.time_sec, stream)))
        container.mux(stream.encode())
    return Cut(file.getvalue(), first.time_sec, last.time_sec + last.duration)


def ascending(frames: Iterator[Frame], before: Frame) -> Iterator[Frame]:
    """Frames without those that claim a time already past, as some do in AVI; it is told."""
    left_out = 0
    for frame in frames:
        if ticks(frame.time_sec) > ticks(before.time_sec):
            yield frame
            before = frame
        else:
            left_out += 1
    if left_out:
        log.warning("%d frames have no time of their own; convert the video to MP4", left_out)


def ticks(seconds: float) -> int:
    """Seconds in units of `TIME_BASE`."""
    return round(seconds / TIME_BASE)


def add_stream(container: OutputContainer, like: VideoFrame, encoding: Encoding) -> VideoStream:
    """The stream of pictures.

    Raises:
        MissingDependencyError: The ffmpeg of PyAV can't encode H.264.
    """
    try:
        stream = container.add_stream("libx264", rate=30, options=encoding.options)
    except UnknownCodecError as error:
        raise MissingDependencyError(
            "format=webdataset needs a PyAV with libx264: pip install --force-reinstall av"
        ) from error
    stream.width, stream.height = size_of(like, encoding.side)
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = TIME_BASE
    stream.codec_context.thread_count = 1
    return stream


def size_of(picture: VideoFrame, side: int) -> tuple[int, int]:
    """Width and height of the clip, upright: even, as H.264 wants them, and never enlarged."""
    size = (picture.width, picture.height)
    width, height = size[::-1] if turned(picture) % 2 else size
    scale = min(1.0, side / min(width, height)) if side else 1.0
    return tuple(max(2, round(length * scale) // 2 * 2) for length in (width, height))  # type: ignore[return-value]


def turned(picture: VideoFrame) -> int:
    """Quarter turns of the display matrix."""
    return round(picture.rotation / 90) % 4


def prepared(frame: Frame, zero: float, stream: VideoStream) -> VideoFrame:
    """A frame as the stream wants it, with its time after `zero`."""
    picture = frame.picture
    if turned(picture):
        picture = VideoFrame.from_ndarray(upright_rgb(picture), format="rgb24")
    plain = picture.reformat(stream.width, stream.height, "yuv420p", threads=1)
    plain.pts, plain.time_base = ticks(frame.time_sec - zero), TIME_BASE
    plain.duration = ticks(frame.duration)
    return plain
