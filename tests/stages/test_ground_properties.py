"""What holds of the negative spans of any video."""

from dataclasses import replace

import numpy as np
import pytest
from grounding import PUBLISHED, TOLERANCE, ground, video
from hypothesis import given
from hypothesis import strategies as st

from ivg.records import Caption


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
        similarity=upper + upper.T + np.eye(count),
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
                assert max(item.similarity[p, j] for p in positive) < 0.8


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
