"""Opening a video, and what its header promises. Every file of a run is opened here.

The file is handed to ffmpeg as an open stream, never as a name, so that no character of the name
means a protocol, an option or a pattern; and ffmpeg may open no other file or address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from ivg.apart import apart
from ivg.errors import (
    EmptyFileError,
    NotAVideoError,
    NoVideoStreamError,
    TruncatedVideoError,
    UnsupportedCodecError,
)
from ivg.video.bounds import check_pixels, check_streams
from ivg.video.boxes import missing_bytes
from ivg.video.containers import ISOLATED

log = logging.getLogger(__name__)

BUFFER_BYTES = 1 << 18
"""Read at a time: each read takes Python's lock, ffmpeg's own 32 KiB would take it too often."""


@dataclass(frozen=True)
class Header:
    """What the header of a video says, right or wrong.

    Attributes:
        width: Pixels as stored, before rotation.
        height: Likewise.
        fps: Mean frame rate; 0 if not given.
        start: Time of the file at which the pictures start, seconds.
        duration: Seconds of the pictures; 0 if not given.
        whole: Seconds of the longest stream; 0 if not given.
    """

    width: int
    height: int
    fps: float
    start: float
    duration: float
    whole: float


@contextmanager
def open_video(
    path: Path, hwaccel: str | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video and its first picture stream; both are closed on leaving.

    Args:
        path: The video.
        hwaccel: Kind of device to decode on (`cuda`, `vaapi`, ...). Where it can't, the processor
            decodes, and the log says so.

    Raises:
        EmptyFileError: The file has no bytes.
        NotAVideoError: No container that ffmpeg knows, or the file can't be read.
        NoVideoStreamError: Sound or subtitles only (cover art is no video).
        TruncatedVideoError: An MP4 shorter than its boxes say.
        UnsupportedCodecError: There is no decoder for the pictures.
        TooManyStreamsError: More than `limits.streams`.
        TooManyPixelsError: A picture is larger than `limits.pixels`.
        MemoryError: There is no memory for it.
    """
    with _open_file(path) as file:
        _check_bytes(path, file)
        with _open_container(path, file, hwaccel) as container:
            check_streams(path, container)
            stream = _picture_stream(path, container)
            check_pixels(path, stream.codec_context.width, stream.codec_context.height)
            _tell_device(stream, hwaccel)
            yield container, stream


def probe(path: Path) -> Header:
    """Read the header of a video; raises what `open_video` raises."""
    with open_video(path) as (container, stream):
        return header_of(container, stream)


def probe_apart(path: Path) -> Header:
    """`probe` of a file that may be hostile, in a process apart; raises what `apart` does too."""
    return apart(str(path), probe, path)


def header_of(container: InputContainer, stream: VideoStream) -> Header:
    """What the header says of an open stream."""
    context = stream.codec_context
    whole = (container.duration or 0) / av.time_base
    return Header(
        width=context.width,
        height=context.height,
        fps=float(stream.average_rate or 0),
        start=_start(stream),
        duration=_duration(stream, whole),
        whole=whole,
    )


def _open_file(path: Path) -> BinaryIO:
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise NotAVideoError(f"{path} is no regular file: remove it")
        return path.open("rb")
    except OSError as error:
        raise NotAVideoError(f"{path} can't be opened: {error.strerror}; check it") from error


def _check_bytes(path: Path, file: BinaryIO) -> None:
    size = file.seek(0, 2)
    if size == 0:
        raise EmptyFileError(f"{path} has no bytes: fetch it again or remove it")
    missing = missing_bytes(file, size)
    if missing:
        raise TruncatedVideoError(f"{path} is cut off, {missing}: fetch it again or remove it")
    file.seek(0)


@contextmanager
def _open_container(path: Path, file: BinaryIO, hwaccel: str | None) -> Iterator[InputContainer]:
    try:
        container = _opened(file, hwaccel)
    except MemoryError:
        raise
    except (FFmpegError, OSError) as error:  # PyAV hands on what a seek before the start raises
        raise NotAVideoError(
            f"{path} is not a video that can be opened ({error.strerror}): remove it, or fetch "
            "it again if it should be one"
        ) from error
    with container:
        yield container


def _opened(file: BinaryIO, hwaccel: str | None) -> InputContainer:
    """The container, on the device if there is one.

    PyAV falls back for codecs, but not for devices, and takes any device for an unknown name.
    """
    if hwaccel in hwdevices_available():
        try:
            return _open(file, HWAccel(hwaccel, allow_software_fallback=True))
        except FFmpegError:
            file.seek(0)
    return _open(file, None)


def _open(file: BinaryIO, device: HWAccel | None) -> InputContainer:
    return av.open(
        file,
        "r",
        buffer_size=BUFFER_BYTES,
        options=ISOLATED,
        hwaccel=device,
        metadata_errors="replace",  # a title may be in any encoding, and is not read
    )


def _tell_device(stream: VideoStream, hwaccel: str | None) -> None:
    """Say once a process that a device is not used: it is the same for every video."""
    if hwaccel and not stream.codec_context.is_hwaccel and hwaccel not in _told:
        _told.add(hwaccel)
        log.warning("split.hwaccel=%s: not for these videos here; the processor decodes", hwaccel)


_told: set[str] = set()


def _picture_stream(path: Path, container: InputContainer) -> VideoStream:
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        raise NoVideoStreamError(f"{path} holds no pictures, only sound or data: remove it")
    stream = moving[0]
    if stream.codec_context is None:
        raise UnsupportedCodecError(
            f"{path}: no decoder for its pictures in ffmpeg {av.ffmpeg_version_info}: convert "
            "it, for example to H.264"
        )
    return stream


def _start(stream: VideoStream) -> float:
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return max(0.0, float(stream.start_time * stream.time_base))


def _duration(stream: VideoStream, whole: float) -> float:
    """The pictures' own length; never longer than the whole, which an edit list may shorten."""
    if stream.duration and stream.time_base:
        own = float(stream.duration * stream.time_base)
        return min(own, whole) if whole else own
    return _tagged_seconds(stream.metadata.get("DURATION", ""))


def _tagged_seconds(text: str) -> float:
    """Seconds of a Matroska `DURATION` tag, `HH:MM:SS.nnnnnnnnn`; 0 if it is none."""
    parts = text.strip("\0 ").split(":")
    if len(parts) != 3 or not all(part.replace(".", "", 1).isdigit() for part in parts):
        return 0.0
    hours, minutes, seconds = map(float, parts)
    return hours * 3600 + minutes * 60 + seconds
