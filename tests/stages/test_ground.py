"""Where positives end and negative spans begin."""

from dataclasses import replace

import numpy as np
import pytest
from grounding import ALIKE, EDGE, PUBLISHED, ground, matrix, reason, span, video

from ivg.errors import ConfigError
from ivg.records import Caption
from ivg.stages.ground import Ground


def test_ground_takes_the_whole_video_where_all_else_is_unlike():
    assert span(video()) == (0, 8, 12, 20)


def test_ground_stops_at_the_nearest_scenes_that_are_not_unlike():
    (row,), _ = ground(video(s0_2=ALIKE, s2_4=ALIKE))
    assert (row.neg_start_sec, row.neg_end_sec) == (4, 16)
    assert (row.start_scene, row.end_scene) == (2, 2)
    assert (row.neg_start_scene, row.neg_end_scene) == (0, 4)


def test_ground_gives_a_side_without_any_unlike_scene_no_context():
    (row,), _ = ground(video(3, captions=[(4, 8)], s0_1=EDGE), verified_only=False)
    assert (row.neg_start_sec, row.neg_start_scene) == (4, None)


def test_ground_side_without_any_unlike_scene_ends_at_the_positive_also_across_a_gap():
    times = [(0, 3), (4, 8), (8, 12), (13, 16)]
    item = video(4, captions=[(4, 8)], times=times, s0_1=EDGE)
    (row,), _ = ground(item, verified_only=False)
    assert (row.neg_start_sec, row.neg_start_scene) == (4, None)
    (row,), _ = ground(replace(item, captions=(Caption(8, 12, "x"),)), verified_only=False)
    assert row.neg_start_sec == 0
    alike = replace(item, similarity=matrix(4, s2_3=EDGE))
    (row,), _ = ground(replace(alike, captions=(Caption(8, 12, "x"),)), verified_only=False)
    assert (row.neg_end_sec, row.neg_end_scene) == (12, None)


def test_ground_at_the_exact_threshold_neither_expands_nor_is_unlike():
    touching = video(s1_2=EDGE)
    (row,), _ = ground(touching)
    assert (row.start_sec, row.neg_start_sec, row.neg_start_scene) == (8, 8, 1)
    assert span(video(s1_2=0.8001)) == (0, 4, 12, 20)
    assert span(video(s1_2=0.7999)) == (0, 8, 12, 20)


def test_ground_expands_by_the_original_edge_not_by_the_neighbour():
    chain = video(6, captions=[(4, 8)], s1_2=ALIKE, s2_3=ALIKE)
    (row,), _ = ground(chain)
    assert (row.start_sec, row.end_sec, row.end_scene) == (4, 12, 2)
    assert (row.neg_end_sec, row.neg_end_scene) == (12, 3)


def test_ground_expansion_stops_at_the_first_neighbour_that_is_not_similar():
    (row,), _ = ground(video(s0_2=ALIKE))
    assert (row.start_scene, row.neg_start_sec) == (2, 4)


@pytest.mark.parametrize(
    ("end", "why"), [(8.499, "too_short"), (8.5, None), (18, None), (18.001, "too_long")]
)
def test_ground_bounds_of_length_are_inclusive(end, why):
    times = [(0, 8), (8, 8.5), (8.5, 18), (18, 18.001), (18.001, 30)]
    item = video(5, captions=[(8, end)], times=times)
    rows, dropped = ground(item)
    assert (list(dropped) or [None]) == [why]
    assert len(rows) == (why is None)


def test_ground_checks_the_length_again_after_expansion():
    grown = video(s1_2=ALIKE, s2_3=ALIKE)
    assert reason(grown) == "too_long_expanded"
    assert span(grown, max_secs=12) == (0, 4, 16, 20)


def test_ground_boundary_shift_is_inclusive():
    assert span(video(captions=[(8.25, 11.75)])) == (0, 8.25, 11.75, 20)
    assert reason(video(captions=[(8.251, 11.75)])) == "no_whole_scene"
    assert span(video(captions=[(8.251, 11.75)]), boundary_shift=0.26) == (0, 8.251, 11.75, 20)


def test_ground_drops_a_caption_that_covers_no_whole_scene():
    assert reason(video(captions=[(9, 10)])) == "no_whole_scene"
    assert reason(video(captions=[(9, 10)]), **PUBLISHED) == "no_whole_scene"


def test_ground_without_segments_drops_every_caption_for_a_reason():
    empty = replace(video(captions=[(0, 4), (0, 0.1)]), segments=(), scenes=())
    rows, dropped = ground(empty)
    assert (rows, dropped) == ((), {"no_scene": 1, "too_short": 1})


def test_ground_takes_kept_captions_and_all_where_nothing_was_filtered():
    item = video(captions=[(8, 12), (12, 16)])
    assert [row.caption for row in ground(item)[0]] == ["caption 0", "caption 1"]
    filtered = replace(item, kept=np.array([False, True]))
    assert [row.caption for row in ground(filtered)[0]] == ["caption 1"]


def test_ground_sorts_by_start_end_and_caption():
    item = video(captions=[(12, 16), (8, 12), (8, 16), (8, 12)])
    item = replace(item, captions=(*item.captions, Caption(8, 12, "a")))
    found = [(row.start_sec, row.end_sec, row.caption) for row in ground(item)[0]]
    assert found == sorted(found)
    assert len(found) == 5


def test_ground_writes_plain_python_numbers():
    (row,), _ = ground(video(s0_2=ALIKE))
    kinds = [type(getattr(row, name)) for name in row.__slots__]
    assert kinds == [str, float, float, float, float, float, str, int, int, int, type(None)]


@pytest.mark.parametrize("time", [float("nan"), float("inf")])
def test_ground_counts_impossible_times(time):
    rows, dropped = ground(video(captions=[(8, time)]))
    assert rows == ()
    assert sum(dropped.values()) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("boundary_shift", -1),
        ("same_threshold", 1.5),
        ("min_secs", -0.1),
        ("max_secs", 0.1),
        ("max_secs", float("inf")),
        ("require_context", "yes"),
        ("verified_only", 1),
        ("clamp", None),
        ("unmatched", "keep"),
    ],
)
def test_ground_refuses_values_out_of_range(key, value):
    with pytest.raises(ConfigError, match=rf"negatives\.{key}"):
        Ground(**{key: value})
