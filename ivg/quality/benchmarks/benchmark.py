"""What every benchmark gives: queries, each with its video and its true windows."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ivg.errors import MalformedEntryError

log = logging.getLogger(__name__)

Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Query:
    """One question: when in this video does it happen?

    Attributes:
        video: The benchmark's id of the video: its file name without the extension.
        duration: Length of the video, seconds, > 0; None: the files don't say, the video does.
        text: The sentence.
        windows: True windows in seconds, at least one, 0 <= start < end <= duration.
    """

    video: str
    duration: float | None
    text: str
    windows: tuple[Window, ...]


class Benchmark(Protocol):
    """Queries about video files; built cheaply, files are opened by `queries`.

    Attributes:
        videos: Folder of the files, each called by its id.
    """

    videos: str

    def queries(self) -> list[Query]:
        """All queries, in the order of the file.

        Raises:
            SourceError: A file can't be read, or an entry of it makes no sense; the message names
                file and place.
        """
        ...


class Collector:
    """Gathers queries; keeps count of those that no evaluator could use.

    The published files hold windows that end after their video, or before they start. As usual
    (2D-TAN, lighthouse) ends are clamped to the video and windows without length left out.
    """

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self.left_out: list[str] = []

    def add(self, where: str, video: Any, duration: Any, text: Any, windows: Any) -> None:
        """Add a query, or note that none of its windows has a length.

        Args:
            where: File and place, for messages.
            video: Id; not empty.
            duration: Seconds, or None where nothing is said of it.
            text: Sentence; white space around it is taken off.
            windows: Pairs of seconds.

        Raises:
            MalformedEntryError: A value is missing or of another kind.
        """
        seconds = None if duration is None else number(where, "duration", duration)
        if seconds is not None and seconds <= 0:
            raise MalformedEntryError(f"{where}: duration must be above 0, got {duration!r}")
        pairs = clamped(pairs_of(where, windows), seconds)
        query = Query(words(where, "video", video), seconds, words(where, "text", text), pairs)
        if pairs:
            self.queries.append(query)
        else:
            self.left_out.append(where)

    def done(self) -> list[Query]:
        """The queries; how many were left out is logged."""
        if self.left_out:
            total = len(self.queries) + len(self.left_out)
            log.warning(
                "%d of %d queries have no window of positive length inside their video and are "
                "left out, the first at %s",
                len(self.left_out),
                total,
                self.left_out[0],
            )
        return self.queries


def clamped(windows: Iterable[Window], duration: float | None) -> tuple[Window, ...]:
    """The windows inside [0, duration], without those that have no length then."""
    last = math.inf if duration is None else duration
    inside = ((max(start, 0.0), min(end, last)) for start, end in windows)
    return tuple((start, end) for start, end in inside if start < end)


def number(where: str, name: str, value: Any) -> float:
    """A finite number, or a text that is one.

    Raises:
        MalformedEntryError: It is none.
    """
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise MalformedEntryError(f"{where}: {name} must be a number, got {value!r}")
    return found


def words(where: str, name: str, value: Any) -> str:
    """A text that is not empty, stripped.

    Raises:
        MalformedEntryError: It is none.
    """
    if not isinstance(value, str) or not value.strip():
        raise MalformedEntryError(f"{where}: {name} must be a text, got {value!r}")
    return value.strip()


def pairs_of(where: str, windows: Any) -> list[Window]:
    """A list of pairs of numbers.

    Raises:
        MalformedEntryError: It is none, or empty.
    """
    if not isinstance(windows, list | tuple) or not windows:
        raise MalformedEntryError(f"{where}: windows must be a list of pairs, got {windows!r}")
    for pair in windows:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise MalformedEntryError(f"{where}: a window is a pair of seconds, got {pair!r}")
    return [(number(where, "start", start), number(where, "end", end)) for start, end in windows]
