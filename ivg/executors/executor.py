"""What an executor must offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ivg.executors.passage import Passage
from ivg.records import Video
from ivg.stage import Context, Processed, Stage

if TYPE_CHECKING:
    from ivg.link import Link


class StageExecutor(Protocol):
    """Spreads the videos of one per-video stage at a time; the line chains the stages."""

    def run(
        self, stage: Stage, videos: Iterable[Video], context: Context, n_videos: int
    ) -> Iterator[Processed]:
        """Yield the result of each video as it comes, in any order; there are `n_videos`.

        Several stages are run at the same time, each on the videos that the one before lets go.
        An error of `stage.setup` is raised here; an error of one video is in its `Processed`.
        """


@runtime_checkable
class ChainExecutor(Protocol):
    """Takes videos through a whole chain of per-video stages, and stores what they give."""

    def chain(
        self, links: Sequence[Link], passages: Iterator[Passage], n_videos: int
    ) -> Iterator[Video]:
        """Yield the videos that stay on the line, in any order; the books are in the links.

        Args:
            links: The stages; the caller holds their tables.
            passages: The videos, read as there is room for them.
            n_videos: How many there are at most; at least one.

        Raises:
            RunFailedError: A stage could not start or go on, or `on_error=stop` met a failure.
        """


Executor = StageExecutor | ChainExecutor
