import json
import tracemalloc

import numpy as np
import pytest

from ivg.published.lines import to_line, to_matrix_line


def joined(name, matrix, decimals=None, rows=2):
    blocks = (matrix[first : first + rows] for first in range(0, len(matrix), rows))
    return b"".join(to_matrix_line(name, blocks, decimals))


@pytest.mark.parametrize("name", ["a.mp4", 'é "[]" ], [.mp4', "\udcff.mp4"])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_matrix_line_has_the_bytes_of_the_whole_row(name, count):
    matrix = np.random.default_rng(0).uniform(-1, 1, (count, count))
    assert joined(name, matrix) == to_line(
        {"video_fname": name, "similarity_matrix": matrix.tolist()}
    )


def test_matrix_line_rounds_and_writes_no_negative_zero():
    matrix = np.array([[1, -0.0001], [1 / 3, -0.0]])
    line = joined("a", matrix, decimals=3)
    assert json.loads(line)["similarity_matrix"] == [[1, 0], [0.333, 0]]
    assert b"-" not in line


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_matrix_line_refuses_what_json_does_not_know(value):
    with pytest.raises(ValueError, match="JSON"):
        joined("a", np.array([[1, 0], [0, value]]))


def test_matrix_line_holds_a_block_at_a_time():
    count, rows = 1024, 32
    blocks = (np.full((rows, count), 0.5) for _ in range(count // rows))
    tracemalloc.start()
    size = sum(len(piece) for piece in to_matrix_line("a", blocks, 3))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 5 * count**2
    assert peak < count**2
