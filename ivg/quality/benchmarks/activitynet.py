"""ActivityNet Captions (Krishna et al. 2017): `val_1.json`, `val_2.json`, `train.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ivg.errors import MalformedEntryError
from ivg.quality.benchmarks.benchmark import Collector, Query
from ivg.quality.benchmarks.files import field, parsed_json, read_text
from ivg.ranges import text


class ActivityNet:
    """Queries from `{"v_ID": {"duration", "timestamps": [[start, end]], "sentences": [text]}}`.

    One window a query. The file is a single line, so messages name the video and the sentence.

    Args:
        annotations: The JSON file.
        videos: Folder of the video files, `v_ID.mp4`.
    """

    FILES: ClassVar[frozenset[str]] = frozenset({"annotations"})
    RUNTIME: ClassVar[frozenset[str]] = frozenset({"videos"})

    def __init__(self, annotations: str, videos: str) -> None:
        self.annotations = text("benchmark.annotations", annotations)
        self.videos = text("benchmark.videos", videos)

    def queries(self) -> list[Query]:
        """All queries, in the order of the file.

        Raises:
            SourceError: The file can't be read, or an entry makes no sense; the message names
                file, video and sentence.
        """
        path = Path(self.annotations)
        found = Collector()
        for video, entry in parsed_json(str(path), read_text(path)).items():
            add_video(found, f"{path}: {video}", video, entry)
        return found.done()


def add_video(found: Collector, where: str, video: str, entry: Any) -> None:
    """Add the queries of one video.

    Raises:
        MalformedEntryError: The entry makes no sense.
    """
    if not isinstance(entry, dict):
        raise MalformedEntryError(f"{where}: must be a JSON object, got {type(entry).__name__}")
    duration, moments, sentences = (
        field(where, entry, name) for name in ("duration", "timestamps", "sentences")
    )
    for name, value in (("timestamps", moments), ("sentences", sentences)):
        if not isinstance(value, list):
            raise MalformedEntryError(f"{where}: {name} must be a list, got {value!r}")
    if len(moments) != len(sentences):
        raise MalformedEntryError(
            f"{where}: {len(moments)} timestamps for {len(sentences)} sentences"
        )
    for i, (moment, sentence) in enumerate(zip(moments, sentences, strict=True)):
        found.add(f"{where}: sentence {i}", video, duration, sentence, [moment])
