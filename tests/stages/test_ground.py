from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import ConfigError
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
        segment_similarity=matrix(count, **pairs),
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
    alike = replace(item, segment_similarity=matrix(4, s2_3=EDGE))
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
    capped = replace(
        full, segments=full.segments[:4], segment_similarity=full.segment_similarity[:4, :4]
    )
    assert span(capped) == (0, 8, 12, 16)
    assert span(capped, verified_only=False) == (0, 8, 12, 24)


def test_ground_ignores_holes_inside_the_positive_but_not_inside_merged_context():
    scenes = [(0, 4), (4, 5), (6, 8), (8, 12), (12, 13), (15, 16)]
    item = replace(
        video(3),
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


@st.composite
def videos(draw):
    count = draw(st.integers(1, 8))
    lengths = draw(st.lists(st.integers(1, 60), min_size=count, max_size=count))
    gaps = draw(st.lists(st.sampled_from([0, 0, 0, 3]), min_size=count + 1, max_size=count + 1))
    cursor, times = 0, []
    for gap, length in zip(gaps, lengths, strict=False):
        times.append(((cursor + gap) / 10, (cursor + gap + length) / 10))
        cursor += gap + length
    levels = st.sampled_from([0.1, 0.5, 0.8, 0.9])
    half = draw(st.lists(levels, min_size=count * count, max_size=count * count))
    upper = np.triu(np.array(half).reshape(count, count), 1)
    moments = st.integers(-3, cursor + 5)
    captions = draw(st.lists(st.tuples(moments, moments), max_size=6))
    exact = draw(st.lists(st.sampled_from(times), max_size=4))
    item = video(count, times=times, duration=(cursor + gaps[-1]) / 10, captions=())
    return replace(
        item,
        segment_similarity=upper + upper.T + np.eye(count),
        captions=tuple(
            Caption(a, b, f"{i}")
            for i, (a, b) in enumerate([*((a / 10, b / 10) for a, b in captions), *exact])
        ),
    )


@given(videos())
def test_ground_spans_hold_their_positive_inside_the_video(item):
    for row in ground(item)[0]:
        assert 0 <= row.neg_start_sec <= row.start_sec < row.end_sec <= row.neg_end_sec
        assert row.neg_end_sec <= row.duration
        assert row.neg_start_sec < row.start_sec or row.end_sec < row.neg_end_sec


def outside(row):
    yield row.neg_start_sec, row.start_sec
    yield row.end_sec, row.neg_end_sec


@given(videos())
def test_ground_spans_hold_nothing_that_is_like_the_positive(item):
    for row in ground(item)[0]:
        positive = range(row.start_scene, row.end_scene + 1)
        for j in set(range(len(item.segments))) - set(positive):
            inside = [
                min(b, item.segments[j].end_sec) - max(a, item.segments[j].start_sec)
                for a, b in outside(row)
            ]
            if max(inside) > TOLERANCE:
                assert max(item.segment_similarity[p, j] for p in positive) < 0.8


@given(videos())
def test_ground_spans_hold_only_verified_time(item):
    for row in ground(item)[0]:
        for a, b in outside(row):
            seen = sum(max(0, min(b, s.end_sec) - max(a, s.start_sec)) for s in item.scenes)
            assert seen == pytest.approx(b - a, abs=TOLERANCE)


@given(videos(), st.data())
def test_ground_does_not_depend_on_the_order_of_captions(item, data):
    shuffled = tuple(data.draw(st.permutations(item.captions)))
    assert ground(replace(item, captions=shuffled)) == ground(item)


@given(videos())
def test_ground_repairs_only_take_away(item):
    default = {row.caption: row for row in ground(item)[0]}
    published = {row.caption: row for row in ground(item, **PUBLISHED)[0]}
    assert default.keys() <= published.keys()
    for caption, row in default.items():
        wide = published[caption]
        assert row.neg_start_sec >= min(wide.neg_start_sec, wide.start_sec)
        assert row.neg_end_sec <= max(wide.neg_end_sec, wide.end_sec)
