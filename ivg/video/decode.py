"""Frames of a video in presentation order, with their times.

Times are seconds after the first frame, from the stream's presentation timestamps; a frame count
divided by a frame rate would be wrong for variable rates, and for headers that say no rate.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, TypeVar

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ivg.apart import apart
from ivg.errors import TruncatedVideoError
from ivg.records import Image
from ivg.video.bounds import check_frame
from ivg.video.picture import upright_rgb
from ivg.video.probe import Header, header_of, open_video

log = logging.getLogger(__name__)

MAX_READ_ERRORS = 8
"""Reads in a row that may fail before the rest of the file is given up."""
DECODED_SHARE = 0.9
"""Of the header's duration, the least that must decode."""
MEASURED_RATE_TOLERANCE = 0.01
DEFAULT_RATE = Fraction(25)
"""ffmpeg's own choice for streams that tell no time at all."""


@dataclass(frozen=True)
class Frame:
    """One decoded frame.

    Attributes:
        picture: The pixels, still in the decoder's format.
        pts: Presentation timestamp after the stream's start, in `time_base`.
        time_base: Seconds of one tick.
        time_sec: Seconds after the first frame.
        duration: Seconds that it is shown, as far as the stream says; else 1 / rate.
    """

    picture: VideoFrame
    pts: int
    time_base: Fraction
    time_sec: float
    duration: float


class Shown(Protocol):
    """A frame, or only when and how long it is shown; see `Frame`."""

    @property
    def time_sec(self) -> float: ...  # noqa: D102 - told there

    @property
    def duration(self) -> float: ...  # noqa: D102 - told there


T = TypeVar("T", bound=Shown)


