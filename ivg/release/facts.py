"""What the card says of the data in numbers, and what the plots draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ivg.records import FloatArray

Row = dict[str, Any]
SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)
"""Rows below which a dataset is of the hub's size category."""


@dataclass
class Facts:
    """Columns that are gathered while the rows pass by.

    Attributes:
        columns: `segment_secs`, `span_secs`, `clip_sim`, `caption_words`, and `position`: where
            the middle of the moment lies in its span, 0 to 1.
        videos: Names of the videos that have a row.
    """

    columns: dict[str, list[float]] = field(default_factory=dict)
    videos: set[str] = field(default_factory=set)

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass the rows on, and remember what they say."""
        for row in rows:
            self.videos.add(row["video"])
            for name, value in measured(row).items():
                self.columns.setdefault(name, []).append(value)
            yield row

    @property
    def n_rows(self) -> int:
        """How many rows have passed."""
        return len(self.columns.get("segment_secs", ()))

    def arrays(self) -> dict[str, FloatArray]:
        """Each column that has a value, without gaps."""
        found = {name: np.array(values, dtype=np.float64) for name, values in self.columns.items()}
        finite = {name: values[np.isfinite(values)] for name, values in found.items()}
        return {name: values for name, values in finite.items() if len(values)}


def measured(row: Row) -> dict[str, float]:
    """The figures of one row; NaN where there is none."""
    start, end = row["start_sec"], row["end_sec"]
    span = row["neg_end_sec"] - row["neg_start_sec"]
    middle = (start + end) / 2 - row["neg_start_sec"]
    return {
        "segment_secs": end - start,
        "span_secs": span,
        "clip_sim": np.nan if row["clip_sim"] is None else row["clip_sim"],
        "caption_words": len(row["caption"].split()),
        "position": middle / span if span > 0 else np.nan,
    }


def size_category(n_rows: int) -> str:
    """The hub's word for so many rows."""
    return next((word for below, word in SIZES if n_rows < below), "n>10M")


def described(facts: Facts, durations: Mapping[str, float]) -> dict[str, Any]:
    """The figures of the card.

    Args:
        facts: With all rows.
        durations: Seconds of every video, with rows or without.
    """
    arrays = facts.arrays()
    secs = sum(durations.values())
    return {
        "rows": facts.n_rows,
        "videos": len(durations),
        "videos_with_rows": len(facts.videos),
        "hours": secs / 3600,
        "captions_a_minute": facts.n_rows / (secs / 60) if secs else 0.0,
        "columns": {name: spread(values) for name, values in arrays.items()},
    }


def spread(values: FloatArray) -> dict[str, float]:
    """Least, median, mean and most."""
    return {
        "least": float(values.min()),
        "median": float(np.median(values)),
        "mean": float(values.mean()),
        "most": float(values.max()),
    }
