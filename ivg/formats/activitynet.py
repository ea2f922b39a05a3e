"""ActivityNet Captions (Krishna et al. 2017): `{ID: {duration, timestamps, sentences}}`.

Source: cs.stanford.edu/people/ranjaykrishna/densevid, `train.json`, `val_1.json`, `val_2.json`;
read for example by `data_preparing/anetc.py` of yellow-binary-tree/HawkEye. Fields of each video:
`duration` (seconds), `timestamps` (a list of `[start, end]`) and `sentences` (a list as long). ID
is the file name without its extension; ActivityNet's own begin with `v_`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ivg.errors import MalformedEntryError
from ivg.formats.books import Row
from ivg.formats.given import Entry, Given, bad, json_of, seconds_of, text_of, unwindowed
from ivg.formats.layout import json_object
from ivg.formats.moment import Moment, moment, window_of
from ivg.formats.part import Part
from ivg.formats.words import spoken
from ivg.quality.benchmarks.benchmark import pairs_of


class ActivityNet:
    """The rows of a video, or of a span, together; one window a sentence."""

    lost = (
        "the negative span (imported as the whole video), file extensions, and the numbers of "
        "scenes; with format.window=span the video's duration (give durations=FILE or "
        "videos=FOLDER) but not the span"
    )

    def __init__(self, window: str = "video") -> None:
        """Check the value.

        Args:
            window: What a model is shown: the `video`, or the negative `span` as `ID_START_END`.

        Raises:
            ConfigError: It is neither; the message names `format.window`.
        """
        self.window = window_of(window)

    def write(self, part: Part) -> None:
        """`PART.json`."""
        json_object(part.file(".json"), self.entries(part))

    def entries(self, part: Part) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each video, or each span, with its sentences."""
        for _, rows in part.by_video():
            windows: dict[str, dict[str, Any]] = {}
            for row in rows:
                for seen in part.held([row], partial(self.moment, row, part)):
                    add(windows, seen)
            yield from windows.items()

    def moment(self, row: Row, part: Part) -> Moment:
        """A row in its window.

        Raises:
            CannotHoldError: Its caption is empty.
        """
        spoken(row["caption"])
        return moment(row, self.window, part.ids)

    def read(self, path: Path) -> Iterator[Entry]:
        """Every sentence."""
        for video, entry in json_of(path, dict).items():
            where = f"{path.name}: {video}"
            try:
                yield from self.sentences(where, video, entry)
            except MalformedEntryError as error:
                yield bad(where, error)

    def sentences(self, where: str, video: str, entry: Any) -> Iterator[Entry]:
        """The sentences of one video.

        Raises:
            MalformedEntryError: The lists don't fit, or are none.
        """
        if not isinstance(entry, dict):
            raise MalformedEntryError(f"{where}: must be a JSON object")
        duration = seconds_of(where, entry, "duration")
        moments, sentences = entry.get("timestamps"), entry.get("sentences")
        if not isinstance(moments, list) or not isinstance(sentences, list):
            raise MalformedEntryError(f"{where}: timestamps and sentences must be lists")
        if len(moments) != len(sentences):
            raise MalformedEntryError(
                f"{where}: {len(moments)} timestamps for {len(sentences)} sentences"
            )
        for i, (times, said) in enumerate(zip(moments, sentences, strict=True)):
            yield self.given(f"{where}: sentence {i}", video, duration, times, said)

    def given(self, where: str, video: str, duration: float, times: Any, said: Any) -> Entry:
        """One sentence."""
        try:
            ((start, end),) = pairs_of(where, [times])
            caption = text_of(where, {"sentence": said}, "sentence")
        except MalformedEntryError as error:
            return bad(where, error)
        return unwindowed(Given(where, video, start, end, caption, duration), self.window)


def add(windows: dict[str, dict[str, Any]], seen: Moment) -> None:
    """Add a sentence to its window."""
    empty: dict[str, Any] = {"duration": seen.duration, "timestamps": [], "sentences": []}
    entry = windows.setdefault(seen.id, empty)
    entry["timestamps"].append([seen.start_sec, seen.end_sec])
    entry["sentences"].append(seen.caption)
