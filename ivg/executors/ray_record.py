"""What travels over a Ray cluster: a video, and what the stages have made of it so far."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from logging import LogRecord
from typing import Any

import pyarrow as pa

from ivg.records import HEAVY, Video
from ivg.stage import Failure, Outcome, Processed

COLUMN = "passage"
NUMBER = "item"
"""Of a block of videos, as `ray.data.from_items` calls it."""


@dataclass(frozen=True)
class Stop:
    """One stage on one video.

    Attributes:
        stage: Its name.
        done: What it made of the video, without the fields themselves.
        part: Where the row was written in this run; None where it was stored already, or failed.
        computed: Whether it was computed in this run.
    """

    stage: str
    done: Processed
    part: str | None = None
    computed: bool = False


@dataclass(frozen=True)
class Passage:
    """A video under way.

    Attributes:
        video: Without heavy fields.
        block: Number of the block in which it set out.
        known: Rows that are stored already, by stage, without heavy fields.
        behind: Stages that it has been through before it set out.
        stops: What it has been through.
        broken: The stage that could not go on at all, and why; it ends the run.
        said: What was logged on the way, of this video and of those beside it.
    """

    video: Video
    block: int = 0
    known: Mapping[str, Processed] = field(default_factory=dict)
    behind: frozenset[str] = frozenset()
    stops: tuple[Stop, ...] = ()
    broken: tuple[str, Exception] | None = None
    said: tuple[LogRecord, ...] = ()

    @property
    def on(self) -> bool:
        """Whether the video is still on the line."""
        return not self.broken and all(stop.done.outcome for stop in self.stops)

    def through(self, stage: str, done: Processed, part: str | None, computed: bool) -> Passage:
        """The passage after one more stage."""
        found = done.outcome
        video, light = self.video, done
        if found:
            fields = {name: one for name, one in found.fields.items() if name not in HEAVY}
            video, light = (
                replace(video, **fields),
                replace(done, outcome=Outcome({}, found.tallies)),
            )
        return replace(self, video=video, stops=(*self.stops, Stop(stage, light, part, computed)))


def encoded(passages: Iterable[Passage]) -> pa.Table:
    """A block for Ray; it lives in the cluster's memory only, never in a store."""
    rows = [pickle.dumps(one, pickle.HIGHEST_PROTOCOL) for one in passages]
    return pa.table({COLUMN: pa.array(rows, pa.large_binary())})


def decoded(block: pa.Table) -> list[Passage]:
    """The passages of a block that an actor of this run has made."""
    return [pickle.loads(row) for row in block[COLUMN].to_pylist()]  # noqa: S301 - our own bytes


def portable(error: Exception) -> Exception:
    """The error, or one that says the same where it can't leave its process."""
    try:
        copy: Any = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - whatever an error's own class does there
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error if str(copy) == str(error) else RuntimeError(f"{type(error).__name__}: {error}")


def crashed(stage: str, video: Video, message: str, error: str) -> Processed:
    """The result of a video on which workers died."""
    failure = Failure(stage, video.name, error, f"{video.name}: {message}")
    return Processed(video.id, "failed", 0.0, failure=failure)
