from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivg.errors import ConfigError
from ivg.records import Scene, Video
from ivg.scene_merges.last import LastSceneMerge
from ivg.scene_merges.union import UnionSceneMerge
from ivg.similarity import segment_similarity
from ivg.stage import Context, run_stage
from ivg.stages.merge import MergeScenes
from ivg.video.frames import FrameStore

CONTEXT = Context(FrameStore(Path("none")))


def video(similarity, scenes=None):
    matrix = np.array(similarity, dtype=float).reshape(len(similarity), len(similarity))
    count = len(matrix) if scenes is None else scenes
    shots = tuple(Scene(10.0 * i, 10.0 * i + 9) for i in range(count))
    return Video("id", "a.mp4", duration=10.0 * count, scenes=shots, similarity=matrix)


def members(rule, item):
    outcome = MergeScenes(rule).process(item, CONTEXT)
    return [(s.first_scene, s.last_scene) for s in outcome.fields["segments"]]


def test_merge_joins_neighbours_above_the_threshold_only():
    exactly = video([[1, 0.85, 0], [0.85, 1, 0.8501], [0, 0.8501, 1]])
    assert members(LastSceneMerge(0.85), exactly) == [(0, 0), (1, 2)]
    assert members(UnionSceneMerge(0.85), exactly) == [(0, 0), (1, 2)]


def test_merge_union_looks_at_every_member_and_last_only_at_the_last():
    returning = video([[1, 0.9, 0.9], [0.9, 1, 0.1], [0.9, 0.1, 1]])
    assert members(LastSceneMerge(), returning) == [(0, 1), (2, 2)]
    assert members(UnionSceneMerge(), returning) == [(0, 2)]


def test_merge_union_forgets_closed_segments():
    back = video([[1, 0.1, 0.9], [0.1, 1, 0.1], [0.9, 0.1, 1]])
    assert members(UnionSceneMerge(), back) == [(0, 0), (1, 1), (2, 2)]


def test_merge_takes_times_of_the_outer_members_and_the_largest_similarity():
    item = video([[1, 0.9, 0.2], [0.9, 1, 0.3], [0.2, 0.3, 1]])
    merged = replace(item, **MergeScenes(LastSceneMerge()).process(item, CONTEXT).fields)
    first, second = merged.segments
    assert (first.start_sec, first.end_sec, second.start_sec, second.end_sec) == (0, 19, 20, 29)
    assert segment_similarity(merged).matrix().tolist() == [[1, 0.3], [0.3, 1]]


@pytest.mark.parametrize("rule", [LastSceneMerge, UnionSceneMerge])
def test_merge_gives_the_similarities_that_the_threshold_cuts(rule):
    item = video([[1, 0.9, 0.2], [0.9, 1, 0.3], [0.2, 0.3, 1]])
    fields = MergeScenes(rule()).process(item, CONTEXT).fields
    assert fields["neighbour_similarity"].tolist() == [0.9, 0.3]


def test_merge_asks_whether_a_scene_is_like_an_earlier_one_not_the_reverse():
    lopsided = video([[1, 0.1, 0.9], [0.9, 1, 0.9], [0.1, 0.1, 1]])
    assert members(LastSceneMerge(), lopsided) == [(0, 0), (1, 2)]
    assert members(UnionSceneMerge(), lopsided) == [(0, 0), (1, 2)]


@pytest.mark.parametrize(("decimals", "joined"), [(None, True), (3, False)])
def test_merge_compares_what_is_rounded_with_the_threshold(decimals, joined):
    cosine = 0.8504
    vectors = np.array([[1, 0], [cosine, np.sqrt(1 - cosine**2)]], dtype=np.float32)
    item = replace(video([], scenes=2), scene_vectors=vectors, similarity_decimals=decimals)
    for rule in (LastSceneMerge(0.85), UnionSceneMerge(0.85)):
        assert (members(rule, item) == [(0, 1)]) is joined


def test_merge_leaves_scenes_past_the_cap_out_and_counts_them():
    capped = video([[1, 0.1], [0.1, 1]], scenes=5)
    outcome = MergeScenes(LastSceneMerge()).process(capped, CONTEXT)
    assert outcome.fields["segments"][-1].last_scene == 1
    (tally,) = outcome.tallies
    assert (tally.n_in, tally.n_out, tally.dropped) == (5, 2, {"not_compared": 3})


@pytest.mark.parametrize("item", [video([]), video([], scenes=3)])
def test_merge_of_nothing_is_nothing(item):
    done = run_stage(MergeScenes(UnionSceneMerge()), item, CONTEXT)
    assert done.status == "out"
    assert done.outcome.fields["segments"] == ()
    assert done.outcome.fields["neighbour_similarity"].shape == (0,)


@pytest.mark.parametrize("rule", [LastSceneMerge, UnionSceneMerge])
@pytest.mark.parametrize("threshold", [1.5, float("nan"), "high", True])
def test_merge_refuses_a_threshold_that_is_no_cosine(rule, threshold):
    with pytest.raises(ConfigError, match=r"scene_merge\.threshold"):
        rule(threshold)


def test_merge_joins_nothing_over_an_unknown_similarity():
    unknown = video([[1, np.nan], [np.nan, 1]])
    assert members(LastSceneMerge(), unknown) == members(UnionSceneMerge(), unknown)
    assert members(LastSceneMerge(), unknown) == [(0, 0), (1, 1)]


@given(st.integers(1, 12), st.integers(0, 1000), st.sampled_from([LastSceneMerge, UnionSceneMerge]))
def test_merge_covers_every_scene_once_and_keeps_the_matrix_maxima(count, seed, rule):
    random = np.random.default_rng(seed)
    half = random.uniform(0.5, 1, (count, count))
    item = video((half + half.T) / 2)
    fields = MergeScenes(rule(0.75)).process(item, CONTEXT).fields
    merged = segment_similarity(replace(item, **fields)).matrix()
    spans = [range(s.first_scene, s.last_scene + 1) for s in fields["segments"]]
    assert [scene for span in spans for scene in span] == list(range(count))
    for a, rows in enumerate(spans):
        for b, columns in enumerate(spans):
            block = item.similarity[np.ix_(list(rows), list(columns))]
            assert merged[a, b] == block.max()
