"""How much data there is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.measure import Columns, Measure
from ivg.records import IntArray, Video

TOTALS = ("annotations", "videos", "segments", "captions", "hours")
MEANS = ("segment_secs", "span_secs")


class Yield(Measure):
    """Annotations, videos, segments, captions and hours; lengths; captions a minute of video.

    Segments are distinct annotated times, captions distinct sentences about them, hours the
    lengths of those segments. Videos are those with an annotation; `captions_a_minute` is over
    all that are left on the line, with or without one.
    """

    def names(self, judged: bool) -> tuple[str, ...]:
        """Totals, means, and captions a minute."""
        return tuple(f"yield/{name}" for name in (*TOTALS, *MEANS, "captions_a_minute"))

    def see(self, video: Video) -> Columns:
        """One row a video."""
        rows = video.annotations
        segments = {(row.start_sec, row.end_sec) for row in rows}
        found = {
            "annotations": len(rows),
            "videos": int(bool(rows)),
            "segments": len(segments),
            "captions": len({(row.start_sec, row.end_sec, row.caption) for row in rows}),
            "hours": sum(end - start for start, end in sorted(segments)) / 3600,
            "segment_secs": sum(row.end_sec - row.start_sec for row in rows),
            "span_secs": sum(row.neg_end_sec - row.neg_start_sec for row in rows),
            "minutes": video.duration / 60,
        }
        return {name: np.array([value], dtype=np.float64) for name, value in found.items()}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """Totals and means; those of annotations are weighted by them."""
        for name in TOTALS:
            yield bootstrap.total(f"yield/{name}", seen[name], groups, 1)
        for name in MEANS:
            yield bootstrap.ratio(f"yield/{name}", seen[name], seen["annotations"], groups, 0)
        above, below = seen["captions"], seen["minutes"]
        yield bootstrap.ratio("yield/captions_a_minute", above, below, groups, 1)
