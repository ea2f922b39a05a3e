"""What an executor must offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from ivg.records import Video
from ivg.stage import Context, Processed, Stage


class Executor(Protocol):
    """Spreads the videos of a per-video stage."""

    def run(
        self, stage: Stage, videos: Iterable[Video], context: Context, n_videos: int
    ) -> Iterator[Processed]:
        """Yield the result of each video as it comes, in any order; there are `n_videos`.

        An error of `stage.setup` is raised here; an error of one video is in its `Processed`.
        """
