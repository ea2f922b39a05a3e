"""`benchmark=held_out`: which videos, and what is asked about them."""

from dataclasses import replace

import numpy as np
import pytest

from ivg.errors import ConfigError
from ivg.quality.benchmarks.held_out import HeldOut
from ivg.records import Caption, Video
from ivg.truth import TrueScene, Truth

IDS = [f"video {i}" for i in range(2000)]


def asked(video):
    return [(query.text, query.windows) for query in HeldOut().queries(video)]


def test_share_is_held_out_and_each_seed_holds_others():
    held = [HeldOut(0.2, seed).holds(name) for seed in (0, 1) for name in IDS]
    first, second = np.array(held).reshape(2, -1)
    assert first.mean() == pytest.approx(0.2, abs=0.03)
    assert (first & second).mean() == pytest.approx(0.04, abs=0.02)


def test_larger_share_holds_the_same_and_more():
    small, large = ({name for name in IDS if HeldOut(s).holds(name)} for s in (0.1, 0.3))
    assert small < large


def test_truth_asks_for_scenes_that_one_caption_fits_alone():
    shown = ["cat", "coffee", "cat", "rocket", "city", "launch", "nothing known"]
    scenes = tuple(TrueScene(2.0 * i, 2.0 * i + 2, name) for i, name in enumerate(shown))
    video = Video("v", "v", duration=14.0, truth=Truth(scenes))
    with pytest.raises(ValueError, match="nothing known"):
        asked(video)
    found = asked(replace(video, truth=Truth(scenes[:-1])))
    # the two rockets share their words
    assert found == [
        ("a cup of espresso on a wooden table", ((2.0, 4.0),)),
        ("city towers at night", ((8.0, 10.0),)),
    ]


def test_captions_are_asked_whatever_the_filter_keeps():
    captions = (
        Caption(0.0, 1.0, "a dog"),
        Caption(1.0, 2.0, "I am sorry"),
        Caption(2.0, 3.0, "a cat"),
        Caption(4.0, 5.0, "a dog"),
    )
    clean = np.array([True, False, True, True])
    video = Video("v", "v", duration=6.0, captions=captions, clean=clean, kept=np.zeros(4, bool))
    found = [("a dog", ((0.0, 1.0), (4.0, 5.0))), ("a cat", ((2.0, 3.0),))]
    assert asked(video) == found
    assert asked(replace(video, kept=np.ones(4, bool))) == found


@pytest.mark.parametrize("wrong", [{"share": 0}, {"share": 1}, {"seed": -1}])
def test_held_out_wrong_value_names_its_key(wrong):
    with pytest.raises(ConfigError, match=rf"^benchmark\.{next(iter(wrong))} must"):
        HeldOut(**wrong)
