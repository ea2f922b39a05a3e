"""Rows to store, and the table they go to."""

from pathlib import Path

import numpy as np

from ivg.identity import Identity
from ivg.records import Caption, Scene, Segment
from ivg.shard import WHOLE, Shard
from ivg.stage import Outcome, Processed, Tally
from ivg.store import Table

FIELDS = ("scenes", "features", "captions", "segments")


def table(
    root: Path, config: dict | None = None, upstream: str = "", shard: Shard = WHOLE
) -> Table:
    return Table(root, Identity("split", config or {"threshold": 27}, upstream), FIELDS, shard)


def row(video: str, value: float = 1.0, wide: int = 3) -> Processed:
    fields = {
        "scenes": (Scene(0.0, value), Scene(value, 2 * value)),
        "features": features(value, wide),
        "captions": (Caption(0.0, value, "a “cat”\n", 0), Caption(0.0, value, "b", None)),
        "segments": (Segment(0.0, value, 0, 1),),
    }
    return Processed(video, "out", 0.5, Outcome(fields, (Tally("scene", 3, 2, {"too_short": 1}),)))


def features(value: float, wide: int) -> np.ndarray:
    """Noise behind the first value, so that it stays wide when it is compressed."""
    if wide == 3:
        return np.full((2, 3), value, np.float32)
    found = np.random.default_rng(0).random((2, wide), np.float32)
    found[0, 0] = value
    return found
