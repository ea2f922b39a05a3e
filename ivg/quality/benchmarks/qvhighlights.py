"""QVHighlights (Lei et al. 2021): `highlight_val_release.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ivg.quality.benchmarks.benchmark import Collector, Query
from ivg.quality.benchmarks.files import field, numbered_lines, parsed_json
from ivg.ranges import text


class QvHighlights:
    """Queries from lines `{"qid", "query", "duration", "vid", "relevant_windows": [[s, e], ...]}`.

    A query may have several windows. The test file has none and is refused.

    Args:
        annotations: The JSONL file.
        videos: Folder of the video files, `VID.mp4` (each is a cut of 150 s).
    """

    FILES: ClassVar[frozenset[str]] = frozenset({"annotations"})
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"videos"})

    def __init__(self, annotations: str, videos: str) -> None:
        self.annotations = text("benchmark.annotations", annotations)
        self.videos = text("benchmark.videos", videos)

    def queries(self) -> list[Query]:
        """All queries, in the order of the file.

        Raises:
            SourceError: The file can't be read, or a line makes no sense; the message names
                file and line.
        """
        found = Collector()
        for where, line in numbered_lines(Path(self.annotations)):
            row = parsed_json(where, line)
            names = ("vid", "duration", "query", "relevant_windows")
            found.add(where, *(field(where, row, name) for name in names))
        return found.done()
