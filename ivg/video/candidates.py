"""Frames of the open scene, from which some are kept when the scene's end is known.

Where the wanted frames lie depends on the end, so the pass remembers an even choice of the frames
so far: at most 64, fewer of pictures beyond 2160p; when full, every second one goes and the step
between them doubles. The nearest candidate then lies within 1/64 of the scene's length of any
wanted time, or is the nearest frame. The detector tells cuts late, so the last `lag` frames are
all remembered: they may belong to the next scene. That is about 0.1 GB of pixels at 720p, 0.25 GB
at 1080p and 1 GB at 2160p, and never more.

What is remembered depends on times alone, so it can be worked out again without the pictures.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

MAX_CANDIDATES = 64
BUDGET_BYTES = 1_024_000_000
"""Of pixels held, for old and recent candidates together."""
OLD_SHARE = 0.8


class Moment(Protocol):
    """A frame, or only when it is shown.

    Attributes:
        pts: Presentation timestamp after the stream's start.
        time_sec: Seconds after the first frame.
    """

    @property
    def pts(self) -> int: ...  # noqa: D102 - told above

    @property
    def time_sec(self) -> float: ...  # noqa: D102 - told above


M = TypeVar("M", bound=Moment)


class Candidates(Generic[M]):
    """A bounded choice of the frames of the open scene.

    Args:
        lag: Frames by which a cut may be told late.
        frame_bytes: Size of one decoded frame.
    """

    def __init__(self, lag: int, frame_bytes: int) -> None:
        affordable = BUDGET_BYTES / max(1, frame_bytes)
        self.limit = max(4, min(MAX_CANDIDATES, int(OLD_SHARE * affordable)))
        n_recent = max(4, int((1 - OLD_SHARE) * affordable))
        # Big frames, or a long lag: remember every second, third, ... of the recent ones.
        self.recent_step = -(-(lag + 1) // n_recent)
        self.recent: deque[M] = deque()
        self.n_recent = -(-(lag + 1) // self.recent_step)
        self.seen = 0
        self._restart([])

    def add(self, frame: M) -> None:
        """Take the next frame."""
        if self.seen % self.recent_step == 0:
            self.recent.append(frame)
        self.seen += 1
        if len(self.recent) > self.n_recent:
            self._age(self.recent.popleft())

    def close_scene(self, cut_sec: float) -> list[M]:
        """Candidates before the cut, ascending; later ones are those of the next scene."""
        scene = [f for f in [*self.old, *self.recent] if f.time_sec < cut_sec]
        self.recent = deque(f for f in self.recent if f.time_sec >= cut_sec)
        self._restart([f for f in self.old if f.time_sec >= cut_sec])
        return scene

    def close_last(self) -> list[M]:
        """Candidates of the last scene, ascending; forgets them."""
        scene = [*self.old, *self.recent]
        self.recent.clear()
        self._restart([])
        return scene

    def _restart(self, frames: list[M]) -> None:
        self.old = frames
        self.stride = 1
        self.offered = 0

    def _age(self, frame: M) -> None:
        if self.offered % self.stride == 0:
            self.old.append(frame)
        self.offered += 1
        if len(self.old) > self.limit:
            self.old = self.old[::2]
            self.stride *= 2
