"""Does a caption point to one segment of its video only?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from ivg.hygiene.words import normal
from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.measure import Columns, Measure
from ivg.records import IntArray, Video


class Uniqueness(Measure):
    """Share of annotations whose words are said of no other segment of the same video."""

    def names(self, judged: bool) -> tuple[str, ...]:
        """The share."""
        return ("uniqueness/share",)

    def see(self, video: Video) -> Columns:
        """1 for each annotation that is alone with its words."""
        said: dict[str, set[tuple[float, float]]] = defaultdict(set)
        for row in video.annotations:
            said[normal(row.caption)].add((row.start_sec, row.end_sec))
        alone = [len(said[normal(row.caption)]) == 1 for row in video.annotations]
        return {"unique": np.array(alone, dtype=np.float64)}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """The share."""
        yield bootstrap.mean("uniqueness/share", seen["unique"], groups, 1, None)
