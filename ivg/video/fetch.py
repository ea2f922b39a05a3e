"""Frames that a pass has seen, decoded once more: by seeking, in one sorted way through the file.

A frame found by seeking must be the very frame of the pass. That can fail: in files that can't be
sought, and where a stream is not decodable from its key frames alone. Every frame is therefore
compared with its mark, and the first that differs sends the rest through a decoding from the start.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ivg.errors import FrameUnavailableError
from ivg.records import Track
from ivg.video.decode import Decoder, start_of, use_threads
from ivg.video.picture import mark
from ivg.video.probe import open_video

log = logging.getLogger(__name__)


def fetch(
    path: Path, track: Track, indices: Sequence[int], threads: int = 0, hwaccel: str | None = None
) -> Generator[tuple[int, VideoFrame]]:
    """Frames by their index in the track, ascending; opens the file once, rarely twice.

    Raises:
        FrameUnavailableError: The file is not the one that was scanned.
        VideoError: Any that opening and decoding raise.
    """
    left = sorted(set(indices))
    if not left:
        return
    for index, picture in _sought(path, track, list(left), threads, hwaccel):
        yield index, picture
        left.remove(index)
    if left:
        log.info("%s: not exact by seeking; decoding from the start", path)
        yield from _decoded(path, track, left, threads, hwaccel)


def _sought(
    path: Path, track: Track, indices: Sequence[int], threads: int, hwaccel: str | None
) -> Iterator[tuple[int, VideoFrame]]:
    """The frames up to the first that can't be found."""
    with open_video(path, hwaccel) as (container, stream):
        use_threads(stream, threads)
        for key, section in groupby(indices, lambda index: _key_before(track, index)):
            wanted = list(section)
            n_found = 0
            pictures = _from(container, stream, track, key, hwaccel)
            for found in _section(pictures, track, wanted):
                n_found += 1
                yield found
            if n_found < len(wanted):
                return


def _key_before(track: Track, index: int) -> int:
    """The last frame up to this one at which decoding can start."""
    place = int(np.searchsorted(track.keys, index, side="right")) - 1
    return int(track.keys[place]) if place >= 0 else 0


def _section(
    pictures: Iterator[tuple[int, VideoFrame]], track: Track, wanted: Sequence[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """The wanted frames between one key frame and the next."""
    places = {int(track.pts[index]): index for index in wanted}
    last = int(track.pts[wanted[-1]])
    for pts, picture in pictures:
        index = places.get(pts)
        if index is not None:
            if mark(picture) != track.marks[index]:
                return
            yield index, picture
        if pts >= last:
            return


def _from(
    container: InputContainer, stream: VideoStream, track: Track, key: int, hwaccel: str | None
) -> Iterator[tuple[int, VideoFrame]]:
    """Pictures and their timestamps from a key frame on; none where seeking fails."""
    start = start_of(stream, track.time_base)
    ticks = track.time_base / stream.time_base if stream.time_base else 1
    try:
        container.seek(int((int(track.pts[key]) + start) * ticks), stream=stream)
    except FFmpegError:
        return
    for picture in Decoder(Path(), hwaccel=hwaccel).pictures(container, stream):
        if picture.pts is None or picture.time_base != track.time_base:
            return
        yield picture.pts - start, picture


def _decoded(
    path: Path, track: Track, indices: Sequence[int], threads: int, hwaccel: str | None
) -> Iterator[tuple[int, VideoFrame]]:
    left = list(indices)
    with closing(Decoder(path, threads, hwaccel).frames()) as frames:
        for index, frame in enumerate(frames):
            if index == left[0]:
                if frame.pts != track.pts[index]:
                    break
                yield left.pop(0), frame.picture
                if not left:
                    return
    raise FrameUnavailableError(
        f"{path}: frame {left[0]} is not the one that was scanned: the file has changed; run again"
    )
