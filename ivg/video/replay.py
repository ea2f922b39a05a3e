"""The walk along a video once more, on its stored times and scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ivg.records import Scene, Track
from ivg.video.decode import pick_frames
from ivg.video.walk import Pace, Route, Walk


class Seen(NamedTuple):
    """A frame of which only the time is at hand.

    Attributes:
        number: Its place in the track.
        pts: See `ivg.video.decode.Frame`.
        time_sec: Likewise.
        duration: Likewise; of the last frame only, 0 for others.
    """

    number: int
    pts: int
    time_sec: float
    duration: float


class Replayed(NamedTuple):
    """The scenes of a video, and the indices of the frames to keep, ascending."""

    scenes: list[Scene]
    indices: list[int]


def replay(track: Track, route: Route, end_sec: float) -> Replayed:
    """The scenes and the frames that a pass along the same route finds."""
    pace = Pace(track.time_base, track.rate, track.frame_bytes)
    walk: Walk[Seen] = Walk(route, pace, Nearest(track))
    kept: list[Seen] = []
    for moment, score in zip(moments(track, end_sec), track.scores.tolist(), strict=True):
        kept.extend(walk.step(moment, (score,)))
    kept.extend(walk.finish((), end_sec))
    return Replayed(walk.scenes, ascending(kept))


class Nearest:
    """Finds the frame of a scene that is nearest to a time."""

    def __init__(self, track: Track) -> None:
        self.pts = track.pts
        self.times = track.times
        self.ascend = bool((np.diff(self.times) > 0).all())

    def __call__(self, time: float, scene: Scene) -> Seen | None:
        """The frame; None where the scene has none, or timestamps run backwards."""
        first, last = np.searchsorted(self.times, (scene.start_sec, scene.end_sec)).tolist()
        if not self.ascend or first == last:
            return None
        index = first + int(np.abs(self.times[first:last] - time).argmin())
        return Seen(index, int(self.pts[index]), float(self.times[index]), 0.0)


def pick(track: Track, times: Sequence[float], tolerance: float, end_sec: float) -> list[int]:
    """Indices of the frames at given times, as `ivg.video.decode.pick_frames` finds them."""
    found = pick_frames(moments(track, end_sec), times, tolerance)
    return ascending(frame for _, frame in found)


def moments(track: Track, end_sec: float) -> Iterator[Seen]:
    """All frames of a track, in order."""
    times, last = track.times.tolist(), len(track.pts) - 1
    for index, (pts, time) in enumerate(zip(track.pts.tolist(), times, strict=True)):
        yield Seen(index, pts, time, end_sec - time if index == last else 0.0)


def ascending(kept: Iterable[Seen]) -> list[int]:
    """Indices without repetition; where timestamps ran backwards, only those that go on."""
    indices: list[int] = []
    last = -1.0
    for moment in kept:
        if moment.time_sec > last and (not indices or moment.number > indices[-1]):
            indices.append(moment.number)
            last = moment.time_sec
    return indices
