"""Charades-STA (Gao et al. 2017): `charades_sta_test.txt`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from ivg.errors import MalformedEntryError, SourceError
from ivg.quality.benchmarks.benchmark import Collector, Query, number
from ivg.quality.benchmarks.files import csv_column, numbered_lines
from ivg.ranges import optional_text, text

LINE = re.compile(r"(?P<video>\S+)\s+(?P<start>\S+)\s+(?P<end>\S+?)\s*##(?P<text>.*)")


class CharadesSta:
    """Queries from lines `VIDEO START END##SENTENCE`, one window each.

    The file says nothing of durations: they are the column `length` of Charades' own
    `Charades_v1_test.csv`, or left to the videos.

    Args:
        annotations: `charades_sta_test.txt`, or the file for training.
        videos: Folder of the video files, `VIDEO.mp4`.
        durations: A CSV with the columns `id` and `length` (seconds); None: the videos say.
    """

    FILES: ClassVar[frozenset[str]] = frozenset({"annotations", "durations"})
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"videos"})

    def __init__(self, annotations: str, videos: str, durations: str | None = None) -> None:
        self.annotations = text("benchmark.annotations", annotations)
        self.videos = text("benchmark.videos", videos)
        self.durations = optional_text("benchmark.durations", durations)

    def queries(self) -> list[Query]:
        """All queries, in the order of the file.

        Raises:
            SourceError: A file can't be read, a line makes no sense, or the CSV does not know a
                video; the message names file and line.
        """
        known = Durations(self.durations) if self.durations else None
        found = Collector()
        for where, line in numbered_lines(Path(self.annotations)):
            row = LINE.fullmatch(line)
            if row is None:
                raise MalformedEntryError(f"{where}: not VIDEO START END##SENTENCE: {line!r}")
            duration = known.of(where, row["video"]) if known else None
            found.add(where, row["video"], duration, row["text"], [(row["start"], row["end"])])
        return found.done()


class Durations:
    """How long each video is, from the CSV."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.rows = csv_column(Path(table), "id", "length")

    def of(self, where: str, video: str) -> float:
        """Seconds.

        Raises:
            SourceError: The CSV does not know the video, or holds no number.
        """
        if video not in self.rows:
            raise SourceError(f"{where}: {self.table} knows no video {video!r}")
        row, value = self.rows[video]
        return number(row, "length", value)
