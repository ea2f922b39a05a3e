"""Videos are shared out by what they hold, and by nothing else."""

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ivg.errors import ConfigError
from ivg.release.splits import Splits, place_of

IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
PARTS = st.lists(st.integers(0, 20), min_size=3, max_size=3).filter(sum)


def splits(parts, salt=""):
    return Splits(*(part / sum(parts) for part in parts), salt)


@given(IDS, PARTS, st.text(max_size=5))
def test_split_of_a_video_is_always_the_same_and_never_an_empty_one(video, parts, salt):
    found = splits(parts, salt).of(video)
    assert found == splits(parts, salt).of(video)
    assert splits(parts).ratios[found] > 0


@given(IDS, st.integers(0, 100), st.integers(0, 100))
def test_split_that_grows_keeps_its_videos(video, first, second):
    smaller, larger = sorted((first, second))
    assume(larger > 0)
    if Splits(smaller / 100, 1 - smaller / 100, 0).of(video) == "train" and smaller:
        assert Splits(larger / 100, 1 - larger / 100, 0).of(video) == "train"


@given(st.lists(IDS, unique=True, max_size=20), st.randoms())
def test_split_does_not_depend_on_other_videos_or_their_order(videos, random):
    found = {video: Splits().of(video) for video in videos}
    random.shuffle(videos)
    assert {video: Splits().of(video) for video in videos[::2]}.items() <= found.items()


def test_splits_have_about_the_shares_that_are_wanted():
    counts = Counter(Splits(0.8, 0.15, 0.05).of(f"{i:032x}") for i in range(20_000))
    shares = {name: n / 20_000 for name, n in counts.items()}
    assert shares == pytest.approx({"train": 0.8, "validation": 0.15, "test": 0.05}, abs=0.01)


def test_salt_shares_out_anew():
    videos = [f"{i:032x}" for i in range(200)]
    first, second = (
        [Splits(0.5, 0.5, 0, salt).of(video) for video in videos] for salt in ("", "x")
    )
    assert first != second


def test_split_is_what_it_was_in_earlier_versions():
    assert place_of("56f070c3f47aaab5d9eac4f99c24035a", "") == 0.7876021198298099
    assert Splits(0.5, 0.25, 0.25).of("0" * 32) == "validation"
    assert Splits(0.5, 0.25, 0.25).of("f" * 32) == "test"


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ((0.9, 0.2, 0.05), r"train=0\.9 validation=0\.2 test=0\.05: .* must sum to 1"),
        ((0.9, 0.05, 0.0), "must sum to 1"),
        ((1.2, -0.2, 0.0), "train must be"),
        ((1.0, -0.1, 0.1), "validation must be"),
        ((0.5, 0.5, float("nan")), "test must be"),
    ],
)
def test_ratios_that_can_not_be_are_refused_by_name(ratios, said):
    with pytest.raises(ConfigError, match=said):
        Splits(*ratios)