@dataclass
class Decoder:
    """Decodes a video once, from its first frame; also a count of what was met.

    Attributes:
        path: The video.
        threads: Of the decoder; 0 lets ffmpeg choose.
        hwaccel: Kind of device to decode on, as ffmpeg calls it; None: the processor.
        rate: Frame rate as ffmpeg guesses it, for counting frames; never 0 once decoding.
        n_frames: Decoded so far.
        n_errors: Packets so far that could not be decoded.
        end_sec: End of the last frame so far.
        read_sec: How far packets of any stream, sound too, have been read.
    """

    path: Path
    threads: int = 0
    hwaccel: str | None = None
    rate: Fraction = Fraction(0)
    n_frames: int = 0
    n_errors: int = 0
    end_sec: float = 0.0
    read_sec: float = 0.0
    header: Header = field(init=False)

    def frames(self) -> Generator[Frame]:
        """All frames in order. Corrupt packets are skipped and counted.

        Raises:
            VideoError: Any that `open_video` raises, and `TruncatedVideoError` at the end if
                less than 90 % of the header's duration decoded.
        """
        with open_video(self.path, self.hwaccel) as (container, stream):
            use_threads(stream, self.threads)
            self.header = header_of(container, stream)
            self.rate = stream.guessed_rate or _rate_of_packets(self.path) or DEFAULT_RATE
            yield from self._timed(stream, self.pictures(container, stream))
        self._check_whole()

    @property
    def fps(self) -> float:
        """Mean frame rate: the header's where the times bear it out, else the measured one."""
        measured = self.n_frames / self.end_sec if self.end_sec > 0 else float(self.rate)
        told = self.header.fps
        agrees = abs(told - measured) <= MEASURED_RATE_TOLERANCE * measured
        # One frame's length is itself the header's word, so it can't speak against it.
        return told if told and (agrees or self.n_frames < 2) else measured

    def pictures(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        """Pictures from where the stream stands; what can't be decoded is counted."""
        for packet in self._packets(container, stream):
            if packet.stream.index != stream.index:  # sound; a flushing packet has no own index
                continue
            try:
                pictures = packet.decode()
            except MemoryError:
                raise
            except FFmpegError:
                self.n_errors += 1
                continue
            yield from (self._plain(p) for p in pictures if isinstance(p, VideoFrame))

    def _plain(self, picture: VideoFrame) -> VideoFrame:
        """A picture of a device in the format that a processor's decoder would give."""
        if self.hwaccel is None or picture.format.name != "nv12":
            return picture
        return picture.reformat(format="yuv420p", threads=1)

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
        """Packets, going on after those that can't be read; ends with the flushing one."""
        left = MAX_READ_ERRORS
        while left:
            try:
                for packet in container.demux(stream, *container.streams.audio):
                    self.read_sec = max(self.read_sec, _end_of(packet))
                    yield packet
            except MemoryError:
                raise
            except IndexError:  # PyAV has no place for a stream that the header doesn't name
                continue
            except (FFmpegError, OSError):
                self.n_errors += 1
                left -= 1
            else:
                return

    def _timed(self, stream: VideoStream, pictures: Iterator[VideoFrame]) -> Iterator[Frame]:
        first: int | None = None
        following = 0
        for picture in pictures:
            tick = picture.time_base or stream.time_base or 1 / self.rate
            start = start_of(stream, tick)
            pts = following if picture.pts is None else picture.pts - start
            first = pts if first is None else first
            ticks = picture.duration or round(1 / (self.rate * tick))
            following = pts + ticks
            frame = Frame(picture, pts, tick, float((pts - first) * tick), float(ticks * tick))
            self.n_frames += 1
            check_frame(self.path, self.n_frames, picture)
            self.end_sec = max(self.end_sec, frame.time_sec + frame.duration)
            yield frame

    def _check_whole(self) -> None:
        # Matroska's durations count from time 0, which may be long before the first frame.
        there = self.header.start + self.end_sec
        promised = self.header.duration
        if not promised:  # only the whole's length is known, and sound may be longer
            there, promised = max(there, self.read_sec), self.header.whole
        if self.n_frames == 0 or there < DECODED_SHARE * promised:
            raise TruncatedVideoError(
                f"{self.path}: only {there:.2f} s of {promised:.2f} s decode "
                f"({self.n_errors} corrupt packets): fetch it again or remove it"
            )
        if self.n_errors:
            log.warning("%s: skipped %d corrupt packets", self.path, self.n_errors)


def use_threads(stream: VideoStream, threads: int) -> None:
    """Set the threads of a decoder before its first frame."""
    stream.thread_type = "AUTO"
    if threads:
        stream.codec_context.thread_count = threads


def frames_at(path: Path, times: Sequence[float], tolerance: float) -> dict[float, Image]:
    """Pictures at given times, decoded in a process apart in one pass that ends at the last.

    The frame of a time is the nearest, if it starts within `tolerance` seconds; or else the one
    on screen then. Times outside the video are not in the result.

    Returns:
        Upright RGB pictures, uint8 (height, width, 3), by time.

    Raises:
        VideoError: Any of `Decoder.frames`, or of `ivg.apart.apart`.
    """
    return apart(str(path), _pictures_at, path, times, tolerance)


def _pictures_at(path: Path, times: Sequence[float], tolerance: float) -> dict[float, Image]:
    with closing(Decoder(path).frames()) as frames:
        chosen = pick_frames(frames, times, tolerance)
        return {time: upright_rgb(frame.picture) for time, frame in chosen}


def pick_frames(
    frames: Iterator[T], times: Sequence[float], tolerance: float
) -> Iterator[tuple[float, T]]:
    """The frame of each time (see `frames_at`), ascending, as soon as it is known."""
    wanted = sorted(set(times))
    before: T | None = None
    for frame in frames:
        while wanted and wanted[0] <= frame.time_sec:
            yield from _fitting(wanted.pop(0), before, frame, tolerance)
        if not wanted:
            return
        before = frame
    for time in wanted:
        yield from _fitting(time, before, None, tolerance)


def _fitting(
    time: float, before: T | None, after: T | None, tolerance: float
) -> Iterator[tuple[float, T]]:
    """`time` with the nearer neighbour, or the one on screen, or nothing."""
    near = [f for f in (before, after) if f and abs(f.time_sec - time) <= tolerance]
    if near:
        yield time, min(near, key=lambda f: abs(f.time_sec - time))
    elif before and (after or time < before.time_sec + before.duration):
        yield time, before


def start_of(stream: VideoStream, tick: Fraction) -> int:
    """The stream's start in ticks of its frames."""
    if stream.start_time is None or stream.time_base is None:
        return 0
    return int(stream.start_time * stream.time_base / tick)


def _end_of(packet: Packet[Any]) -> float:
    """Time of the file at which a packet ends, seconds; 0 if it does not say."""
    if packet.pts is None or packet.time_base is None:
        return 0.0
    return float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _rate_of_packets(path: Path) -> Fraction | None:
    """Mean frame rate from the packets' times, for headers without one; decodes nothing."""
    with open_video(path) as (container, stream):
        found: set[int] = set()
        with suppress(FFmpegError, IndexError, OSError):  # met, and told, when it is decoded
            found.update(one.pts for one in container.demux(stream) if one.pts is not None)
        ticks = sorted(found)
        if len(ticks) < 2 or stream.time_base is None:
            return None
        return (len(ticks) - 1) / ((ticks[-1] - ticks[0]) * stream.time_base)
