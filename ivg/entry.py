"""Which video, and where: all that most sources know, at a tenth of what a record costs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ivg.records import Video


class Entry(NamedTuple):
    """One video, without what is known of it; the fields are those of `Video`."""

    id: str
    name: str
    path: Path | None
    content: str = ""

    @classmethod
    def of(cls, video: Video) -> Entry:
        """Which video it is, and where."""
        return cls(video.id, video.name, video.path, video.content)

    @property
    def record(self) -> Video:
        """The bare record."""
        return Video(self.id, self.name, self.path, content=self.content)
