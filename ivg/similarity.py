"""How alike the scenes or segments of a video are, a block of rows at a time.

A similarity of n things has n * n entries, 200 MB for 5,000 scenes. None is held whole: rows are
computed when they are asked for. Blocks are aligned, so that an entry is computed in one way only
and has the same bits whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from ivg.records import FloatArray, IntArray, Video
from ivg.stages.vectors import unit

ROWS = 128
KEPT_BLOCKS = 4
"""5 MB each for 5,000 scenes; captions in order of time ask for rows near the last ones."""


class Blocks(Protocol):
    """Where the rows of a similarity come from."""

    def __len__(self) -> int:
        """How many things are compared."""

    def block(self, index: int) -> FloatArray:
        """Rows `index * ROWS` and on, at most `ROWS`: (m, n) float64 in [-1, 1]."""

    def neighbours(self) -> FloatArray:
        """(n - 1,) similarity of each thing with the next one; empty for n < 2."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A matrix from outside, (n, n), which need not be symmetric."""

    matrix: FloatArray

    def __len__(self) -> int:
        return len(self.matrix)

    def block(self, index: int) -> FloatArray:
        """See `Blocks`."""
        return self.matrix[index * ROWS : (index + 1) * ROWS]

    def neighbours(self) -> FloatArray:
        """See `Blocks`."""
        return beside([self.matrix])


@dataclass(frozen=True, slots=True, eq=False)
class Cosines:
    """Cosines among vectors: exactly symmetric, with a diagonal of 1.

    A tile below the diagonal is the transpose of the one above: two products of the same rows
    in another order may differ in their last bits. A zero vector is like nothing: its cosines
    with others are 0.

    Attributes:
        vectors: (n, d) float64, of length 1 or 0.
        decimals: Cosines are rounded to so many; None leaves them as they are.
    """

    vectors: FloatArray
    decimals: int | None = None

    def __len__(self) -> int:
        return len(self.vectors)

    def block(self, index: int) -> FloatArray:
        """See `Blocks`."""
        return self._tiles(index, 0, count_blocks(len(self)))

    def neighbours(self) -> FloatArray:
        """See `Blocks`; only tiles on the diagonal and right of it are computed."""
        count = count_blocks(len(self))
        return beside(self._tiles(i, i, min(i + 2, count)) for i in range(count))

    def _tiles(self, i: int, start: int, stop: int) -> FloatArray:
        return np.concatenate([self._tile(i, j) for j in range(start, stop)], axis=1)

    def _tile(self, i: int, j: int) -> FloatArray:
        if i > j:
            return self._tile(j, i).T
        products = np.clip(self._part(i) @ self._part(j).T, -1.0, 1.0)
        if i == j:
            products = (products + products.T) / 2
            np.fill_diagonal(products, 1.0)
        return products if self.decimals is None else np.round(products, self.decimals)

    def _part(self, index: int) -> FloatArray:
        return self.vectors[index * ROWS : (index + 1) * ROWS]


class Similarity:
    """The similarity of n things, whose rows are computed when asked for; immutable."""

    def __init__(self, source: Blocks) -> None:
        """Nothing is computed yet.

        Args:
            source: Where blocks of rows come from; the last `KEPT_BLOCKS` are kept.
        """
        self._source = source
        # a cached method of `self` would be a cycle, and keep blocks of videos that are done
        self._block = lru_cache(KEPT_BLOCKS)(source.block)

    def __len__(self) -> int:
        return len(self._source)

    def blocks(self) -> Iterator[FloatArray]:
        """All rows in order, (m, n) at a time; not to be written to."""
        return (self._block(index) for index in range(count_blocks(len(self))))

    def rows(self, indices: IntArray) -> FloatArray:
        """Some rows, (m,) to (m, n); quickest where neighbouring indices are near each other."""
        found = np.empty((len(indices), len(self)))
        owners = indices // ROWS
        for owner in np.unique(owners).tolist():
            mine = owners == owner
            found[mine] = self._block(owner)[indices[mine] - owner * ROWS]
        return found

    def maxima(self, first: IntArray, last: IntArray) -> FloatArray:
        """Column-wise maxima over the rows `first..last` (inclusive, first <= last) of each of c.

        Args:
            first: (c,) first rows.
            last: (c,) last rows.

        Returns:
            (c, n) the similarity of each column to the most similar of the rows.
        """
        found = np.full((len(first), len(self)), -np.inf)
        for start in range(0, len(self), ROWS):
            here = np.flatnonzero((first < start + ROWS) & (last >= start))
            if here.size:
                block = self._block(start // ROWS)
                runs = run_maxima(block, first[here] - start, last[here] - start)
                found[here] = np.maximum(found[here], runs)
        return found

    def neighbours(self) -> FloatArray:
        """(n - 1,) similarity of each thing with the next one; empty for n < 2."""
        return self._source.neighbours()

    def matrix(self) -> FloatArray:
        """All of it, (n, n): for few things only."""
        return np.concatenate([np.zeros((0, len(self))), *self.blocks()])


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """Segments: two are as similar as their most similar scenes.

    Attributes:
        scenes: The similarity of scenes.
        firsts: (s,) first scene of each segment, ascending from 0.
    """

    scenes: Similarity
    firsts: IntArray

    def __len__(self) -> int:
        return len(self.firsts)

    def block(self, index: int) -> FloatArray:
        """See `Blocks`."""
        lasts = np.append(self.firsts[1:], len(self.scenes)) - 1
        mine = slice(index * ROWS, (index + 1) * ROWS)
        rows = self.scenes.maxima(self.firsts[mine], lasts[mine])
        return np.maximum.reduceat(rows, self.firsts, axis=1)

    def neighbours(self) -> FloatArray:
        """See `Blocks`."""
        blocks = map(self.block, range(count_blocks(len(self))))
        return beside(block[:, i * ROWS :] for i, block in enumerate(blocks))


def count_blocks(n: int) -> int:
    """How many blocks of `ROWS` rows n rows are."""
    return -(-n // ROWS)


def beside(blocks: Iterable[FloatArray]) -> FloatArray:
    """The entries right of the diagonal, of blocks of rows that begin with the diagonal's."""
    return np.concatenate([np.zeros(0), *(np.diagonal(b, offset=1).copy() for b in blocks)])


def run_maxima(block: FloatArray, first: IntArray, last: IntArray) -> FloatArray:
    """Column-wise maxima over runs of rows that may begin before the block or end after it.

    Args:
        block: (m, n) rows.
        first: (c,) first row of each run, below m.
        last: (c,) its last row, at least 0 and `first`.

    Returns:
        (c, n) maxima over the part of each run that lies in the block.
    """
    padded = np.concatenate((block, block[-1:]))  # reduceat needs last + 1 to exist
    stops = np.minimum(last + 1, len(block))
    edges = np.stack((np.maximum(first, 0), stops), axis=1).ravel()
    return np.asarray(np.maximum.reduceat(padded, edges, axis=0)[::2])


def scene_similarity(video: Video) -> Similarity:
    """Of the compared scenes of a video: from their vectors, or as a published folder has it."""
    if len(video.scene_vectors):
        return Similarity(Cosines(unit(video.scene_vectors), video.similarity_decimals))
    return Similarity(Given(video.similarity))


def segment_similarity(video: Video) -> Similarity:
    """Of the segments of a video."""
    firsts = np.array([segment.first_scene for segment in video.segments], dtype=np.int64)
    return Similarity(Merged(scene_similarity(video), firsts))
