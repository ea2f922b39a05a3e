"""The repairs of the published step, and what they take for verified."""

from dataclasses import replace

import pytest
from grounding import ALIKE, EDGE, PUBLISHED, ground, reason, span, video

from ivg.records import Caption, Scene, Segment


def test_ground_repair_of_unmatched_captions():
    outside = video(captions=[(30, 34)])
    assert reason(outside) == "no_scene"
    (row,), _ = ground(outside, **PUBLISHED)
    assert (row.start_scene, row.end_scene) == (0, 4)
    early = video(captions=[(1, 3)], times=[(4.0 * i, 4.0 * i + 4) for i in range(2, 7)])
    assert reason(early) == "no_scene"


def test_ground_repair_of_rows_without_context():
    alone = video(1, captions=[(0, 4)])
    assert reason(alone) == "no_context"
    assert span(alone, require_context=False) == (0, 0, 4, 4)


def test_ground_takes_a_margin_of_a_millisecond_for_no_context():
    nearly = video(1, captions=[(0, 4)], duration=4.001)
    assert reason(nearly) == "no_context"
    assert reason(nearly, verified_only=False) == "no_context"


def test_ground_repair_of_unverified_time_in_gaps():
    gap = [(0, 4), (4, 7), (8, 12), (12, 15.5), (16, 20)]
    assert span(video(times=gap)) == (8, 8, 12, 15.5)
    assert span(video(times=gap), verified_only=False) == (0, 8, 12, 20)


def test_ground_repair_of_unverified_time_before_and_after_scenes():
    shifted = [(1.0 + 4 * i, 5.0 + 4 * i) for i in range(5)]
    item = video(captions=[(9, 13)], times=shifted, duration=25)
    assert span(item) == (1, 9, 13, 21)
    assert span(item, verified_only=False) == (0, 9, 13, 25)


def test_ground_repair_of_scenes_past_the_cap():
    full = video(6)
    capped = replace(full, segments=full.segments[:4], similarity=full.similarity[:4, :4])
    assert span(capped) == (0, 8, 12, 16)
    assert span(capped, verified_only=False) == (0, 8, 12, 24)


def test_ground_ignores_holes_inside_the_positive_but_not_inside_merged_context():
    scenes = [(0, 4), (4, 5), (6, 8), (8, 12), (12, 13), (15, 16)]
    item = replace(
        video(6),
        duration=16,
        scenes=tuple(Scene(*t) for t in scenes),
        segments=(Segment(0, 4, 0, 0), Segment(4, 8, 1, 2), Segment(8, 16, 3, 5)),
        captions=(Caption(4, 8, "x"),),
    )
    assert span(item) == (0, 4, 8, 13)


@pytest.mark.parametrize("slip", [0, 0.0005])
def test_ground_takes_a_hole_that_begins_with_the_positive_for_inside(slip):
    times = [(0, 4), (4, 8 - slip), (8.2, 11.8), (12 + slip, 16), (16, 20)]
    assert span(video(times=times)) == (0, 8, 12, 20)


def test_ground_ends_the_span_at_a_hole_across_the_edge_of_the_positive():
    times = [(0, 4), (4, 7.9), (8.2, 11.8), (12.1, 16), (16, 20)]
    assert span(video(times=times), require_context=False) == (8, 8, 12, 12)


def test_ground_does_not_name_a_scene_that_no_longer_bounds_the_span():
    gap = [(0, 4), (4, 7), (8, 12), (12, 16), (16, 20)]
    (row,), _ = ground(video(times=gap, s0_2=ALIKE))
    assert (row.neg_start_sec, row.neg_start_scene) == (8, None)


def test_ground_lets_published_rounding_pass_for_verified():
    rounded = [(0, 4), (4.001, 8), (8.001, 12), (12, 16), (16, 19.999)]
    item = video(times=rounded, captions=[(8.001, 12)], duration=20)
    assert span(item) == (0, 8.001, 12, 20)


def test_ground_repair_keeps_the_positive_inside_the_span():
    early = video(captions=[(7.8, 12.2)], s1_2=EDGE, s2_3=EDGE)
    neg_start, start, end, neg_end = span(early, clamp=False, require_context=False)
    assert neg_start > start
    assert neg_end < end
    assert span(early, require_context=False) == (7.8, 7.8, 12.2, 12.2)


def test_ground_repair_cuts_at_the_end_of_the_video():
    over = video(captions=[(16, 20.2)])
    assert span(over) == (0, 16, 20, 20)
    assert span(over, clamp=False, verified_only=False) == (0, 16, 20.2, 20)
    assert reason(video(captions=[(16, 20)], duration=16.1)) == "outside_video"
