"""Which videos are looked for: a sample of those that rows stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ivg.dataset import Dataset
from ivg.errors import DatasetError

WITHOUT_CONTENT = "ivg.sources.internvid_g."
"""Ids of its videos are of their annotations: nobody had the files, or not only these count."""


@dataclass(frozen=True)
class Asked:
    """One video as the dataset knows it.

    Attributes:
        name: In the rows.
        content_id: BLAKE2b of the file (`ivg.sources.content`); None where it was never known.
        duration: Seconds.
        n_rows: How many rows stand on it.
    """

    name: str
    content_id: str | None
    duration: float
    n_rows: int


def population(dataset: Dataset) -> list[Asked]:
    """Every video that has a row, sorted by name.

    Raises:
        DatasetError: A file is missing or broken, or rows speak of a video of which the manifest
            does not.
    """
    ids = dataset.ids()
    known = not source_of(dataset).startswith(WITHOUT_CONTENT)
    rows: dict[str, tuple[float, int]] = {}
    for row in dataset.rows():
        duration, n = rows.get(row["video"], (row["duration"], 0))
        rows[row["video"]] = duration, n + 1
    for name, (duration, _) in rows.items():
        if name not in ids:
            raise DatasetError(f"{dataset.folder}: the manifest does not name {name!r}")
        if not isinstance(duration, int | float):
            raise DatasetError(f"{dataset.folder}: the duration of {name!r} is no number")
    return [Asked(name, ids[name] if known else None, *rows[name]) for name in sorted(rows)]


def source_of(dataset: Dataset) -> str:
    """The class that found the videos; empty where the config does not say."""
    source = dataset.config().get("source")
    return str(source.get("_target_", "")) if isinstance(source, dict) else ""


def drawn(videos: Sequence[Asked], size: int, seed: int) -> list[Asked]:
    """A simple random sample without replacement, sorted by name; all of them if `size` is 0."""
    if not size or size >= len(videos):
        return list(videos)
    places = np.random.default_rng(seed).choice(len(videos), size, replace=False)
    return [videos[place] for place in sorted(places.tolist())]
