"""What a model is shown of a row: the whole video, or the negative span as a video of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from ivg.formats.names import Ids, suffix
from ivg.published.lines import rounded
from ivg.ranges import one_of

Window = Literal["video", "span"]
DECIMALS = 6
"""Of times after the start of a span: the difference of two times is noisy beyond."""
SPAN_ID = re.compile(r"(?P<id>.+)_(?P<start>\d+(?:\.\d+)?)_(?P<end>\d+(?:\.\d+)?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Moment:
    """A row as seen in its window.

    Attributes:
        id: Of the window: the video's id, or `ID_START_END` as QVHighlights names its cuts.
        file: The file that holds it: the id of the window and the video's extension.
        duration: Length of the window, seconds.
        start_sec: Start of the segment, seconds after the start of the window.
        end_sec: Its end.
        caption: The row's.
        split: Start and end of the window in the video; None: the whole video.
    """

    id: str
    file: str
    duration: float
    start_sec: float
    end_sec: float
    caption: str
    split: tuple[float, float] | None


def window_of(value: str) -> Window:
    """Check the config value.

    Raises:
        ConfigError: It is neither.
    """
    return one_of("format.window", value, get_args(Window))  # type: ignore[return-value]


def moment(row: dict[str, Any], window: Window, ids: Ids) -> Moment:
    """A row as seen in its window.

    Raises:
        DatasetError: Two videos would have the same id.
    """
    name, start, end = ids.of(row["video"]), row["start_sec"], row["end_sec"]
    if window == "video":
        return Moment(name, row["video"], row["duration"], start, end, row["caption"], None)
    first, last = row["neg_start_sec"], row["neg_end_sec"]
    name = cut_id(name, first, last)
    length, start, end = (rounded(time - first, DECIMALS) for time in (last, start, end))
    file = name + suffix(row["video"])
    return Moment(name, file, length, start, end, row["caption"], (first, last))


def cut_id(video_id: str, first: float, last: float) -> str:
    """`ID_START_END`: what a stretch of a video is called."""
    return f"{video_id}_{positional(first)}_{positional(last)}"


def positional(seconds: float) -> str:
    """A number as it is written, never with an exponent."""
    return format(Decimal(repr(seconds)), "f")


def split_of(name: str) -> tuple[str, float, float] | None:
    """Video, start and end of `ID_START_END`; None where a name is none."""
    found = SPAN_ID.fullmatch(name)
    return (found["id"], float(found["start"]), float(found["end"])) if found else None
