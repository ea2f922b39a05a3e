"""InternVid-G: the rows of `final_dataset.jsonl` as published, an object a line.

Source: yellow-binary-tree/HawkEye, `internvid_g/README.md`, step 8, and the files of
huggingface.co/datasets/wangyueqian/InternVid-G; read there by `data_preparing/internvid.py`.
Fields: `video`, `duration`, `start_sec`, `end_sec`, `neg_start_sec`, `neg_end_sec`, `caption`,
`start_scene`, `end_scene`, `neg_start_scene`, `neg_end_scene` (the last two nullable).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ivg.errors import MalformedEntryError
from ivg.formats.given import NO_SCENES, Bad, Entry, Given, bad, objects_of, seconds_of, text_of
from ivg.formats.layout import json_lines
from ivg.formats.part import WHOLE, Part
from ivg.stages.export import FINAL


class InternVidG:
    """All eleven fields; of a run the bytes of its own file. Nothing is left out or changed."""

    lost = "nothing of a row; how it came about (lineage) is not in the file"

    def write(self, part: Part) -> None:
        """`final_dataset.jsonl` of a run, `SPLIT.jsonl` of a release."""
        path = part.folder / FINAL if part.name == WHOLE else part.file(".jsonl")
        json_lines(path, part.entries(dict))

    def read(self, path: Path) -> Iterator[Entry]:
        """Rows with times, span and numbers of scenes; these may be missing."""
        for line in objects_of(path):
            yield line if isinstance(line, Bad) else given(*line)


def given(where: str, row: dict[str, Any]) -> Entry:
    """One row."""
    try:
        start, end, first, last, duration = (
            seconds_of(where, row, name)
            for name in ("start_sec", "end_sec", "neg_start_sec", "neg_end_sec", "duration")
        )
        return Given(
            where,
            text_of(where, row, "video"),
            start,
            end,
            text_of(where, row, "caption"),
            duration,
            (first, last),
            {name: scene_of(where, row.get(name), name) for name in NO_SCENES},
            named=True,
        )
    except MalformedEntryError as error:
        return bad(where, error)


def scene_of(where: str, value: Any, name: str) -> int | None:
    """The number of a scene, or None.

    Raises:
        MalformedEntryError: It is something else.
    """
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise MalformedEntryError(f"{where}: {name} must be the number of a scene, got {value!r}")
    return value
