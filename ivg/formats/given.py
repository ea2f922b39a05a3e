"""What `ivg import` reads: captions with their times, whichever format said them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ivg.errors import MalformedEntryError, SourceError
from ivg.formats.moment import split_of
from ivg.quality.benchmarks.benchmark import number
from ivg.quality.benchmarks.files import field as field_of
from ivg.quality.benchmarks.files import numbered_lines, read_text

NO_SCENES: Mapping[str, int | None] = {
    "start_scene": None,
    "end_scene": None,
    "neg_start_scene": None,
    "neg_end_scene": None,
}


@dataclass(frozen=True, slots=True)
class Given:
    """One caption as a file gives it.

    Attributes:
        where: File and place, for messages.
        video: File name of the video, or its id where `named` is false.
        start_sec: Start of what the caption describes, seconds of the video.
        end_sec: Its end.
        caption: The sentence.
        duration: Of the video, seconds; None: the file does not say.
        span: The negative span; None: the file does not say.
        scenes: The four numbers of scenes, null where the file does not say.
        named: Whether `video` is a file name.
    """

    where: str
    video: str
    start_sec: float
    end_sec: float
    caption: str
    duration: float | None = None
    span: tuple[float, float] | None = None
    scenes: Mapping[str, int | None] = field(default_factory=lambda: dict(NO_SCENES))
    named: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """An entry that makes no sense: `where` is file and place."""

    where: str
    why: str


Entry: TypeAlias = Given | Bad


@runtime_checkable
class Readable(Protocol):
    """A format that can be read back."""

    lost: str
    """What the format does not hold, one sentence; told after an import."""

    def read(self, path: Path) -> Iterator[Entry]:
        """Every caption of a file, and every entry that makes no sense.

        Raises:
            SourceError: The file can't be read at all.
        """
        ...


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """`file:line` (without folders) and the line, of all lines that are not blank.

    Raises:
        SourceError: The file can't be read.
    """
    for where, line in numbered_lines(path):
        yield f"{path.name}:{where.rpartition(':')[2]}", line


def objects_of(path: Path) -> Iterator[tuple[str, dict[str, Any]] | Bad]:
    """The objects of a JSONL file with their places, and lines that are none.

    Raises:
        SourceError: The file can't be read.
    """
    for where, line in lines_of(path):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Bad(where, f"not JSON: {error}")
            continue
        yield (where, row) if isinstance(row, dict) else Bad(where, "no JSON object")


def json_of(path: Path, kind: type[Any]) -> Any:
    """A JSON file that holds one list or object.

    Raises:
        SourceError: It can't be read, is no JSON, or holds something else.
    """
    try:
        found = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise SourceError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not JSON: {error}") from error
    if not isinstance(found, kind):
        raise SourceError(f"{path}: holds no JSON {'list' if kind is list else 'object'}")
    return found


def text_of(where: str, row: Mapping[str, Any], name: str) -> str:
    """A field that is a text with a letter.

    Raises:
        MalformedEntryError: It is none.
    """
    value = field_of(where, dict(row), name)
    if not isinstance(value, str) or not value.strip():
        raise MalformedEntryError(f"{where}: {name} must be a text, got {value!r}")
    return value


def seconds_of(where: str, row: Mapping[str, Any], name: str) -> float:
    """A field that is a finite number.

    Raises:
        MalformedEntryError: It is none.
    """
    return number(where, name, field_of(where, dict(row), name))


def bad(where: str, error: Exception) -> Bad:
    """An entry whose parsing failed."""
    return Bad(where, str(error).removeprefix(f"{where}: "))


def unwindowed(given: Given, window: str) -> Entry:
    """A caption in a window, in the times of the video."""
    if window == "video":
        return given
    found = split_of(given.video)
    if found is None:
        return Bad(given.where, f"{given.video!r} is no ID_START_END (format.window=span)")
    name, first, last = found
    start, end = (round(first + time, 6) for time in (given.start_sec, given.end_sec))
    return Given(given.where, name, start, end, given.caption, None, (first, last))
