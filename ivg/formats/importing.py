"""`ivg import`: captions with times from another format, to go on with.

The folder holds `final_dataset.jsonl`, which `ivg export` reads as a run's (`ivg report` wants more
than captions: build with them first), with `captions.jsonl` and `durations.json` as
`source=internvid_g` reads them. With `scenes=RUN` the
scenes and similarities of a run (or of any InternVid-G working folder) on the same videos are
added: then `ivg build source=internvid_g source.dir=FOLDER` finds the captions new negative spans.

What a format does not say is not made up: numbers of scenes are null. A missing span is the whole
video, which claims that the caption is true of nothing else in it (HawkEye takes Charades-STA so);
build anew with scenes to have spans that were verified.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ivg.dataset import Row
from ivg.errors import SourceError
from ivg.formats.folder import export_folder, say, write_json
from ivg.formats.given import Bad, Given, Readable
from ivg.formats.known import Known, known_videos
from ivg.formats.layout import json_lines
from ivg.published.rows import caption_rows
from ivg.records import Caption
from ivg.shown import shown
from ivg.sources.internvid_g import CAPTIONS, DURATIONS
from ivg.stages.export import FINAL

log = logging.getLogger(__name__)

IMPORT = "import.json"
"""The books of an import, in its folder."""
LEFT_OUT = "left_out.jsonl"
N_TOLD = 10
SLACK_SECS = 0.001


class Settings(Protocol):
    """What an import is told; see `ivg.formats.command`."""

    format: str
    scenes: str | None
    videos: str | None
    durations: str | None
    suffix: str


@dataclass
class Imported:
    """The rows of an import and its books."""

    rows: list[Row] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    clamped: int = 0

    def add(self, given: Given, known: Known) -> None:
        """Take a caption, or note why not."""
        made = row_of(given, known)
        if isinstance(made, Bad):
            self.bad.append(made)
            return
        self.clamped += made["end_sec"] != given.end_sec
        self.rows.append(made)


def import_file(file: Path, made: Readable, out: Path, settings: Settings) -> Imported:
    """Read a file and write the folder, whole or not at all.

    Raises:
        SourceError: The file can't be read, or no caption of it can be used.
        ConfigError: A setting can't be used.
    """
    found, known = Imported(), known_videos(settings)
    for entry in made.read(file):
        if isinstance(entry, Bad):
            found.bad.append(entry)
        else:
            found.add(entry, known)
    tell_bad(found.bad)
    if not found.rows:
        raise SourceError(f"{file}: none of {len(found.bad)} entries can be used")
    found.rows.sort(key=order)
    with export_folder(out) as folder:
        write_folder(folder, found, known)
        write_json(folder / IMPORT, books(found, settings.format))
    tell(found, made, out, known)
    return found


def order(row: Row) -> tuple[str, float, float, str]:
    """As rows of a dataset are sorted."""
    return row["video"], row["start_sec"], row["end_sec"], row["caption"]


def row_of(given: Given, known: Known) -> Row | Bad:
    """A caption as a row of a dataset, or why it can't be one."""
    if not given.named and (why := known.why_unclear(given.video)):
        return Bad(given.where, why)
    video = given.video if given.named else known.name_of(given.video)
    duration = known.duration_of(video, given.duration)
    if why := known.why_not(video):
        return Bad(given.where, why)
    if duration is None:
        return Bad(given.where, f"{video}: no duration; give durations=FILE or videos=FOLDER")
    if why := why_not(given, duration):
        return Bad(given.where, why)
    start, end = given.start_sec, min(given.end_sec, duration)
    first, last = given.span or (0.0, duration)
    return {
        "video": video,
        "duration": duration,
        "start_sec": start,
        "end_sec": end,
        "neg_start_sec": first,
        "neg_end_sec": min(last, duration),
        "caption": given.caption,
        **given.scenes,
    }


def why_not(given: Given, duration: float) -> str | None:
    """What is wrong with the times of a caption."""
    if not 0 <= given.start_sec < min(given.end_sec, duration):
        times = f"{given.start_sec} to {given.end_sec} s"
        return f"{times} is no stretch of a video of {duration} s"
    first, last = given.span or (0.0, duration)
    if not 0 <= first <= given.start_sec or last < min(given.end_sec, duration) - SLACK_SECS:
        return f"the span {first} to {last} s does not hold the segment"
    return None


def write_folder(folder: Path, found: Imported, known: Known) -> None:
    """All files but the books."""
    json_lines(folder / FINAL, found.rows)
    json_lines(folder / CAPTIONS, captions(found.rows))
    write_json(folder / DURATIONS, {row["video"]: row["duration"] for row in found.rows})
    json_lines(folder / LEFT_OUT, map(asdict, found.bad))
    known.write_scenes(folder, {row["video"] for row in found.rows})


def captions(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """`captions.jsonl`: a line a segment."""
    by_video: dict[str, list[Caption]] = {}
    for row in rows:
        said = Caption(row["start_sec"], row["end_sec"], row["caption"])
        by_video.setdefault(row["video"], []).append(said)
    for video, those in by_video.items():
        yield from caption_rows(video, those, None)


def books(found: Imported, name: str) -> dict[str, Any]:
    """What `import.json` says."""
    return {
        "format": name,
        "entries": len(found.rows) + len(found.bad),
        "rows": len(found.rows),
        "clamped": found.clamped,
        "left_out": len(found.bad),
    }


def tell_bad(bad: Sequence[Bad]) -> None:
    """Name the first entries that can't be used."""
    for entry in bad[:N_TOLD]:
        log.warning("%s: %s", shown(entry.where), shown(entry.why))
    if len(bad) > N_TOLD:
        log.warning("and %d more, all in %s", len(bad) - N_TOLD, LEFT_OUT)


def tell(found: Imported, made: Readable, out: Path, known: Known) -> None:
    """Say what was read and how to go on."""
    if found.clamped:
        log.warning("%d segments ended after their video and were cut to it", found.clamped)
    total = len(found.rows) + len(found.bad)
    say(f"{len(found.rows)} of {total} entries in {out}")
    say(f"not in this format: {made.lost}")
    if known.has_scenes:
        say(f"for verified spans: ivg build source=internvid_g source.dir='{out}'")
