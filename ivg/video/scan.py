"""The one pass over a video: times and scores of all frames, and some frames kept in passing.

Decoding has a thread of its own; measuring and keeping frames share the caller's.
"""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ivg.records import Track
from ivg.video.decode import Decoder, Frame
from ivg.video.picture import mark
from ivg.video.prefetch import prefetch
from ivg.video.walk import Pace, Route, Walk

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from ivg.detectors.contract import Meter

log = logging.getLogger(__name__)

QUEUE_FRAMES = 8

Keep = Callable[[float, "VideoFrame"], None]
"""Is given each frame that is kept, in the order of their times."""


@dataclass(frozen=True)
class Scanned:
    """What one pass found: all frames, the end of the last one, and the mean frame rate."""

    track: Track
    duration: float
    fps: float


def scan(decoder: Decoder, meter: Meter, route: Route | None, keep: Keep) -> Scanned:
    """Measure all frames of a video, and keep those that a walk along `route` would want.

    Raises:
        VideoError: The video can't be used; the class says why.
    """
    with prefetch(decoder.frames(), QUEUE_FRAMES) as frames:
        first = next(frames)
        return _Pass(decoder, first, meter, route, keep).run(chain([first], frames))


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
        self, decoder: Decoder, first: Frame, meter: Meter, route: Route | None, keep: Keep
    ) -> None:
        self.decoder = decoder
        self.meter = meter
        self.keep = keep
        frame_bytes = sum(plane.buffer_size for plane in first.picture.planes)
        self.pace = Pace(first.time_base, decoder.rate, frame_bytes)
        self.walk: Walk[Frame] | None = Walk(route, self.pace) if route else None
        self.columns = _Columns()

    def run(self, frames: Iterator[Frame]) -> Scanned:
        """Take all frames, the first included."""
        for frame in frames:
            scores = self.meter.push(frame.picture)
            self.columns.add(frame, scores)
            self._keep(self.walk.step(frame, scores) if self.walk else ())
        scores = self.meter.finish()
        self.columns.scores.extend(scores)
        self._keep(self.walk.finish(scores, self.decoder.end_sec) if self.walk else ())
        return Scanned(self._track(), self.decoder.end_sec, self.decoder.fps)

    def _keep(self, frames: Any) -> None:
        for frame in frames:
            self.keep(frame.time_sec, frame.picture)

    def _track(self) -> Track:
        columns = self.columns.arrays()
        if len(columns["scores"]) != len(columns["pts"]):
            raise ValueError(f"{len(columns['scores'])} scores of {len(columns['pts'])} frames")
        passed_over = int(np.isnan(columns["scores"]).sum())
        if passed_over:
            log.warning("%s: %d frames of another size", self.decoder.path, passed_over)
        return Track(**columns, **vars(self.pace))
