"""Charades-STA (Gao et al. 2017): `charades_sta_test.txt`."""

from __future__ import annotations

import re
from pathlib import Path

from ivg.errors import MalformedEntryError, SourceError
from ivg.quality.benchmarks.benchmark import Collector, Query, number
from ivg.quality.benchmarks.files import csv_column, numbered_lines
from ivg.quality.benchmarks.video_files import header_duration, video_files
from ivg.ranges import optional_text, text

LINE = re.compile(r"(?P<video>\S+)\s+(?P<start>\S+)\s+(?P<end>\S+?)\s*##(?P<text>.*)")


class CharadesSta:
    """Queries from lines `VIDEO START END##SENTENCE`, one window each.

    The file says nothing of durations: they are the column `length` of Charades' own
    `Charades_v1_test.csv`, or come from the headers of the video files.

    Args:
        annotations: `charades_sta_test.txt`, or the file for training.
        videos: Folder of the video files, `VIDEO.mp4`.
        durations: A CSV with the columns `id` and `length` (seconds); None: ask the videos.
    """

    def __init__(self, annotations: str, videos: str, durations: str | None = None) -> None:
        self.annotations = text("benchmark.annotations", annotations)
        self.videos = text("benchmark.videos", videos)
        self.durations = optional_text("benchmark.durations", durations)

    def queries(self) -> list[Query]:
        """All queries, in the order of the file.

        Raises:
            SourceError: A file can't be read, a line makes no sense, or a video's duration is
                nowhere; the message names file and line.
        """
        known = Durations(self.videos, self.durations)
        found = Collector()
        for where, line in numbered_lines(Path(self.annotations)):
            row = LINE.fullmatch(line)
            if row is None:
                raise MalformedEntryError(f"{where}: not VIDEO START END##SENTENCE: {line!r}")
            duration = known.of(where, row["video"])
            found.add(where, row["video"], duration, row["text"], [(row["start"], row["end"])])
        return found.done()


class Durations:
    """How long each video is, from the CSV or else the files; each file is opened once."""

    def __init__(self, folder: str, table: str | None) -> None:
        self.place = table or folder
        self.rows = csv_column(Path(table), "id", "length") if table else {}
        self.files = {} if table else video_files(Path(folder))
        self.seconds: dict[str, float] = {}

    def of(self, where: str, video: str) -> float:
        """Seconds.

        Raises:
            SourceError: The CSV or the folder does not know the video, or holds no number.
        """
        if video not in self.seconds:
            self.seconds[video] = self._read(where, video)
        return self.seconds[video]

    def _read(self, where: str, video: str) -> float:
        if video in self.files:
            return header_duration(self.files[video])
        if video not in self.rows:
            raise SourceError(f"{where}: {self.place} knows no video {video!r}")
        row, value = self.rows[video]
        return number(row, "length", value)
