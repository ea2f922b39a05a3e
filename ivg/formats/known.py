"""What is known of videos beside a file that is imported: names, durations, scenes."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivg.dataset import json_lines as read_json_lines
from ivg.errors import ConfigError, MalformedEntryError, SourceError, VideoError
from ivg.formats.given import json_of
from ivg.formats.layout import json_lines
from ivg.formats.names import stem
from ivg.formats.videos import files_in
from ivg.published.reader import read_durations, read_lines
from ivg.quality.benchmarks.benchmark import number
from ivg.quality.benchmarks.files import csv_column
from ivg.sources.internvid_g import DURATIONS, SCENES, SIMILARITY
from ivg.stages.lineage import VIDEOS

if TYPE_CHECKING:
    from ivg.formats.importing import Settings

log = logging.getLogger(__name__)


@dataclass
class Known:
    """Videos by name.

    Attributes:
        suffix: Ends the names of videos of which only the id is known.
        durations: Seconds by name or id.
        files: Video files by name.
        scenes: A folder of scenes and similarities; None: there are none.
        names: Of its videos.
    """

    suffix: str
    durations: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    scenes: Path | None = None
    names: frozenset[str] = frozenset()
    _by_stem: dict[str, list[str]] = field(default_factory=dict)
    _probed: dict[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the names by id."""
        for name in sorted({*self.files, *self.names}):
            self._by_stem.setdefault(stem(name), []).append(name)

    @property
    def has_scenes(self) -> bool:
        """Whether a build can go on with what is written."""
        return self.scenes is not None

    def name_of(self, video: str) -> str:
        """The file name of an id: the one that is known, or with the suffix."""
        known = self.named(video)
        return known[0] if len(known) == 1 else video + self.suffix

    def named(self, video: str) -> list[str]:
        """All file names of an id; those with scenes, where there are any."""
        known = self._by_stem.get(video, [])
        return [name for name in known if name in self.names] or known

    def why_unclear(self, video: str) -> str | None:
        """Why nobody can say which file an id means."""
        known = self.named(video)
        return f"{video!r} may be {' or '.join(map(repr, known))}" if len(known) > 1 else None

    def duration_of(self, video: str, told: float | None) -> float | None:
        """Seconds: as the user says, else as the file says, else as the video says."""
        own = self.durations.get(video, self.durations.get(stem(video), told))
        return self._probe(video) if own is None else own

    def why_not(self, video: str) -> str | None:
        """Why nothing can be done with a video."""
        if self.scenes is not None and video not in self.names:
            return f"{self.scenes / SCENES} has no scenes of {video!r}"
        return None

    def write_scenes(self, folder: Path, videos: set[str]) -> None:
        """Copy what is known of the scenes of some videos.

        Raises:
            SourceError: A file can't be read.
        """
        if self.scenes is None:
            return
        for name in (SCENES, SIMILARITY):
            lines = read_lines(self.scenes / name)
            json_lines(folder / name, (line.row for line in lines if line.video in videos))

    def _probe(self, video: str) -> float | None:
        if video not in self._probed:
            path = self.files.get(video)
            self._probed[video] = None if path is None else length_of(path)
        return self._probed[video]


def length_of(path: Path) -> float | None:
    """Seconds that the header of a video promises; None where it can't be read."""
    from ivg.video.probe import probe_apart

    try:
        header = probe_apart(path)
    except VideoError as error:
        log.warning("%s", error)
        return None
    return header.duration or header.whole or None


def known_videos(settings: Settings) -> Known:
    """Read what the settings name; nothing of it is opened before it is needed.

    Raises:
        SourceError: A file or folder can't be read.
        ConfigError: A setting can't be used.
    """
    durations: dict[str, float] = {}
    names: frozenset[str] = frozenset()
    scenes = Path(settings.scenes).expanduser() if settings.scenes else None
    if scenes is not None:
        names = frozenset(line.video for line in read_lines(scenes / SCENES) if not line.error)
        durations |= durations_beside(scenes)
    if settings.durations:
        durations |= durations_in(Path(settings.durations).expanduser())
    looked_for = {*names, f"any{settings.suffix}"}
    files = files_in(settings.videos, looked_for) if settings.videos else {}
    return Known(settings.suffix, durations, files, scenes, names)


def durations_beside(scenes: Path) -> dict[str, float]:
    """Durations that a folder of scenes holds: a working folder's, or a run's.

    Raises:
        SourceError: It holds neither.
    """
    if (scenes / DURATIONS).is_file():
        return seconds(str(scenes / DURATIONS), read_durations(scenes / DURATIONS))
    if (scenes / VIDEOS).is_file():
        rows = (row for _, row in read_json_lines(scenes / VIDEOS))
        return seconds(str(scenes / VIDEOS), {str(r.get("video")): r.get("duration") for r in rows})
    raise SourceError(f"scenes={scenes} holds neither {DURATIONS} nor {VIDEOS}")


def durations_in(path: Path) -> dict[str, float]:
    """A CSV with the columns `id` and `length`, or a JSON object.

    Raises:
        SourceError: It can't be read.
        MalformedEntryError: A length is no number above 0.
        ConfigError: It is neither.
    """
    if path.suffix == ".csv":
        try:
            column = csv_column(path, "id", "length")
        except csv.Error as error:
            raise SourceError(f"{path}: {error}") from error
        return {name: length(where, "length", value) for name, (where, value) in column.items()}
    if path.suffix == ".json":
        return seconds(str(path), json_of(path, dict))
    raise ConfigError(f"durations={path} must be a .csv (id,length) or a .json ({{id: seconds}})")


def seconds(where: str, values: Mapping[str, Any]) -> dict[str, float]:
    """Checked numbers above 0.

    Raises:
        MalformedEntryError: One is none.
    """
    return {name: length(f"{where}: {name}", "duration", value) for name, value in values.items()}


def length(where: str, name: str, value: Any) -> float:
    """A checked number above 0.

    Raises:
        MalformedEntryError: It is none.
    """
    found = number(where, name, value)
    if found <= 0:
        raise MalformedEntryError(f"{where}: {name} must be above 0, got {found}")
    return found
