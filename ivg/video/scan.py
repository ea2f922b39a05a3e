"""The one pass over a video: times and scores of all frames, and some frames kept in passing.

Decoding has a thread of its own; measuring and keeping frames share the caller's.
"""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.records import Track
from ivg.video.candidates import BUDGET_BYTES, MAX_CANDIDATES
from ivg.video.decode import Decoder, Frame
from ivg.video.picture import mark
from ivg.video.prefetch import prefetch
from ivg.video.walk import Pace, Route, Walk

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from ivg.detectors.contract import Meter

log = logging.getLogger(__name__)

QUEUE_FRAMES = 8
ROUTES_BYTES = 2 * BUDGET_BYTES
"""Of pixels held for a sweep's thresholds together; most of them hold the same frames."""

Keep = Callable[[float, "VideoFrame"], None]
"""Is given each frame that is kept, once; in the order of their times where there is one route."""


@dataclass(frozen=True)
class Scanned:
    """What one pass found: all frames, the end of the last one, and the mean frame rate."""

    track: Track
    duration: float
    fps: float


def scan(decoder: Decoder, meter: Meter, routes: Sequence[Route], keep: Keep) -> Scanned:
    """Measure all frames of a video, and keep those that a walk along any route would want.

    Raises:
        VideoError: The video can't be used; the class says why.
    """
    with prefetch(decoder.frames(), QUEUE_FRAMES) as frames:
        first = next(frames)
        return _Pass(decoder, first, meter, routes, keep).run(chain([first], frames))


@dataclass
class _Columns:
    """A track in the making, a few bytes a frame."""

    pts: array[int] = field(default_factory=lambda: array("q"))
    scores: array[float] = field(default_factory=lambda: array("d"))
    marks: array[int] = field(default_factory=lambda: array("L"))
    keys: array[int] = field(default_factory=lambda: array("q"))

    def add(self, frame: Frame, scores: list[float]) -> None:
        """The next frame, and scores that are known now."""
        if frame.picture.key_frame:
            self.keys.append(len(self.pts))
        self.pts.append(frame.pts)
        self.marks.append(mark(frame.picture))
        self.scores.extend(scores)

    def arrays(self) -> dict[str, Any]:
        """As numpy arrays."""
        kinds = {"pts": np.int64, "scores": np.float64, "marks": np.uint32, "keys": np.int64}
        return {name: np.array(getattr(self, name), kind) for name, kind in kinds.items()}


class _Pass:
    """The state of one pass."""

    def __init__(
        self, decoder: Decoder, first: Frame, meter: Meter, routes: Sequence[Route], keep: Keep
    ) -> None:
        self.decoder = decoder
        self.meter = meter
        self.keep = keep
        frame_bytes = sum(plane.buffer_size for plane in first.picture.planes)
        self.pace = Pace(first.time_base, decoder.rate, frame_bytes)
        self.walks: list[Walk[Frame]] = [
            Walk(route, self.pace) for route in routes[: affordable(routes, frame_bytes)]
        ]
        self.kept: set[int] = set()
        self.columns = _Columns()

    def run(self, frames: Iterator[Frame]) -> Scanned:
        """Take all frames, the first included."""
        for frame in frames:
            scores = self.meter.push(frame.picture)
            self.columns.add(frame, scores)
            for walk in self.walks:
                self._keep(walk.step(frame, scores))
        scores = self.meter.finish()
        self.columns.scores.extend(scores)
        for walk in self.walks:
            self._keep(walk.finish(scores, self.decoder.end_sec))
        return Scanned(self._track(), self.decoder.end_sec, self.decoder.fps)

    def _keep(self, frames: Iterator[Frame]) -> None:
        for frame in frames:
            if frame.pts not in self.kept:
                self.kept.add(frame.pts)
                self.keep(frame.time_sec, frame.picture)

    def _track(self) -> Track:
        columns = self.columns.arrays()
        if len(columns["scores"]) != len(columns["pts"]):
            raise ValueError(f"{len(columns['scores'])} scores of {len(columns['pts'])} frames")
        passed_over = int(np.isnan(columns["scores"]).sum())
        if passed_over:
            log.warning("%s: %d frames of another size", self.decoder.path, passed_over)
        return Track(**columns, **vars(self.pace))


def affordable(routes: Sequence[Route], frame_bytes: int) -> int:
    """How many routes may hold candidates at a time: of the others frames are sought later."""
    lags = [route.delay + int(route.finder.event_buffer_length) for route in routes]
    held = (MAX_CANDIDATES + max(lags, default=0) + 1) * frame_bytes
    return max(1, ROUTES_BYTES // max(1, held))
