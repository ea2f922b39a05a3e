"""The way along the frames of a video: scenes as they end, and the frames to keep of each.

The same walk is gone twice. The scan stage goes it with pictures, to keep in passing what is
probably wanted; the split stage goes it with stored times and scores alone. Both meet the same
cuts at the same frames and so choose the same frames, whichever of them has the pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Generic

from scenedetect import FrameTimecode
from scenedetect.common import Timecode

from ivg.records import Scene
from ivg.video.candidates import MAX_CANDIDATES, Candidates, M

if TYPE_CHECKING:
    from scenedetect import SceneDetector

Positions = Callable[[Scene], Sequence[float]]
"""The times wanted of a scene, seconds; none for a scene that is not kept."""


@dataclass(frozen=True)
class Route:
    """What a walk is told beforehand.

    Attributes:
        finder: Makes cuts of scores.
        positions: Where frames are wanted.
        delay: Frames by which scores come late.
    """

    finder: SceneDetector
    positions: Positions
    delay: int


@dataclass(frozen=True)
class Pace:
    """How frames are counted and how big they are; see `Track`."""

    time_base: Fraction
    rate: Fraction
    frame_bytes: int


class Walk(Generic[M]):
    """Takes the frames of one video in order, and their scores as they come.

    Args:
        route: What is looked for.
        pace: How frames are counted.
        exact: Finds the frame of a scene nearest to a time, among all frames, if it can; asked
            where the candidates miss it by more than 1/64 of the scene (uneven frame rates, fades).

    Attributes:
        scenes: So far; the first starts at 0, the last ends with the last frame.
    """

    def __init__(
        self, route: Route, pace: Pace, exact: Callable[[float, Scene], M | None] | None = None
    ) -> None:
        self.exact = exact
        self.finder = route.finder
        self.positions = route.positions
        self.delay = route.delay
        self.pace = pace
        lag = route.delay + int(route.finder.event_buffer_length)
        self.candidates: Candidates[M] = Candidates(lag, pace.frame_bytes)
        self.scores: deque[float] = deque()
        self.unread: deque[int] = deque()
        self.first: int | None = None
        self.last: int | None = None
        self.start_sec = 0.0
        self.scenes: list[Scene] = []

    def step(self, moment: M, scores: Sequence[float]) -> Iterator[M]:
        """Take the next frame and the scores known now; yields frames to keep, ascending.

        A score is read exactly `delay` frames late, however early it comes, so that the choice
        does not depend on when it came.
        """
        self.first = moment.pts if self.first is None else self.first
        self.last = moment.pts
        self.candidates.add(moment)
        self.unread.append(moment.pts)
        self.scores.extend(scores)
        if len(self.unread) > self.delay:
            yield from self._read()

    def finish(self, scores: Sequence[float], end_sec: float) -> Iterator[M]:
        """End the last scene; yields its frames to keep."""
        self.scores.extend(scores)
        while self.unread:
            yield from self._read()
        if self.last is not None:
            yield from self._cut(self.finder.post_process(self._timecode(self.last)))
        yield from self._close(end_sec, self.candidates.close_last())

    def _read(self) -> Iterator[M]:
        timecode, score = self._timecode(self.unread.popleft()), self.scores.popleft()
        if score == score:  # NaN: passed over
            yield from self._cut(self.finder.process_frame(timecode, score))

    def _cut(self, cuts: Sequence[FrameTimecode]) -> Iterator[M]:
        for cut in cuts:
            end_sec = self._seconds(cut)
            yield from self._close(end_sec, self.candidates.close_scene(end_sec))

    def _timecode(self, pts: int) -> FrameTimecode:
        return FrameTimecode(Timecode(pts, self.pace.time_base), fps=self.pace.rate)

    def _seconds(self, cut: FrameTimecode) -> float:
        """After the first frame; a rule may count in frames instead of ticks."""
        start = (self.first or 0) * self.pace.time_base
        return float(cut.pts * cut.time_base - start)

    def _close(self, end_sec: float, candidates: list[M]) -> Iterator[M]:
        if end_sec <= self.start_sec:  # timestamps ran backwards
            return
        scene = Scene(self.start_sec, end_sec)
        self.start_sec = end_sec
        self.scenes.append(scene)
        before = None
        for time in self.positions(scene):
            nearest = self._nearest(candidates, time, scene)
            if nearest is not None and nearest.pts != before:
                before = nearest.pts
                yield nearest

    def _nearest(self, candidates: list[M], time: float, scene: Scene) -> M | None:
        near = min(candidates, key=lambda frame: abs(frame.time_sec - time), default=None)
        bound = (scene.end_sec - scene.start_sec) / MAX_CANDIDATES
        if self.exact and (near is None or abs(near.time_sec - time) > bound):
            return self.exact(time, scene) or near
        return near
