"""What stands above the rows: the way from videos to rows, and how values are spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ivg.records import FloatArray
from ivg.summary import StageLine, Summary

BINS = 30
HIDDEN_UNITS = ("frame", "mark", "context_segment")


@dataclass
class Values:
    """What is spread, gathered row by row."""

    segment: list[float] = field(default_factory=list)
    span: list[float] = field(default_factory=list)
    clip_sim: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)

    def add(self, row: dict[str, Any]) -> None:
        """Take the values of one row."""
        self.segment.append(row["end_sec"] - row["start_sec"])
        self.span.append(row["neg_end_sec"] - row["neg_start_sec"])
        self.words.append(len(row["caption"].split()))
        if row.get("clip_sim") is not None:
            self.clip_sim.append(row["clip_sim"])

    def distributions(self) -> list[dict[str, Any]]:
        """Histograms of all that has values."""
        found = (
            distribution("Segment length", "s", self.segment),
            distribution("Negative span", "s", self.span),
            distribution("clip_sim", "", self.clip_sim),
            distribution("Caption length", "words", self.words),
        )
        return [one for one in found if one]


def distribution(title: str, unit: str, values: Sequence[float]) -> dict[str, Any] | None:
    """A histogram with median and the middle 90 %; None of nothing."""
    if not values:
        return None
    found = np.asarray(values, float)
    counts, edges = np.histogram(found, bins=edges_of(found))
    low, median, high = (float(f"{q:.3g}") for q in np.quantile(found, (0.05, 0.5, 0.95)))
    return {
        "title": title,
        "unit": unit,
        "n": len(values),
        "counts": counts.tolist(),
        "edges": [round(edge, 6) for edge in edges.tolist()],
        "low": low,
        "median": median,
        "high": high,
    }


def edges_of(values: FloatArray) -> FloatArray:
    """The edges of at most `BINS` bins: one for each of a few whole numbers, else equal ones."""
    low, high = values.min(), values.max()
    if np.all(values == np.rint(values)) and high - low < BINS:
        return np.arange(low, high + 2)
    bins = int(np.clip(np.sqrt(len(values)), 6, BINS))
    return np.histogram_bin_edges(values, bins)


def funnel(summary: Summary) -> Iterator[dict[str, Any]]:
    """The lines of the books in which something begins or is lost."""
    seen: set[str] = set()
    for line in summary.lines:
        tally = line.tally
        if "/" in line.stage or tally.unit in HIDDEN_UNITS:
            continue
        lossless = tally.n_in == tally.n_out
        if lossless and tally.unit in seen and line.stage != "ground":
            continue
        if line.stage == "ground" and tally.unit == "video" and lossless:
            continue
        seen.add(tally.unit)
        yield funnel_line(line)


def funnel_line(line: StageLine) -> dict[str, Any]:
    """One line: what came in, what went on, what was lost and why."""
    tally = line.tally
    lost = [*tally.dropped.items(), *((f"failed: {k}", n) for k, n in tally.failed.items())]
    return {
        "stage": line.stage,
        "unit": tally.unit,
        "n_in": tally.n_in,
        "n_out": tally.n_out,
        "share": round(100 * tally.n_out / tally.n_in, 1) if tally.n_in else 0.0,
        "lost": [{"reason": reason.replace("_", " "), "n": n} for reason, n in sorted(lost)],
    }
