"""What an executor must offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from ivg.records import Video
from ivg.stage import Context, Processed, Stage


class Executor(Protocol):
    """Spreads the videos of a per-video stage.

    Attributes:
        overlaps: Whether several stages may be run at the same time, each on the videos that the
            one before lets go. They would wait for each other for ever where each reserves what
            the others need.
    """

    overlaps: ClassVar[bool]

    def run(
        self, stage: Stage, videos: Iterable[Video], context: Context, n_videos: int
    ) -> Iterator[Processed]:
        """Yield the result of each video as it comes, in any order; there are `n_videos`.

        An error of `stage.setup` is raised here; an error of one video is in its `Processed`.
        """
