"""Charades-STA (Gao et al. 2017): a line `VIDEO START END##SENTENCE` a row, durations beside it.

Source: jiyanggao/TALL, `charades_sta_train.txt` and `charades_sta_test.txt`; read for example by
`data_preparing/charades.py` of yellow-binary-tree/HawkEye (one `##`, three words before it; lengths
from `video_lengths.json`, `{id: seconds}`), and by most others with the lengths of Charades' own
`Charades_v1_test.csv` (columns `id` and `length`). VIDEO is the file name without its extension.

The line's syntax can't hold everything. White space in a caption, line breaks too, is written as
single spaces (counted as cleaned). Left out, and counted, are captions with `##` in them, videos
with white space or `##` in their id, and what is not valid Unicode.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from ivg.errors import MalformedEntryError
from ivg.formats.books import CannotHoldError, Row
from ivg.formats.given import Bad, Entry, Given, bad, lines_of, unwindowed
from ivg.formats.layout import json_object, write
from ivg.formats.moment import moment, window_of
from ivg.formats.part import Part
from ivg.formats.words import one_line, spoken
from ivg.quality.benchmarks.benchmark import number
from ivg.quality.benchmarks.charades_sta import LINE
from ivg.ranges import one_of

BAD_ID = re.compile(r"\s|##|#$")
DURATIONS = ("csv", "json", "none")


class CharadesSta:
    """One window a line."""

    lost = (
        "the negative span (imported as the whole video, as HawkEye takes Charades-STA), file "
        "extensions, the video's duration (give durations=FILE or videos=FOLDER), and the numbers "
        "of scenes"
    )

    def __init__(self, window: str = "video", durations: str = "csv") -> None:
        """Check the values.

        Args:
            window: What a model is shown: the `video`, or the negative `span` as `ID_START_END`.
            durations: Written beside it as `csv` (columns `id` and `length`) or `json`; or `none`.

        Raises:
            ConfigError: A value can't be used; the message names `format.<key>`.
        """
        self.window = window_of(window)
        self.durations = one_of("format.durations", durations, DURATIONS)

    def write(self, part: Part) -> None:
        """`PART.txt`, and `PART_durations.csv` or `.json`."""
        lengths: dict[str, float] = {}
        write(part.file(".txt"), part.entries(lambda row: self.line(row, part, lengths)))
        if self.durations == "json":
            json_object(part.file("_durations.json"), lengths.items())
        elif self.durations == "csv":
            write_lengths(part.file("_durations.csv"), lengths)

    def line(self, row: Row, part: Part, lengths: dict[str, float]) -> bytes:
        """One row; the length of its window is noted.

        Raises:
            CannotHoldError: A line can't say it.
        """
        seen = moment(row, self.window, part.ids)
        caption = one_line(spoken(seen.caption))
        refuse(seen.id, caption)
        try:
            line = f"{seen.id} {seen.start_sec} {seen.end_sec}##{caption}\n".encode()
        except UnicodeEncodeError as error:
            raise CannotHoldError("the caption or the id is not valid Unicode") from error
        part.books.cleaned += caption != seen.caption
        lengths[seen.id] = seen.duration
        return line

    def read(self, path: Path) -> Iterator[Entry]:
        """Every line; of windows with a span in their name if `window` is `span`."""
        for where, line in lines_of(path):
            found = LINE.fullmatch(line)
            if found is None:
                yield Bad(where, f"not VIDEO START END##SENTENCE: {line[:80]!r}")
            else:
                yield self.given(where, found)

    def given(self, where: str, line: re.Match[str]) -> Entry:
        """One line."""
        try:
            start, end = (number(where, name, line[name]) for name in ("start", "end"))
        except MalformedEntryError as error:
            return bad(where, error)
        caption = line["text"].strip()
        if not caption:
            return Bad(where, "the sentence is empty")
        return unwindowed(Given(where, line["video"], start, end, caption), self.window)


def refuse(name: str, caption: str) -> None:
    """Raise for what the line's syntax can't hold.

    Raises:
        CannotHoldError: The reason.
    """
    if "##" in caption:
        raise CannotHoldError("the caption holds '##'")
    if BAD_ID.search(name):
        raise CannotHoldError("the video's id holds white space or '##'")


def write_lengths(path: Path, lengths: dict[str, float]) -> None:
    """`id,length` as in Charades' own CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("id", "length"))
        rows.writerows(lengths.items())
