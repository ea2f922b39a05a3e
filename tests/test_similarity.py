"""Blocks of rows against the whole matrix computed at once."""

import gc
import weakref

import numpy as np
import pytest

from ivg.records import Scene, Segment, Video
from ivg.similarity import ROWS, Similarity, scene_similarity, segment_similarity

SIZES = [1, 2, 17, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 3 * ROWS + 41]


def vectors(count, seed=0):
    """Of lengths from 0 to 50; every seventh is zero, and neighbours share a direction."""
    random = np.random.default_rng(seed)
    found = random.normal(size=(count, 24)) + random.normal(size=(count // 4 + 1, 24)).repeat(
        4, axis=0
    )[:count] * random.uniform(0, 4, (count, 1))
    found[::7] = 0
    return (found * random.uniform(1, 50, (count, 1))).astype(np.float32)


def plain(rows):
    """The cosines as one product, a zero vector like nothing but itself."""
    exact = rows.astype(np.float64)
    norms = np.linalg.norm(exact, axis=1)
    dots = exact @ exact.T / np.where(norms > 0, norms, 1) / np.where(norms > 0, norms, 1)[:, None]
    np.fill_diagonal(dots, 1)
    return dots


def from_vectors(count, decimals=None):
    rows = vectors(count)
    return rows, scene_similarity(
        Video("id", "a.mp4", scene_vectors=rows, similarity_decimals=decimals)
    )


def given(matrix):
    return scene_similarity(Video("id", "a.mp4", similarity=matrix))


def merged(video, firsts):
    """The similarity of segments that begin at these scenes."""
    lasts = [*(first - 1 for first in firsts[1:]), len(scene_similarity(video)) - 1]
    segments = tuple(Segment(a, b + 1, a, b) for a, b in zip(firsts, lasts, strict=True))
    return segment_similarity(
        Video(
            "id",
            "a.mp4",
            scenes=tuple(Scene(i, i + 1) for i in range(lasts[-1] + 1)),
            scene_vectors=video.scene_vectors,
            similarity_decimals=video.similarity_decimals,
            similarity=video.similarity,
            segments=segments,
        )
    )


@pytest.mark.parametrize("count", SIZES)
def test_similarity_of_vectors_equals_the_whole_product(count):
    rows, similarity = from_vectors(count)
    found = similarity.matrix()
    assert len(similarity) == count
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, plain(rows), rtol=0, atol=1e-14)


@pytest.mark.parametrize("count", SIZES)
def test_similarity_of_vectors_is_exactly_symmetric_with_a_diagonal_of_one(count):
    for decimals in (None, 3):
        found = from_vectors(count, decimals)[1].matrix()
        assert (found == found.T).all()
        assert (np.diag(found) == 1).all()
        assert np.abs(found).max() <= 1


def test_similarity_of_a_zero_vector_with_others_is_zero():
    found = from_vectors(ROWS + 9)[1].rows(np.array([7, ROWS + 5]))
    assert (vectors(ROWS + 9)[[7, ROWS + 5]] == 0).all()
    assert [row.nonzero()[0].tolist() for row in found] == [[7], [ROWS + 5]]


@pytest.mark.parametrize("count", [17, 2 * ROWS + 3])
def test_similarity_of_vectors_is_rounded_where_it_is_read(count):
    exact, rounded = from_vectors(count)[1], from_vectors(count, 3)[1]
    index = np.arange(count)
    assert (rounded.matrix() == np.round(exact.matrix(), 3)).all()
    assert (rounded.rows(index) == np.round(exact.rows(index), 3)).all()
    assert (rounded.neighbours() == np.round(exact.neighbours(), 3)).all()
    assert (rounded.matrix() != exact.matrix()).any()


@pytest.mark.parametrize("decimals", [None, 3])
@pytest.mark.parametrize("count", SIZES)
def test_similarity_has_the_same_bits_whoever_asks(count, decimals):
    whole = from_vectors(count, decimals)[1].matrix()
    indices = np.random.default_rng(1).integers(0, count, 40)
    assert (from_vectors(count, decimals)[1].rows(indices) == whole[indices]).all()
    neighbours = from_vectors(count, decimals)[1].neighbours()
    assert neighbours.tolist() == np.diagonal(whole, offset=1).tolist()


