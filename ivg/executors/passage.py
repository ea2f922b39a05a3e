"""What a chain of stages makes of a video that travels through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from logging import LogRecord

from ivg.records import HEAVY, Video
from ivg.stage import Outcome, Processed


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
