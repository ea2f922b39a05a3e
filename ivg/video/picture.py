"""One decoded frame to a picture: upright, shrunk, as JPEG and back."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from ivg.records import Image

MARK_ROWS = 8


def to_bgr(frame: VideoFrame, reformatter: VideoReformatter) -> Image:
    """Full-size BGR pixels as stored, (height, width, 3); a reformatter serves equal frames."""
    # One thread: swscale would start and join a pool for every frame, dearer than the work.
    return np.asarray(reformatter.reformat(frame, format="bgr24", threads=1).to_ndarray())


def upright(picture: Image, rotation: float) -> Image:
    """Turn a picture by the display matrix's angle, degrees counterclockwise, to quarter turns."""
    return np.rot90(picture, round(rotation / 90) % 4)


def shrunk_bgr(frame: VideoFrame, side: int) -> Image:
    """BGR pixels as stored, the short side at most `side`, never enlarged; 0 keeps the size."""
    reformatter, scale = VideoReformatter(), side / min(frame.width, frame.height)
    if side == 0 or scale >= 1:
        return to_bgr(frame, reformatter)
    width, height = (max(side, round(length * scale)) for length in (frame.width, frame.height))
    # Scaled before colours are made: less than half of what OpenCV's area resize costs.
    small = reformatter.reformat(frame, width, height, "bgr24", interpolation="AREA", threads=1)
    return np.asarray(small.to_ndarray())


def upright_rgb(frame: VideoFrame) -> Image:
    """The picture of a frame as a viewer sees it, RGB (height, width, 3)."""
    picture = upright(to_bgr(frame, VideoReformatter()), frame.rotation)
    return np.ascontiguousarray(picture[:, :, ::-1])


def to_jpeg(frame: VideoFrame, side: int, quality: int) -> bytes:
    """A frame as an upright JPEG whose short side is at most `side` (0: full size)."""
    picture = np.ascontiguousarray(upright(shrunk_bgr(frame, side), frame.rotation))
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(jpeg)


def from_jpeg(jpeg: bytes) -> Image | None:
    """RGB pixels (height, width, 3), or None if the bytes are no picture."""
    if not jpeg:
        return None
    picture = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def mark(frame: VideoFrame) -> int:
    """A checksum of eight rows of the first plane: tells frames apart, and broken from whole.

    Computed of every frame, so it has to be cheap.
    """
    plane = frame.planes[0]
    upside_down = plane.line_size < 0  # its memory begins with the last row
    pixels = np.asarray(frame.to_ndarray()) if upside_down else pixels_of(plane)
    return zlib.adler32(pixels[:: -(-len(pixels) // MARK_ROWS)].tobytes())


def pixels_of(plane: VideoPlane) -> Image:
    """The first `width` bytes of each row of a plane: all pixels where one is a byte."""
    rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.height * plane.line_size]
    return rows.reshape(plane.height, plane.line_size)[:, : plane.width]
