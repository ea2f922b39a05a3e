"""Decoded frames of the open scene, from which some are kept when the scene's end is known.

Where the wanted frames lie depends on the end, so the pass remembers an even choice of the frames
so far: at most 64, fewer of big ones; when full, every second one goes and the step between them
doubles. The nearest candidate then lies within 1/64 of the scene's length of any wanted time
(1/32 at 1080p, 1/8 at 2160p), or is the nearest frame. The detector tells cuts late, so the last
`lag` frames are all remembered: they may belong to the next scene.
"""

from __future__ import annotations

from collections import deque

from ivg.video.decode import Frame

MAX_CANDIDATES = 64
BUDGET_BYTES = 200_000_000
"""Of pixels held, for old and recent candidates together."""


class Candidates:
    """A bounded choice of the frames of the open scene.

    Args:
        lag: Frames by which a cut may be told late.
        frame_bytes: Size of one decoded frame.
    """

    def __init__(self, lag: int, frame_bytes: int) -> None:
        affordable = BUDGET_BYTES // 2 // max(1, frame_bytes)
        self.limit = max(4, min(MAX_CANDIDATES, affordable))
        # Big frames, or a long lag: remember every second, third, ... of the recent ones.
        self.recent_step = -(-(lag + 1) // self.limit)
        self.recent: deque[Frame] = deque()
        self.n_recent = -(-(lag + 1) // self.recent_step)
        self.seen = 0
        self._restart([])

    def add(self, frame: Frame) -> None:
        """Take the next frame."""
        if self.seen % self.recent_step == 0:
            self.recent.append(frame)
        self.seen += 1
        if len(self.recent) > self.n_recent:
            self._age(self.recent.popleft())

    def close_scene(self, cut_pts: int) -> list[Frame]:
        """Candidates before the cut, ascending; later ones are those of the next scene."""
        scene = [f for f in [*self.old, *self.recent] if f.pts < cut_pts]
        self.recent = deque(f for f in self.recent if f.pts >= cut_pts)
        self._restart([f for f in self.old if f.pts >= cut_pts])
        return scene

    def close_last(self) -> list[Frame]:
        """Candidates of the last scene, ascending; forgets them."""
        scene = [*self.old, *self.recent]
        self.recent.clear()
        self._restart([])
        return scene

    def _restart(self, frames: list[Frame]) -> None:
        self.old = frames
        self.stride = 1
        self.offered = 0

    def _age(self, frame: Frame) -> None:
        if self.offered % self.stride == 0:
            self.old.append(frame)
        self.offered += 1
        if len(self.old) > self.limit:
            self.old = self.old[::2]
            self.stride *= 2
