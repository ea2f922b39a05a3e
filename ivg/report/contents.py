"""The files under `data/` and `thumbnails/` of a report, written in one pass over the videos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ivg.dataset import Dataset
from ivg.report.links import Links
from ivg.report.material import Material, materials
from ivg.report.overview import Values
from ivg.report.pack import MOST_SEGMENTS, columns, table_row, video_object
from ivg.report.scripts import Shards, write_script
from ivg.report.thumbnails import Thumbnails

ROWS_A_SHARD = 20_000


@dataclass
class Contents:
    """What was written, for the overview.

    Attributes:
        values: Of all rows.
        n_rows: All rows.
        n_shown: Those in the table.
        names: Of the videos; `ids`, `shards` (where the page finds each) and `splits` go with it.
        hours: Of video.
        wanted_sheets: How many videos were to have thumbnails; `no_sheets`: how many have none.
        large: Videos whose matrix is too large to be shown.
        linked: Videos that can be played.
    """

    values: Values = field(default_factory=Values)
    n_rows: int = 0
    n_shown: int = 0
    names: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    shards: list[int] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    addresses: list[str | None] = field(default_factory=list)
    hours: float = 0.0
    wanted_sheets: int = 0
    no_sheets: int = 0
    large: int = 0
    row_shards: int = 0

    @property
    def linked(self) -> int:
        """How many videos can be played."""
        return sum(address is not None for address in self.addresses)


class Pass:
    """The one pass over the videos of a dataset."""

    def __init__(
        self, folder: Path, shown: Callable[[int], bool], thumbnails: Thumbnails, most: int
    ) -> None:
        """Make the folders.

        Args:
            folder: Of the report.
            shown: Whether the row of that number is in the table.
            thumbnails: Where they come from.
            most: So many videos get some.
        """
        self.contents = Contents()
        self._data, self._sheets = folder / "data", folder / "thumbnails"
        self._data.mkdir(parents=True)
        self._shown, self._thumbnails, self._most = shown, thumbnails, most
        self._rows: list[tuple[Any, ...]] = []
        self._videos = Shards(lambda n, items: write_script(self._data, "videos", n, items))

    def run(self, dataset: Dataset, links: Links | None) -> Contents:
        """Write all files.

        Raises:
            DatasetError: A file of the dataset is missing or broken.
        """
        for material in materials(dataset):
            self._take(material, links)
        self._videos.flush()
        self._flush_rows()
        found = self.contents
        index = {
            "names": found.names,
            "ids": found.ids,
            "shards": found.shards,
            "splits": found.splits if any(found.splits) else [],
        }
        write_script(self._data, "index", 0, index)
        addresses = found.addresses if found.linked else []
        (self._data / "local.js").write_text(local(addresses), encoding="ascii")
        return found

    def _take(self, material: Material, links: Links | None) -> None:
        found, record = self.contents, material.record
        number = len(found.names)
        found.names.append(str(record["video"]))
        found.ids.append(str(record["video_id"]))
        found.splits.append(material.split)
        found.addresses.append(links.of(found.names[-1]) if links else None)
        found.hours += float(record["duration"]) / 3600
        item = video_object(material, self._sheet(material, number))
        found.large += item["n_matrix"] > MOST_SEGMENTS
        found.shards.append(self._videos.add(item, characters(item)))
        for place, row in enumerate(material.rows):
            self._take_row(table_row(record, row, number, place), row)

    def _take_row(self, line: tuple[Any, ...], row: dict[str, Any]) -> None:
        found = self.contents
        found.values.add(row)
        if self._shown(found.n_rows):
            self._rows.append(line)
            found.n_shown += 1
        found.n_rows += 1
        if len(self._rows) >= ROWS_A_SHARD:
            self._flush_rows()

    def _flush_rows(self) -> None:
        if self._rows:
            write_script(self._data, "rows", self.contents.row_shards, columns(self._rows))
            self.contents.row_shards += 1
            self._rows = []

    def _sheet(self, material: Material, number: int) -> str:
        """The name of the picture of thumbnails, if there is one."""
        if number >= self._most or self._thumbnails.frames is None:
            return ""
        folder = self._sheets / f"{number // 1000:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        self.contents.wanted_sheets += 1
        if self._thumbnails.write(material.record, folder / f"{number:06d}.jpg"):
            return f"{folder.name}/{number:06d}.jpg"
        self.contents.no_sheets += 1
        return ""


def characters(item: dict[str, Any]) -> int:
    """About how long a video's object is as text."""
    lists = len(item["scenes"]) * 16 + len(item["captions"]) * 200 + len(item["rows"]) * 600
    return lists + len(item["matrix"] or "")


def local(addresses: list[str | None]) -> str:
    """The script with the places of the videos."""
    from ivg.report.scripts import script

    return script("local", 0, addresses)


def sampled(total: int, most: int, seed: int) -> Callable[[int], bool]:
    """Whether a row is in the table: all, or so many that a seeded draw has chosen."""
    if total <= most:
        return lambda _: True
    chosen = np.zeros(total, dtype=np.bool_)
    chosen[np.random.default_rng(seed).choice(total, most, replace=False)] = True
    return lambda number: bool(chosen[number])
