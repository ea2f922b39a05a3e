"""Answers of models that can't be used, one by one."""

import numpy as np
import pytest

from ivg.errors import BadModelOutputError
from ivg.models.answers import captions, counted, matrix, vectors
from ivg.stages.vectors import cosines, stacked


class Model:
    """Has a name."""


GOOD = np.ones(3, np.float32)
BAD = {
    "nan": (np.array([1, np.nan, 1]), "1 of 3 numbers are NaN or infinite"),
    "infinite": (np.array([np.inf, -np.inf, 1]), "2 of 3 numbers"),
    "short": (np.ones(2), "a vector of 2 numbers among those of 3"),
    "matrix": (np.ones((1, 3)), r"an array of shape \(1, 3\)"),
    "number": (1.0, r"an array of shape \(\)"),
    "nothing": (None, "type object in place of a vector"),
    "words": (["a", "b", "c"], "in place of a vector"),
}


@pytest.mark.parametrize("bad", BAD)
def test_vectors_refuse_the_answer_that_is_none_and_no_other(bad):
    row, said = BAD[bad]
    found = vectors(Model(), [GOOD, row, GOOD], "abc")
    assert found[0] is GOOD
    assert found[2] is GOOD
    with pytest.raises(BadModelOutputError, match=f"Model gave .*{said}"):
        raise found[1]
    with pytest.raises(BadModelOutputError, match=said):
        matrix(Model(), [GOOD, row, GOOD], "abc")


@pytest.mark.parametrize("found", [None, 3.0, [], [GOOD], [GOOD] * 3])
def test_counted_refuses_more_or_fewer_answers_than_questions(found):
    with pytest.raises(BadModelOutputError, match=r"Model gave .* to 2 questions"):
        counted(Model(), found, "ab")


def test_vectors_of_no_questions_are_none():
    assert vectors(Model(), np.zeros((0, 3)), "") == []


@pytest.mark.parametrize("bad", [None, "a cat", [None], [1], {"a": "cat"}, {1: ["cat"]}, 5])
def test_captions_refuse_what_is_no_list_of_texts(bad):
    good, failure = ["a dog"], OSError("no answer")
    found = captions(Model(), [good, bad, failure], "abc")
    assert (found[0], found[2]) == (good, failure)
    with pytest.raises(BadModelOutputError, match="must give a list of texts a clip"):
        raise found[1]


def test_vectors_of_two_lengths_are_not_compared():
    with pytest.raises(BadModelOutputError, match="3 and of 2 numbers"):
        cosines(np.ones((1, 3)), np.ones((1, 2)))
    with pytest.raises(BadModelOutputError, match=r"vectors of \[2, 3\] numbers"):
        stacked([np.ones(3), np.ones(2)])
