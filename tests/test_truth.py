"""Truth: who is on screen when, which scenes are twins, and which captions are right."""

import pickle

import pytest

from ivg.pipeline import with_light_fields
from ivg.records import Scene, Video
from ivg.sample.clip import sample_scenes
from ivg.schema import COLUMNS
from ivg.stage import Outcome
from ivg.truth import TrueScene, Truth, accepted_words, caption_is_right

TRUTH = Truth(
    (
        TrueScene(0.0, 4.0, "cat"),
        TrueScene(4.0, 6.0, "coffee"),
        TrueScene(6.0, 7.0, "cat"),
        TrueScene(7.0, 9.0, "cat"),
    )
)
TOGETHER = {"rocket", "launch"}


def test_truth_cuts_are_the_starts_after_the_first():
    assert TRUTH.cuts == (4.0, 6.0, 7.0)


def test_truth_twins_are_all_pairs_of_one_subject():
    assert TRUTH.twins == ((0, 2), (0, 3), (2, 3))


@pytest.mark.parametrize(
    ("span", "subjects"),
    [
        ((0.0, 4.0), ("cat",)),
        ((3.5, 6.0), ("coffee", "cat")),
        ((2.5, 7.0), ("cat", "coffee")),  # 1.5 + 1 s of the cat against 2 s
        ((5.0, 7.0), ("coffee", "cat")),  # equal: the one seen first
        ((4.0, 4.0), ()),
        ((9.0, 12.0), ()),
        ((-5.0, 100.0), ("cat", "coffee")),
    ],
)
def test_truth_subjects_come_by_time_seen(span, subjects):
    assert TRUTH.subjects_in(*span) == subjects


def test_truth_stays_on_the_line_and_is_never_stored():
    video = Video("v", "v.mp4", truth=TRUTH)
    assert with_light_fields(video, Outcome({"scenes": (Scene(0.0, 4.0),)})).truth is TRUTH
    assert pickle.loads(pickle.dumps(video)).truth == TRUTH
    assert "truth" not in COLUMNS


@pytest.mark.parametrize("scene", sample_scenes(), ids=lambda scene: scene.subject)
def test_caption_of_the_sample_is_right_for_exactly_its_subjects(scene):
    right = {subject for subject in accepted_words() if caption_is_right(scene.caption, subject)}
    assert right == (TOGETHER if scene.subject in TOGETHER else {scene.subject})


def test_words_are_known_of_every_subject_of_the_sample():
    assert accepted_words().keys() == {scene.subject for scene in sample_scenes()}


def test_words_are_shared_by_no_subjects_but_the_two_rockets():
    words = accepted_words()
    for subject, own in words.items():
        for other in words.keys() - {subject}:
            if {subject, other} != TOGETHER:
                assert not [word for word in own if caption_is_right(word, other)]


@pytest.mark.parametrize(
    ("caption", "subject", "right"),
    [
        ("a photo of an Egyptian cat", "cat", True),
        ("CATS!", "cat", True),
        ("a mail-order catalogue", "cat", False),
        ("a concatenation", "cat", False),
        ("a photo of a missile", "launch", True),
        ("a space-suit on a stand", "astronaut", True),
        ("a suit, and space for more", "astronaut", False),
        ("a photo of a moped", "motorcycle", True),
        ("", "city", False),
    ],
)
def test_caption_is_right_by_whole_words(caption, subject, right):
    assert caption_is_right(caption, subject) is right


def test_caption_of_an_unknown_subject_is_refused():
    with pytest.raises(ValueError, match="'dog'"):
        caption_is_right("a dog", "dog")
