"""`ivg export`: a dataset in another format, with the books of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivg.dataset import Dataset
from ivg.formats.books import Books
from ivg.formats.folder import export_folder, write_json
from ivg.formats.layout import json_lines
from ivg.formats.names import Ids
from ivg.formats.part import Format, Part, splits
from ivg.formats.videos import Videos

EXPORT = "export.json"
"""The books and settings of an export, in its folder."""
LEFT_OUT = "left_out.jsonl"


def export(
    dataset: Dataset, config: Mapping[str, Any], made: Format, out: Path, videos: str | None = None
) -> dict[str, Books]:
    """Write the folder of an export, whole or not at all.

    Args:
        dataset: A run or a release.
        config: The format's, for the books.
        made: The format.
        out: The folder.
        videos: Folder of the video files; None: where the run found them.

    Returns:
        The books of each part.

    Raises:
        IvgError: The dataset is broken, or the export can't go on.
    """
    books: dict[str, Books] = {}
    ids, files = Ids(), Videos(dataset, videos)
    with export_folder(out) as folder:
        for name, rows in splits(dataset):
            part = Part(name, dataset, rows, folder, ids, files)
            made.write(part)
            part.books.check(name)
            books[name] = part.books
        write_left_out(folder, books)
        written = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
        write_json(folder / EXPORT, told(dataset, config, books, written))
    return books


def write_left_out(folder: Path, books: Mapping[str, Books]) -> None:
    """The rows that were not written, each with its part and the reason; no file for none."""
    rows = [
        {"part": name, "reason": reason, **row}
        for name, part in books.items()
        for reason, left_out in part.left_out.items()
        for row in left_out
    ]
    if rows:
        json_lines(folder / LEFT_OUT, rows)


def told(
    dataset: Dataset, config: Mapping[str, Any], books: Mapping[str, Books], files: list[str]
) -> dict[str, Any]:
    """What `export.json` says; no path of this machine."""
    return {
        "format": dict(config),
        "of": dataset.kind,
        "books": {name: part.plain() for name, part in books.items()},
        "files": files,
    }
