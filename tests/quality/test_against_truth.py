from dataclasses import replace

import numpy as np
import pytest

from ivg.quality.measures.truth import AgainstTruth
from ivg.records import Annotation, Video
from ivg.truth import TrueScene, Truth

TRUTH = Truth(
    (
        TrueScene(0.0, 4.0, "cat"),
        TrueScene(4.0, 8.0, "coffee"),
        TrueScene(8.0, 12.0, "cat"),
        TrueScene(12.0, 16.0, "city"),
    )
)
ROW = Annotation("v", 16.0, 0.0, 4.0, 0.0, 8.0, "a tabby cat", 0, 0, None, 2)


def seen(**changes):
    video = Video("v", "v", annotations=(replace(ROW, **changes),), truth=TRUTH)
    return {name: column[0] for name, column in AgainstTruth().see(video).items()}


def test_a_good_annotation_is_right_alone_and_exact():
    assert seen() == {
        "caption_precision": 1.0,
        "false_negative_rate": 0.0,
        "boundary_error_secs": 0.0,
    }


def test_a_wrong_caption_is_seen():
    assert seen(caption="a cup of espresso")["caption_precision"] == 0
    assert seen(caption="a cup of espresso")["false_negative_rate"] == 1


def test_a_span_over_a_twin_has_a_false_negative():
    assert seen(neg_end_sec=12.0)["false_negative_rate"] == pytest.approx(1 / 2)
    assert seen(neg_end_sec=16.0)["false_negative_rate"] == pytest.approx(1 / 3)


def test_a_twin_is_a_false_negative_whatever_is_said():
    assert seen(caption="a violin", neg_end_sec=16.0)["false_negative_rate"] == pytest.approx(1 / 3)


def test_a_shifted_segment_has_its_shift_as_error():
    assert seen(start_sec=1.0, end_sec=4.5)["boundary_error_secs"] == pytest.approx(0.75)


def test_no_context_is_no_rate():
    assert np.isnan(seen(neg_end_sec=4.0)["false_negative_rate"])
