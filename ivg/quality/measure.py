"""What a measure is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.records import IntArray, Video
from ivg.stage import Context

if TYPE_CHECKING:
    from ivg.quality.benchmarks.benchmark import Benchmark

Columns = Mapping[str, NDArray[Any]]
"""What is remembered of a video: columns of one length, a row an annotation unless said."""


class Measure(ABC):
    """One question to the filtered dataset. Videos are seen one at a time, then it answers.

    Attributes:
        judged: Whether it reads what the judge has seen; without a judge it is left out.
        true: Whether it reads the truth, which only made-up videos have; else it is left out.
    """

    judged: ClassVar[bool] = False
    true: ClassVar[bool] = False

    def names(self, judged: bool) -> tuple[str, ...] | None:
        """The figures that it gives, for an `objective` to be checked before anything is computed.

        Args:
            judged: Whether there is a judge.

        Returns:
            Their names, or None where they are known only once they are measured.
        """
        return None

    @property
    def tested_on(self) -> Benchmark | None:
        """The benchmark whose videos it has to know first."""
        return None

    def setup(self, context: Context) -> None:  # noqa: B027 - optional hook
        """Take from the run what it needs."""

    def prepare(self, videos: Sequence[Video]) -> None:  # noqa: B027 - optional hook
        """See the whole set, without heavy fields, before `see`."""

    @abstractmethod
    def see(self, video: Video) -> Columns:
        """What is remembered of one video."""

    @abstractmethod
    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """The answers.

        Args:
            seen: The columns of all videos, joined.
            groups: (n,) the number of the video of each row.
            bootstrap: Makes intervals.
        """

    def notes(self) -> Mapping[str, Any]:
        """What else is to be written down, as JSON knows it; asked after `figures`."""
        return {}
