from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ivg.errors import ConfigError
from ivg.filters.median import MedianFilter
from ivg.filters.none import NoFilter
from ivg.filters.quantile import QuantileFilter
from ivg.filters.threshold import ThresholdFilter
from ivg.filters.top_k import TopKFilter
from ivg.pools.max import MaxPool
from ivg.pools.mean import MeanPool
from ivg.records import Caption, Video
from ivg.stage import Context, run_stage
from ivg.stages.filter import Filter
from ivg.video.frames import FrameStore

CONTEXT = Context(FrameStore(Path("none")))
NAN = float("nan")
RULES = [MedianFilter(), QuantileFilter(0.7), ThresholdFilter(0.25), TopKFilter(2), NoFilter()]


def video(scores, name="a.mp4"):
    matrix = np.atleast_2d(np.array(scores, dtype=float).T).T
    captions = tuple(Caption(i, i + 1.0, f"caption {i}", i) for i in range(len(matrix)))
    return Video(name, name, captions=captions, frame_similarities=matrix)


def judge(rule, videos, pool=None):
    stage = Filter(pool or MaxPool(), rule)
    stage.prepare(videos)
    done = [run_stage(stage, item, CONTEXT) for item in videos]
    assert all(d.status == "out" and d.outcome.tallies[0].balanced for d in done), done
    return [d.outcome.fields["kept"].tolist() for d in done], [d.outcome.tallies[0] for d in done]


def test_filter_pools_readable_frames_only():
    scores = np.array([[0.1, 0.3, NAN], [NAN, NAN, NAN], [0.2, 0.2, 0.5]])
    np.testing.assert_array_equal(MaxPool().pool(scores), [0.3, NAN, 0.5])
    np.testing.assert_allclose(MeanPool().pool(scores), [0.2, NAN, 0.3])
    assert MaxPool().pool(np.zeros((0, 3))).shape == MeanPool().pool(np.zeros((0, 0))).shape == (0,)


def test_filter_pools_float32_scores_in_float64():
    scores = np.full((1, 3), 0.1, dtype=np.float32)
    assert MaxPool().pool(scores).dtype == MeanPool().pool(scores).dtype == np.float64


def test_filter_median_spans_all_videos_and_keeps_the_median_itself():
    kept, tallies = judge(MedianFilter(), [video([0.1, 0.2]), video([0.3], "b.mp4")])
    assert kept == [[False, True], [True]]
    assert tallies[0].dropped == {"below_threshold": 1}


def test_filter_median_of_an_even_count_is_the_middle():
    kept, _ = judge(MedianFilter(), [video([0.1, 0.2, 0.4, 0.5])])
    assert kept == [[False, False, True, True]]


def test_filter_threshold_is_inclusive_and_defaults_to_a_quarter():
    kept, _ = judge(ThresholdFilter(), [video([0.2499, 0.25, 0.26])])
    assert kept == [[False, True, True]]


def test_filter_quantile_keeps_the_best_share():
    kept, _ = judge(QuantileFilter(0.75), [video([0.0, 0.1, 0.2, 0.3, 0.4])])
    assert kept == [[False, False, False, True, True]]
    assert judge(QuantileFilter(0.5), [video([0.1, 0.2, 0.4])]) == judge(
        MedianFilter(), [video([0.1, 0.2, 0.4])]
    )


def test_filter_top_k_ranks_each_video_and_keeps_the_earlier_of_equals():
    kept, tallies = judge(TopKFilter(2), [video([0.3, 0.5, 0.3, 0.3]), video([0.1], "b.mp4")])
    assert kept == [[True, True, False, False], [True]]
    assert tallies[0].dropped == {"not_in_top_k": 2}


def test_filter_names_captions_without_a_readable_frame():
    odd = [video([[NAN, NAN], [0.3, NAN], [0.1, 0.2]])]
    for rule in (MedianFilter(), ThresholdFilter(0.25), QuantileFilter(0.5)):
        kept, tallies = judge(rule, odd)
        assert kept == [[False, True, False]]
        assert tallies[0].dropped == {"no_score": 1, "below_threshold": 1}
    assert judge(TopKFilter(3), odd)[0] == [[False, True, True]]
    assert judge(NoFilter(), odd)[0] == [[True, True, True]]


def test_filter_pool_changes_what_is_kept():
    peaky, steady = [0.0, 0.0, 0.4], [0.3, 0.3, 0.3]
    assert judge(ThresholdFilter(0.35), [video([peaky, steady])])[0] == [[True, False]]
    assert judge(ThresholdFilter(0.25), [video([peaky, steady])], MeanPool())[0] == [[False, True]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_filter_takes_videos_without_captions(rule):
    kept, tallies = judge(rule, [Video("a", "a.mp4")])
    assert kept == [[]]
    assert tallies[0].n_in == 0


def test_filter_without_a_single_readable_score_keeps_nothing():
    kept, tallies = judge(MedianFilter(), [video([NAN, NAN])])
    assert kept == [[False, False]]
    assert tallies[0].dropped == {"no_score": 2}


def test_filter_fails_a_video_whose_scores_and_captions_differ():
    odd = Video("a", "a.mp4", captions=(Caption(0, 1, "x"),))
    stage = Filter(MaxPool(), NoFilter())
    stage.prepare([odd])
    assert run_stage(stage, odd, CONTEXT).status == "failed"


def test_filter_refuses_to_judge_before_it_saw_the_set():
    assert run_stage(Filter(MaxPool(), MedianFilter()), video([0.1]), CONTEXT).status == "failed"


@pytest.mark.parametrize(
    ("build", "key"),
    [
        (lambda: ThresholdFilter(2), r"filter\.threshold"),
        (lambda: ThresholdFilter(NAN), r"filter\.threshold"),
        (lambda: QuantileFilter(1.1), r"filter\.q"),
        (lambda: TopKFilter(0), r"filter\.k"),
        (lambda: TopKFilter(1.5), r"filter\.k"),
    ],
)
def test_filter_rules_refuse_values_out_of_range(build, key):
    with pytest.raises(ConfigError, match=key):
        build()


SCORES = arrays(np.float64, st.tuples(st.integers(0, 6), st.just(3)), elements=st.floats(-1, 1))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
@given(matrices=st.lists(SCORES, min_size=1, max_size=5), data=st.data())
def test_filter_does_not_depend_on_the_order_of_videos(rule, matrices, data):
    videos = [video(matrix, f"{i}.mp4") for i, matrix in enumerate(matrices)]
    order = data.draw(st.permutations(range(len(videos))))
    kept, _ = judge(rule, videos)
    shuffled, _ = judge(rule, [videos[i] for i in order])
    assert [kept[i] for i in order] == shuffled
