"""The one pass over a video: its cuts, and the frames to keep.

Decoding has a thread of its own; finding cuts and keeping frames share the caller's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ivg.records import Scene
from ivg.video.candidates import Candidates
from ivg.video.decode import Decoder, Frame, pick_frames
from ivg.video.detect import CutFinder
from ivg.video.picture import to_jpeg
from ivg.video.prefetch import prefetch

log = logging.getLogger(__name__)

QUEUE_FRAMES = 8

Positions = Callable[[Scene], Sequence[float]]
"""The times wanted of a scene, seconds; none for a scene that is not kept."""


@dataclass(frozen=True)
class ScanOptions:
    """How to find cuts and how to keep frames; see `ivg.stages.split.Split`."""

    threshold: float
    min_scene_len: int
    frame_side: int
    jpeg_quality: int


@dataclass
class Scan:
    """What one pass found.

    Attributes:
        scenes: All scenes in order; the first starts at 0, the last ends with the last frame.
        jpegs: Kept frames by time, seconds.
        duration: End of the last frame, seconds.
        fps: Mean frame rate.
    """

    scenes: list[Scene] = field(default_factory=list)
    jpegs: dict[float, bytes] = field(default_factory=dict)
    duration: float = 0.0
    fps: float = 0.0


def scan(path: Path, options: ScanOptions, positions: Positions | None) -> Scan:
    """Find the scenes of a video and keep a frame near each of the positions in them.

    How near a kept frame lies is told in `ivg.video.candidates`; it is always in its scene.
    Without `positions` no frames are kept.

    Raises:
        VideoError: The video can't be used; the class says why.
    """
    decoder = Decoder(path)
    with prefetch(decoder.frames(), QUEUE_FRAMES) as frames:
        first = next(frames)
        return _Pass(decoder, first, options, positions).run(chain([first], frames))


def keep_exact(
    path: Path, options: ScanOptions, times: Sequence[float], tolerance: float
) -> dict[float, bytes]:
    """JPEGs of the very frames at given times, by their own time: a second decode pass.

    Needed where positions must be exact: they depend on where a scene ends, and are behind
    the decoder by then.
    """
    with closing(Decoder(path).frames()) as frames:
        return {
            frame.time_sec: to_jpeg(frame.picture, options.frame_side, options.jpeg_quality)
            for _, frame in pick_frames(frames, times, tolerance)
        }


class _Pass:
    """The state of one pass: the open scene and what the closed ones left."""

    def __init__(
        self, decoder: Decoder, first: Frame, options: ScanOptions, positions: Positions | None
    ) -> None:
        self.decoder = decoder
        self.first = first
        self.options = options
        self.positions = positions
        self.finder = CutFinder(options.threshold, options.min_scene_len, decoder.rate)
        frame_bytes = sum(plane.buffer_size for plane in first.picture.planes)
        self.candidates = Candidates(self.finder.lag, frame_bytes)
        self.start_sec = 0.0
        self.result = Scan()

    def run(self, frames: Iterator[Frame]) -> Scan:
        """Take all frames, `first` included."""
        for frame in frames:
            self._take(frame)
        self._close(self.decoder.end_sec, self.candidates.close_last())
        self.result.duration = self.decoder.end_sec
        self.result.fps = self.decoder.fps
        if self.finder.n_resized:
            log.warning("%s: %d frames of another size", self.decoder.path, self.finder.n_resized)
        return self.result

    def _take(self, frame: Frame) -> None:
        if self.positions is not None:
            self.candidates.add(frame)
        for cut in self.finder.cuts(frame):
            self._close(self._seconds(cut), self.candidates.close_scene(cut))

    def _seconds(self, pts: int) -> float:
        return float((pts - self.first.pts) * self.first.time_base)

    def _close(self, end_sec: float, candidates: list[Frame]) -> None:
        if end_sec <= self.start_sec:  # timestamps ran backwards
            return
        scene = Scene(self.start_sec, end_sec)
        self.start_sec = end_sec
        self.result.scenes.append(scene)
        if self.positions is None or not candidates:
            return
        for time in self.positions(scene):
            self._keep(min(candidates, key=lambda frame: abs(frame.time_sec - time)))

    def _keep(self, frame: Frame) -> None:
        if frame.time_sec not in self.result.jpegs:
            jpeg = to_jpeg(frame.picture, self.options.frame_side, self.options.jpeg_quality)
            self.result.jpegs[frame.time_sec] = jpeg
