"""OpenTimelineIO: a timeline a video, for editors; written by the library opentimelineio.

Source: opentimelineio.readthedocs.io, schemas Timeline, Track, Clip, Gap, Marker. The video track
`segments` holds a clip a segment (time without one is a gap), the track `scenes` a clip a scene;
each refers to the video by its name. A caption is a marker of the timeline's stack over its
segment's times; its metadata `ivg` hold the row, the negative span and exact seconds among it.
Scenes and segments come from `videos.jsonl`. Names that are no plain file names are
percent-encoded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ivg.dataset import json_lines
from ivg.errors import DatasetError, MissingDependencyError
from ivg.formats.books import Row
from ivg.formats.names import safe_name
from ivg.formats.part import Part
from ivg.ranges import number_within
from ivg.shown import shown
from ivg.stages.lineage import VIDEOS

if TYPE_CHECKING:
    import opentimelineio as otio

MILLISECONDS = 1000.0
HIGHEST_RATE = 1e6


class Otio:
    """Times are whole units of `rate`, as editors want them; the metadata are exact."""

    def __init__(self, rate: float | None = None) -> None:
        """Check the value.

        Args:
            rate: Units a second; None: the frame rate of the video, or 1000 where it is not known.

        Raises:
            ConfigError: It is not above 0; the message names `format.rate`.
        """
        self.rate = None if rate is None else number_within("format.rate", rate, 1, HIGHEST_RATE)

    def write(self, part: Part) -> None:
        """`VIDEO.otio` of each video; of a release in a folder a split.

        Raises:
            MissingDependencyError: opentimelineio is not installed.
            DatasetError: `videos.jsonl` is missing, broken or does not know a video.
        """
        try:
            from opentimelineio.adapters import write_to_string
        except ImportError as error:
            raise MissingDependencyError("format=otio needs: pip install 'ivg[formats]'") from error
        known = KnownVideos(part.dataset.folder / VIDEOS)
        for video, rows in part.by_video():
            timeline = self.timeline(known.of(video), rows)
            part.books.written += len(rows)
            path = part.room() / f"{safe_name(part.ids.of(video))}.otio"
            path.write_text(write_to_string(timeline, "otio_json") + "\n", encoding="utf-8")

    def timeline(self, known: Row, rows: Sequence[Row]) -> otio.schema.Timeline:
        """One video."""
        import opentimelineio as otio

        rate = self.rate or known["fps"] or MILLISECONDS
        name = valid(known["video"])
        found = otio.schema.Timeline(name=name)
        found.metadata["ivg"] = {"duration": known["duration"], "video": name}
        for kind in ("segments", "scenes"):
            found.tracks.append(track(kind, known, rate))
        found.tracks.markers.extend(marker(row, rate) for row in rows)
        return found


class KnownVideos:
    """`videos.jsonl` by name, without holding it."""

    def __init__(self, path: Path) -> None:
        """Note where each line begins.

        Raises:
            DatasetError: The file can't be read.
        """
        self.path = path
        self._places: dict[str, int] = {}
        place = 0
        for (_, row), size in zip(json_lines(path), line_sizes(path), strict=True):
            self._places[str(row.get("video"))] = place
            place += size

    def of(self, video: str) -> Row:
        """What is known of a video.

        Raises:
            DatasetError: Nothing is.
        """
        if video not in self._places:
            raise DatasetError(f"{self.path} does not know {shown(video)}")
        with self.path.open("rb") as file:
            file.seek(self._places[video])
            return dict(json.loads(file.readline()))


def line_sizes(path: Path) -> Iterator[int]:
    """Bytes of each line."""
    with path.open("rb") as file:
        yield from map(len, file)


def track(kind: str, known: Row, rate: float) -> otio.schema.Track:
    """The clips of one kind, with gaps between."""
    import opentimelineio as otio

    found = otio.schema.Track(name=kind, kind=otio.schema.TrackKind.Video)
    here = 0
    for number, (start, end, *_) in enumerate(known[kind]):
        first, last = round(start * rate), round(end * rate)
        if first > here:
            found.append(otio.schema.Gap(source_range=stretch(here, first, rate)))
        found.append(clip(f"{kind[:-1]} {number}", known, stretch(first, last, rate), rate))
        here = last
    return found


def clip(
    name: str, known: Row, shown_part: otio.opentime.TimeRange, rate: float
) -> otio.schema.Clip:
    """A part of the video, referred to by its name."""
    import opentimelineio as otio

    whole = stretch(0, round(known["duration"] * rate), rate)
    url = quote(known["video"], errors="surrogatepass")
    reference = otio.schema.ExternalReference(target_url=url, available_range=whole)
    return otio.schema.Clip(name=name, media_reference=reference, source_range=shown_part)


def marker(row: Row, rate: float) -> otio.schema.Marker:
    """A row over its segment's times."""
    import opentimelineio as otio

    first, last = round(row["start_sec"] * rate), round(row["end_sec"] * rate)
    return otio.schema.Marker(
        name=valid(row["caption"]),
        marked_range=stretch(first, last, rate),
        color=otio.schema.MarkerColor.GREEN,
        metadata={"ivg": {name: valid(value) for name, value in row.items()}},
    )


def stretch(first: int, last: int, rate: float) -> otio.opentime.TimeRange:
    """From one unit to another."""
    import opentimelineio as otio

    start, length = (otio.opentime.RationalTime(units, rate) for units in (first, last - first))
    return otio.opentime.TimeRange(start, length)


def valid(value: Any) -> Any:
    """A text in valid Unicode, as the library's C++ wants it; anything else as it is."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode()
