"""Measures see the damage that they are meant to see, and no other."""

from dataclasses import replace

import numpy as np
import pytest
from planted import planted, shifted, shuffled_between, shuffled_within, widened
from scipy.stats import spearmanr

from ivg.quality.bootstrap import Bootstrap
from ivg.quality.measures.bias import Bias
from ivg.quality.measures.boundary import Boundary
from ivg.quality.measures.diversity import Diversity
from ivg.quality.measures.groundability import Groundability
from ivg.quality.measures.twins import Twins
from ivg.quality.measures.uniqueness import Uniqueness
from ivg.quality.measures.yields import Yield
from ivg.stages.quality import joined

SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)
MEASURES = (Yield(), Groundability(), Twins(), Boundary(), Uniqueness(), Diversity(), Bias())
BLIND_TO_WORDS = (
    "yield/annotations",
    "yield/hours",
    "uniqueness/share",
    "bias/guess_mIoU",
    "false_negatives/twins",
)
BLIND_TO_TIMES = ("yield/annotations", "uniqueness/share", "diversity/distinct_2")
TINY = 1e-9
"""Sums in another order differ in their last bits."""
QUICK = Bootstrap(resamples=100)


def figures(videos):
    found = {}
    for measure in MEASURES:
        seen = [measure.see(video) for video in videos]
        lengths = [len(next(iter(columns.values()))) for columns in seen]
        groups = np.repeat(np.arange(len(seen)), lengths)
        found |= {one.name: one for one in measure.figures(joined(seen), groups, QUICK)}
    return found


@pytest.mark.parametrize(
    ("corrupt", "twins", "watching", "sign", "blind"),
    [
        (shuffled_between, False, "groundability/R@1", -1, BLIND_TO_WORDS),
        (shuffled_between, False, "groundability/MRR", -1, BLIND_TO_WORDS),
        (shuffled_between, False, "groundability/margin", -1, BLIND_TO_WORDS),
        (shuffled_between, False, "groundability/contrast", -1, BLIND_TO_WORDS),
        (shuffled_between, False, "false_negatives/rate", 1, BLIND_TO_WORDS),
        (shuffled_within, False, "groundability/R@1", -1, BLIND_TO_WORDS),
        (shuffled_within, False, "boundary/margin", -1, BLIND_TO_WORDS),
        (shifted, False, "boundary/margin", -1, BLIND_TO_TIMES),
        (widened, True, "false_negatives/rate", 1, BLIND_TO_TIMES),
        (widened, True, "false_negatives/twins", 1, (*BLIND_TO_TIMES, "groundability/contrast")),
    ],
)
def test_measures_fall_with_the_damage_they_watch(corrupt, twins, watching, sign, blind):
    good = planted(n_videos=40, twins=twins)
    found = [figures(corrupt(good, share)) for share in SHARES]
    values = [one[watching].value for one in found]
    assert spearmanr(SHARES, values).statistic * sign >= 0.9, values
    clean = found[0]
    assert not clean[watching].low <= values[-1] <= clean[watching].high, values
    for name in blind:
        low, high = clean[name].low - TINY, clean[name].high + TINY
        assert all(low <= one[name].value <= high for one in found), name


def test_groundability_of_good_data_is_high_and_of_shuffled_captions_the_floor():
    good = figures(planted(n_videos=40))
    assert good["groundability/R@1"].value > 0.95
    assert good["groundability/R@1"].floor == pytest.approx(1 / 5.875, abs=0.02)
    lost = figures(shuffled_between(planted(n_videos=40), 1.0))["groundability/R@1"]
    assert lost.low <= lost.floor <= lost.high
    rate = figures(shuffled_between(planted(n_videos=40), 1.0))["false_negatives/rate"]
    assert rate.low <= rate.floor <= rate.high


def test_figures_of_nothing_are_all_there_without_a_value():
    found = figures([replace(video, annotations=()) for video in planted(n_videos=3)])
    wanted = [name for measure in MEASURES for name in measure.names(judged=True)]
    assert sorted(found) == sorted(wanted)
    assert {one.value for name, one in found.items() if not name.startswith("yield/")} == {None}


def test_bias_needs_a_second_video_or_row():
    (video,) = planted(n_videos=1)
    alone = replace(video, annotations=video.annotations[:1])
    assert figures([alone])["bias/guess_mIoU"].value is None
    assert figures([video])["bias/guess_mIoU"].value is not None


def test_bias_of_segments_in_the_middle_is_seen():
    videos = planted(n_videos=20)
    centred = [
        replace(
            video,
            annotations=tuple(
                replace(row, neg_start_sec=row.start_sec - 4, neg_end_sec=row.end_sec + 4)
                for row in video.annotations
            ),
        )
        for video in videos
    ]
    one = figures(centred)["bias/guess_mIoU"]
    assert one.value > 0.85 > 0.35 > one.floor