@pytest.mark.parametrize("count", SIZES)
def test_similarity_maxima_are_those_of_the_rows_of_each_run(count):
    _, similarity = from_vectors(count)
    whole = similarity.matrix()
    first, last = np.sort(np.random.default_rng(2).integers(0, count, (2, 30)), axis=0)
    first[0], last[0] = 0, count - 1
    found = similarity.maxima(first, last)
    for row, a, b in zip(found, first, last, strict=True):
        assert (row == whole[a : b + 1].max(axis=0)).all()


def test_similarity_maxima_of_no_run_are_no_rows():
    nothing = np.zeros(0, dtype=np.int64)
    assert from_vectors(5)[1].maxima(nothing, nothing).shape == (0, 5)


@pytest.mark.parametrize("count", SIZES)
def test_similarity_of_a_given_matrix_is_that_matrix(count):
    lopsided = np.random.default_rng(3).uniform(-1, 1, (count, count))
    similarity = given(lopsided)
    assert (similarity.matrix() == lopsided).all()
    assert (similarity.rows(np.array([count - 1, 0])) == lopsided[[-1, 0]]).all()
    assert (similarity.neighbours() == np.diagonal(lopsided, offset=1)).all()


@pytest.mark.parametrize("decimals", [None, 3])
@pytest.mark.parametrize("step", [1, 3, ROWS + 2, 10_000])
@pytest.mark.parametrize("count", [1, ROWS, 3 * ROWS + 41])
def test_similarity_of_segments_is_that_of_their_most_similar_scenes(count, step, decimals):
    rows, scenes = from_vectors(count, decimals)
    item = Video("id", "a.mp4", scene_vectors=rows, similarity_decimals=decimals)
    firsts = list(range(0, count, step))
    whole = scenes.matrix()
    wanted = [
        [whole[a : a + step, b : b + step].max() for b in firsts] for a in firsts
    ]  # entry by entry
    found = merged(item, firsts)
    assert found.matrix().tolist() == wanted
    assert found.neighbours().tolist() == np.diagonal(wanted, offset=1).tolist()


def test_similarity_of_segments_keeps_the_direction_of_a_given_matrix():
    lopsided = np.array([[1, 0.2, 0.3], [0.4, 1, 0.5], [0.6, 0.7, 1]])
    found = merged(Video("id", "a.mp4", similarity=lopsided), [0, 2])
    assert found.matrix().tolist() == [[1, 0.5], [0.7, 1]]


@pytest.mark.parametrize("empty", [Video("id", "a.mp4"), Video("id", "b", similarity_decimals=3)])
def test_similarity_of_nothing_is_empty(empty):
    for similarity in (scene_similarity(empty), segment_similarity(empty)):
        assert len(similarity) == 0
        assert list(similarity.blocks()) == []
        assert similarity.matrix().shape == (0, 0)
        assert similarity.neighbours().shape == (0,)


def test_similarity_is_gone_with_its_last_user():
    """A cycle would keep blocks of videos that are done until the collector comes round."""
    gc.disable()
    try:
        similarity = from_vectors(2 * ROWS)[1]
        assert sum(len(block) for block in similarity.blocks()) == 2 * ROWS
        watched = weakref.ref(similarity)
        del similarity
        assert watched() is None
    finally:
        gc.enable()


class Asked:
    """Blocks that note which of them were asked for."""

    def __init__(self, count):
        self.count = count
        self.indices = []

    def __len__(self):
        return self.count

    def block(self, index):
        self.indices.append(index)
        return np.zeros((min(ROWS, self.count - index * ROWS), self.count))

    def neighbours(self):
        return np.zeros(self.count - 1)


def test_similarity_computes_only_blocks_that_are_asked_for_and_each_once():
    asked = Asked(6 * ROWS)
    similarity = Similarity(asked)
    for _ in range(3):
        similarity.rows(np.array([ROWS, 4 * ROWS, ROWS + 1]))
        similarity.maxima(np.array([ROWS, 4 * ROWS]), np.array([ROWS + 3, 5 * ROWS - 1]))
    assert asked.indices == [1, 4]
