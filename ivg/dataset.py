"""The rows of a finished run or of a release, whichever a folder is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ivg.errors import ConfigError, DatasetError
from ivg.records import Annotation
from ivg.stages.export import FINAL
from ivg.stages.lineage import LINEAGE, VIDEOS
from ivg.summary import MANIFEST, SUMMARY, read_summary

Row = dict[str, Any]
FIELDS = tuple(Annotation.__slots__)
CONFIG = "config.yaml"
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """A folder that holds a dataset.

    Attributes:
        folder: Of a run or of a release.
        kind: Which of both; a release has `data/<split>.parquet`.
    """

    folder: Path
    kind: Literal["run", "release"]

    def rows(self) -> Iterator[Row]:
        """The rows of `final_dataset.jsonl`, in its order and with its fields.

        Raises:
            DatasetError: The file is missing or broken; the message names the line.
        """
        for where, row in json_lines(self.folder / FINAL):
            missing = [name for name in FIELDS if name not in row]
            if missing:
                raise DatasetError(f"{where}: there is no {missing[0]!r}")
            yield row

    def lineage(self) -> Iterator[Row]:
        """How each row came about, in the order of `rows`; see `ivg.lineage.row_lineage`.

        Raises:
            DatasetError: As for `rows`.
        """
        return (row for _, row in json_lines(self.folder / LINEAGE))

    def videos(self) -> Iterator[Row]:
        """What is known of each video, by name; see `ivg.lineage.video_record`.

        Raises:
            DatasetError: As for `rows`.
        """
        return (row for _, row in json_lines(self.folder / VIDEOS))

    def manifest(self) -> dict[str, Any]:
        """What the data was made from and with.

        Raises:
            DatasetError: The file is missing or broken.
        """
        path = self.folder / MANIFEST
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError) as error:
            raise DatasetError(f"{path} can't be read: {error}") from error

    def ids(self) -> dict[str, str]:
        """The content id of each video by its name.

        Raises:
            DatasetError: The manifest is missing, broken, or names no videos.
        """
        videos = self.manifest().get("videos")
        if not isinstance(videos, dict):
            raise DatasetError(f"{self.folder / MANIFEST} names no videos")
        found = {}
        for name, one in videos.items():
            content_id = one.get("id") if isinstance(one, dict) else one
            if not isinstance(content_id, str):
                raise DatasetError(f"{self.folder / MANIFEST}: {name!r} has no id")
            found[str(name)] = content_id
        return found

    def config(self) -> dict[str, Any]:
        """The resolved config; in a release `???` stands for paths of the machine.

        Raises:
            DatasetError: It is missing or broken.
        """
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException
        from yaml import YAMLError

        from ivg.hydra_node import guard_reading

        guard_reading()
        path = self.folder / CONFIG
        try:
            plain = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
        except (OSError, ValueError, YAMLError, OmegaConfBaseException) as error:
            raise DatasetError(f"{path} can't be read: {error}") from error
        if not isinstance(plain, dict):
            raise DatasetError(f"{path} is no mapping of keys")
        return {str(name): value for name, value in plain.items()}


def open_dataset(folder: Path) -> Dataset:
    """Look what a folder is.

    Raises:
        DatasetError: It is neither a finished run nor a release.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder; give that of a run or of a release")
    if not (folder / FINAL).is_file():
        raise DatasetError(
            f"{folder} has no {FINAL}; a run or a release is wanted, this is {what_else(folder)}"
        )
    return Dataset(folder, "release" if (folder / "data").is_dir() else "run")


def what_else(folder: Path) -> str:
    """What a folder without a dataset is."""
    if (folder / "0" / SUMMARY).is_file():
        return "a sweep: give one of its jobs"
    with suppress(ConfigError):
        if read_summary(folder).status == "failed":
            return "a run that has failed: see `ivg show`, and build it again"
    return "neither"


def json_lines(path: Path) -> Iterator[tuple[str, Row]]:
    """The objects of a JSONL file, each with `file:line` for messages.

    Raises:
        DatasetError: The file can't be read, or a line is no JSON object.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield f"{path}:{number}", parsed(line, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} can't be read: {error}") from error


def parsed(line: str, where: str) -> Row:
    """A line as an object.

    Raises:
        DatasetError: It is none.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{where}: no JSON: {error}") from error
    if not isinstance(row, dict):
        raise DatasetError(f"{where}: no JSON object")
    return row
