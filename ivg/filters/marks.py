"""The file that a reviewer saves in the page of `ivg report`: a mark a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivg.dataset import json_lines
from ivg.errors import DatasetError
from ivg.ranges import is_finite

MARKS = ("keep", "reject", "edit")
TEXTS = ("video_id", "caption", "mark")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reviewer says of one caption.

    Attributes:
        video_id: Of the video, by content.
        start_sec: Of the caption, as `videos.jsonl` has it, seconds.
        end_sec: Its end.
        caption: Its text before any edit.
        mark: `keep`, `reject` or `edit`, which keeps it with another text.
        text: That text; empty for the other marks.
    """

    video_id: str
    start_sec: float
    end_sec: float
    caption: str
    mark: str
    text: str = ""


def read_marks(path: Path) -> list[Mark]:
    """The marks of a file; the same mark may be there several times.

    Raises:
        DatasetError: It can't be read, a line is no mark, or two marks of a caption differ; the
            message names file and line.
    """
    seen: dict[tuple[str, float, float, str], tuple[str, Mark]] = {}
    for where, row in json_lines(path):
        mark = as_mark(where, row)
        key = (mark.video_id, mark.start_sec, mark.end_sec, mark.caption)
        before, other = seen.setdefault(key, (where, mark))
        if other != mark:
            raise DatasetError(f"{where}: {before} marks the same caption as {other.mark!r}")
    return [mark for _, mark in seen.values()]


def as_mark(where: str, row: Mapping[str, Any]) -> Mark:
    """A checked mark.

    Raises:
        DatasetError: A value is missing or of another kind.
    """
    texts = {name: row.get(name) for name in TEXTS}
    for name, value in texts.items():
        if not isinstance(value, str) or not value:
            raise DatasetError(f"{where}: {name} must be a text, got {value!r}")
    if texts["mark"] not in MARKS:
        raise DatasetError(f"{where}: mark must be one of {', '.join(MARKS)}: {texts['mark']!r}")
    start, end = seconds(where, row)
    return Mark(str(texts["video_id"]), start, end, str(texts["caption"]), *edited(where, row))


def edited(where: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """The mark, and the text of an edit.

    Raises:
        DatasetError: An edit has none.
    """
    if row["mark"] != "edit":
        return str(row["mark"]), ""
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise DatasetError(f"{where}: an edit needs a text, got {text!r}")
    return "edit", " ".join(text.split())


def seconds(where: str, row: Mapping[str, Any]) -> Iterator[float]:
    """Start and end.

    Raises:
        DatasetError: One is no number.
    """
    for name in ("start_sec", "end_sec"):
        value = row.get(name)
        if not is_finite(value):
            raise DatasetError(f"{where}: {name} must be seconds, got {value!r}")
        yield float(value)
