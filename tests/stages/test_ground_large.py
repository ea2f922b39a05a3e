"""Thousands of scenes: the same rows as from the whole matrix, without ever holding it."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter

import numpy as np
import pytest
from grounding import CONTEXT, PUBLISHED, ground

from ivg.records import Caption, Scene, Video
from ivg.scene_merges.last import LastSceneMerge
from ivg.scene_merges.union import UnionSceneMerge
from ivg.stages.merge import MergeScenes

SAME, SHIFT = 0.8, 0.25
COMPARED = attrgetter(
    "start_sec", "end_sec", "neg_start_sec", "neg_end_sec", "caption", "start_scene", "end_scene"
)


def long_video(count, width=32, seed=0):
    """Scenes of whole seconds; runs of them share a look, and looks come back now and then."""
    random = np.random.default_rng(seed)
    edges = np.concatenate(([0], np.cumsum(random.integers(1, 4, count)))).tolist()
    looks = random.normal(size=(count // 12, width))[
        random.integers(0, count // 12, count // 3 + 1)
    ]
    noise = random.normal(size=(count, width)) * random.uniform(0.1, 1, (count, 1))
    return Video(
        id="id",
        name="a.mp4",
        duration=float(edges[-1]),
        scenes=tuple(Scene(a, b) for a, b in pairwise(edges)),
        scene_vectors=(looks.repeat(3, axis=0)[:count] + noise).astype(np.float32),
    )


def with_captions(video, rule):
    """A caption a segment, some over many segments, in no order."""
    merged = replace(video, **MergeScenes(rule).process(video, CONTEXT).fields)
    spans = [(segment.start_sec, segment.end_sec) for segment in merged.segments]
    wide = [(spans[i][0], spans[i + 200][1]) for i in range(0, len(spans) - 200, 97)]
    order = np.random.default_rng(1).permutation(len(spans) + len(wide))
    spans = [(*spans, *wide)[i] for i in order]
    captions = tuple(Caption(start, end, f"caption {i}") for i, (start, end) in enumerate(spans))
    return replace(merged, captions=captions)


def whole_matrix(video):
    """The similarity of segments, all at once."""
    exact = video.scene_vectors.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    firsts = [segment.first_scene for segment in video.segments]
    rows = np.maximum.reduceat(exact @ exact.T, firsts, axis=0)
    return np.maximum.reduceat(rows, firsts, axis=1)


def dense_row(video, matrix, starts, ends, caption):
    """The published row of one caption, step by step; None where it is dropped."""
    first = int(np.argmax(starts >= caption.start_sec - SHIFT))
    last = int(np.flatnonzero(ends <= caption.end_sec + SHIFT)[-1])
    left, right = first, last
    while left > 0 and matrix[left - 1, first] > SAME:
        left -= 1
    while right < len(matrix) - 1 and matrix[right + 1, last] > SAME:
        right += 1
    start = starts[left] if left < first else caption.start_sec
    end = ends[right] if right > last else caption.end_sec
    alike = np.flatnonzero(~(matrix[left : right + 1].max(axis=0) < SAME))
    before, after = alike[alike < left], alike[alike > right]
    low = ends[before[-1]] if before.size else 0
    high = starts[after[0]] if after.size else video.duration
    low = start if 0 < left == before.size else low
    high = end if 0 < len(matrix) - 1 - right == after.size else high
    return (start, end, low, high, caption.text, left, right)


def dense_rows(video, max_secs):
    """The published rows of all captions, sorted."""
    matrix = whole_matrix(video)
    starts = np.array([segment.start_sec for segment in video.segments])
    ends = np.array([segment.end_sec for segment in video.segments])
    short = [c for c in video.captions if c.end_sec - c.start_sec <= max_secs]
    rows = [dense_row(video, matrix, starts, ends, caption) for caption in short]
    kept = [row for row in rows if row[1] - row[0] <= max_secs]
    return sorted(kept, key=lambda row: (row[0], row[1], row[4]))


@pytest.mark.parametrize(("max_secs", "drops"), [(1e6, False), (10, True)])
@pytest.mark.parametrize("rule", [LastSceneMerge(1), LastSceneMerge(0.85), UnionSceneMerge(0.8)])
def test_ground_of_thousands_of_scenes_equals_the_whole_matrix(rule, max_secs, drops):
    video = with_captions(long_video(2500), rule)
    rows, dropped = ground(video, max_secs=max_secs, min_secs=0, **PUBLISHED)
    found = [COMPARED(row) for row in rows]
    assert found == dense_rows(video, max_secs)
    assert len({row[2:4] for row in found}) > 100
    assert bool(dropped) is drops


def test_ground_in_batches_counts_every_caption_once():
    video = with_captions(long_video(600), LastSceneMerge())
    rows, dropped = ground(video)
    assert len(rows) + sum(dropped.values()) == len(video.captions)
    assert dropped["too_long"] > 0


@pytest.mark.parametrize("rule", [LastSceneMerge(), UnionSceneMerge()])
def test_merge_and_ground_of_5000_scenes_never_hold_their_matrix(rule):
    video = long_video(5000, width=256)
    tracemalloc.start()
    rows, _ = ground(with_captions(video, rule))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(rows) > 1000
    assert peak < 100e6
