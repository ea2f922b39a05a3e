"""How many videos a worker is given at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ivg.records import Video
from ivg.stage import Stage

MOST_AT_ONCE = 16
TURNS = 4
"""Each worker comes back for more so often, or the last one would keep all others waiting."""


def bunches(
    stage: Stage, videos: Iterable[Video], n_videos: int, workers: int
) -> Iterator[tuple[Video, ...]]:
    """The videos in bunches; only a stage that asks a model gains from more than one at a time."""
    size = min(MOST_AT_ONCE, n_videos // (TURNS * workers)) if stage.questions_at_once else 1
    following = iter(videos)
    while bunch := tuple(islice(following, max(1, size))):
        yield bunch
