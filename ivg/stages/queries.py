"""The queries of a benchmark, as captions of its videos."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from ivg.quality.benchmarks.benchmark import Benchmark
from ivg.records import Caption, Video
from ivg.stage import Context, Outcome, Stage


class Queries(Stage):
    """Each query of a video as a caption, so that the judge reads it once and for all.

    A caption's times are those of the query's first window. The videos are called by the
    benchmark's ids.
    """

    name: ClassVar[str] = "queries"
    produces: ClassVar[tuple[str, ...]] = ("captions",)
    spread: ClassVar[bool] = False

    def __init__(self, benchmark: Benchmark) -> None:
        """Store the config.

        Args:
            benchmark: Whose queries; it counts by what its files say.
        """
        self.benchmark = benchmark
        self._captions: dict[str, list[Caption]] = {}

    def setup(self, context: Context) -> None:
        """Read the annotation files.

        Raises:
            SourceError: One can't be read or makes no sense.
        """
        self._captions = defaultdict(list)
        for query in self.benchmark.queries():
            start, end = query.windows[0]
            self._captions[query.video].append(Caption(start, end, query.text))

    def process(self, video: Video, context: Context) -> Outcome:
        """Return the captions, in the order of the queries."""
        return Outcome({"captions": tuple(self._captions.get(video.name, ()))})
