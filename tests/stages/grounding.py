"""Videos to ground, and what came of them."""

from pathlib import Path

import numpy as np

from ivg.records import Caption, Scene, Segment, Video
from ivg.stage import Context, run_stage
from ivg.stages.ground import Ground
from ivg.video.frames import FrameStore

CONTEXT = Context(FrameStore(Path("none")))
TOLERANCE = 0.002
PUBLISHED = {
    "require_context": False,
    "verified_only": False,
    "clamp": False,
    "unmatched": "all",
}
UNLIKE, ALIKE, EDGE = 0.1, 0.9, 0.8


def matrix(count, **pairs):
    """All unlike but the pairs, written as s1_3=0.9."""
    values = np.full((count, count), UNLIKE)
    np.fill_diagonal(values, 1.0)
    for pair, value in pairs.items():
        a, b = map(int, pair[1:].split("_"))
        values[a, b] = values[b, a] = value
    return values


def video(count=5, captions=((8, 12),), duration=None, times=None, **pairs):
    """Segments of 4 s one after the other, each of one scene."""
    times = times or [(4.0 * i, 4.0 * i + 4) for i in range(count)]
    return Video(
        id="id",
        name="a.mp4",
        duration=times[-1][1] if duration is None else duration,
        scenes=tuple(Scene(*t) for t in times),
        segments=tuple(Segment(*t, i, i) for i, t in enumerate(times)),
        similarity=matrix(count, **pairs),
        captions=tuple(Caption(*c, f"caption {i}") for i, c in enumerate(captions)),
    )


def ground(item, **config):
    done = run_stage(Ground(**config), item, CONTEXT)
    assert done.outcome is not None, done.failure
    (tally,) = done.outcome.tallies
    assert tally.balanced
    rows = done.outcome.fields["annotations"]
    assert tally.n_out == len(rows)
    return rows, dict(tally.dropped)


def span(item, **config):
    (row,), dropped = ground(item, **config)
    assert not dropped
    return (row.neg_start_sec, row.start_sec, row.end_sec, row.neg_end_sec)


def reason(item, **config):
    rows, dropped = ground(item, **config)
    assert not rows
    ((why, count),) = dropped.items()
    assert count == len(item.captions)
    return why
