"""How videos travel over a Ray cluster."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

import pyarrow as pa

from ivg.executors.passage import Passage
from ivg.records import Video
from ivg.stage import Failure, Processed

COLUMN = "passage"
NUMBER = "item"
"""Of a block of videos, as `ray.data.from_items` calls it."""


def encoded(passages: Iterable[Passage]) -> pa.Table:
    """A block for Ray; it lives in the cluster's memory only, never in a store."""
    rows = [pickle.dumps(one, pickle.HIGHEST_PROTOCOL) for one in passages]
    return pa.table({COLUMN: pa.array(rows, pa.large_binary())})


def decoded(block: pa.Table) -> list[Passage]:
    """The passages of a block that an actor of this run has made."""
    return [pickle.loads(row) for row in block[COLUMN].to_pylist()]  # noqa: S301 - our own bytes


def crashed(stage: str, video: Video, message: str, error: str) -> Processed:
    """The result of a video on which workers died."""
    failure = Failure(stage, video.name, error, f"{video.name}: {message}")
    return Processed(video.id, "failed", 0.0, failure=failure)
