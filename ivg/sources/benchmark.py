"""The videos that a benchmark asks about."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ivg.errors import MissingVideoError, SourceError
from ivg.quality.benchmarks.benchmark import Benchmark
from ivg.quality.benchmarks.video_files import video_files
from ivg.sources.listing import Entries, make_listing
from ivg.sources.source import Listing


class BenchmarkSource:
    """The files of a benchmark's folder that its queries name; `Video.name` is the id.

    Args:
        benchmark: Names the videos and their folder.
        workers: Files read at a time when content ids are made.
    """

    def __init__(self, benchmark: Benchmark, workers: int = 4) -> None:
        self.benchmark = benchmark
        self.workers = workers

    @property
    def provides(self) -> tuple[str, ...]:
        """Nothing: every stage runs."""
        return ()

    def list_videos(self, store_dir: Path) -> Listing:
        """Read the queries and find their videos; one without a file is a failure.

        Raises:
            SourceError: There is no such folder, it holds none of the videos, or the annotations
                can't be read or hold no query.
        """
        asked = Counter(query.video for query in self.benchmark.queries())
        folder = Path(self.benchmark.videos).expanduser().absolute()
        there = video_files(folder)
        if not asked:
            raise SourceError("benchmark.annotations: holds no query that can be asked")
        if not asked.keys() & there.keys():
            raise SourceError(
                f"benchmark.videos: {folder} holds none of the {len(asked)} videos asked about, "
                f"such as {min(asked)!r}"
            )
        entries = Entries(n_in=len(asked))
        for name in sorted(asked.keys() - there.keys()):
            message = f"{folder}: no video {name!r}; queries that ask about it: {asked[name]}"
            entries.fail(name, MissingVideoError(message))
        files = {name: there[name] for name in asked.keys() & there.keys()}
        return make_listing(files, entries, store_dir, self.workers)
