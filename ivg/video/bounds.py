"""Whether a video keeps within the limits that can be counted: streams, pixels, frames."""

from __future__ import annotations

from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame

from ivg.errors import TooManyFramesError, TooManyPixelsError, TooManyStreamsError
from ivg.limits import in_force


def check_streams(path: Path, container: InputContainer) -> None:
    """Refuse a file with too many streams.

    Raises:
        TooManyStreamsError: More than `limits.streams`.
    """
    most, there = in_force().streams, len(container.streams)
    if most is not None and there > most:
        raise TooManyStreamsError(f"{path} holds {there} streams, more than limits.streams={most}")


def check_pixels(path: Path, width: int, height: int) -> None:
    """Refuse pictures that are too large.

    Raises:
        TooManyPixelsError: More than `limits.pixels`.
    """
    most = in_force().pixels
    if most is not None and width * height > most:
        raise TooManyPixelsError(
            f"{path}: pictures of {width}x{height}, more than limits.pixels={most}"
        )


def check_frame(path: Path, number: int, picture: VideoFrame) -> None:
    """Refuse the frame after the last that may be, and one that grew too large.

    Raises:
        TooManyFramesError: More than `limits.frames`.
        TooManyPixelsError: More than `limits.pixels`.
    """
    most = in_force().frames
    if most is not None and number > most:
        raise TooManyFramesError(f"{path} has more frames than limits.frames={most}")
    check_pixels(path, picture.width, picture.height)
