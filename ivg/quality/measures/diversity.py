"""How much the captions differ from each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivg.hygiene.words import normal
from ivg.quality.bootstrap import Bootstrap, runs
from ivg.quality.figures import Figure
from ivg.quality.judged import caption_vectors
from ivg.quality.measure import Columns, Measure
from ivg.ranges import whole_within
from ivg.records import FloatArray, IntArray, Video
from ivg.stages.vectors import unit

RESAMPLES = 100
"""Each draws up to `max_captions` captions and counts all their n-grams again."""


class Diversity(Measure):
    """distinct-n (Li et al., 2016), vocabulary, repeated captions, and the Vendi score.

    distinct-n: different n-grams over all n-grams of the captions. repeated: share of captions that
    another annotation has too. Vendi score (Friedman and Dieng, 2023): the effective number of
    different captions, of the judge's vectors of them; left out without a judge.

    All depend on the number of captions: it is capped, and compares only where n is equal.
    """

    def __init__(self, max_captions: int = 5000) -> None:
        """Check the value.

        Args:
            max_captions: Of more, so many are looked at, evenly spread over the videos.

        Raises:
            ConfigError: It is below 2.
        """
        self.max_captions = whole_within("quality.diversity.max_captions", max_captions, 2)

    def names(self, judged: bool) -> tuple[str, ...]:
        """All of them, without a judge all but the Vendi score."""
        known = ("distinct_1", "distinct_2", "vocabulary", "repeated")
        return tuple(f"diversity/{name}" for name in (*known, *(["vendi"] if judged else [])))

    def see(self, video: Video) -> Columns:
        """Words, and the judge's vectors where there are some."""
        captions = [normal(row.caption) for row in video.annotations]
        vectors = np.empty(len(captions), dtype=object)
        if len(video.judge_captions):
            vectors[:] = list(caption_vectors(video))
        return {"captions": np.array(captions, dtype=object), "vectors": vectors}

    def figures(self, seen: Columns, groups: IntArray, bootstrap: Bootstrap) -> Iterator[Figure]:
        """distinct-1, distinct-2, vocabulary, repeated and, with a judge, Vendi score."""
        n = len(groups)
        drawn = np.unique(np.linspace(0, n - 1, min(n, self.max_captions)).astype(np.int64))
        captions = [caption.split() for caption in seen["captions"][drawn]]
        quick = replace(bootstrap, resamples=min(bootstrap.resamples, RESAMPLES))
        ones, twos = grams_of(captions, 1), grams_of(captions, 2)
        for name, compute in (
            ("distinct_1", ones.share),
            ("distinct_2", twos.share),
            ("vocabulary", ones.different),
        ):
            yield quick.statistic(f"diversity/{name}", compute, groups[drawn], 1)
        yield bootstrap.mean("diversity/repeated", repeated(seen["captions"]), groups, -1, None)
        if not n:
            yield Figure("diversity/vendi", None, None, None, 0, 1)
        elif all(vector is not None for vector in seen["vectors"]):
            vectors = unit(np.stack(list(seen["vectors"][drawn])))
            with one_thread():
                score = quick.statistic("diversity/vendi", vendi_of(vectors), groups[drawn], 1)
            yield score


@dataclass(frozen=True)
class Grams:
    """The n-grams of captions, numbered.

    Attributes:
        numbers: (g,) of all captions, one after the other.
        firsts: (c,) where each caption's begin.
        sizes: (c,) how many each has.
        known: How many numbers there are.
    """

    numbers: IntArray
    firsts: IntArray
    sizes: IntArray
    known: int

    def different(self, rows: IntArray) -> int:
        """How many different ones these captions have."""
        seen = np.zeros(self.known, dtype=bool)
        seen[self.numbers[runs(self.firsts[rows], self.sizes[rows])]] = True
        return int(seen.sum())

    def share(self, rows: IntArray) -> float:
        """Different ones over all of them; NaN where there is none."""
        total = int(self.sizes[rows].sum())
        return self.different(rows) / total if total else float("nan")


def grams_of(captions: Sequence[Sequence[str]], n: int) -> Grams:
    """The n-grams of some captions."""
    numbers: dict[tuple[str, ...], int] = {}
    found = [
        [numbers.setdefault(tuple(words[i : i + n]), len(numbers)) for i in starts]
        for words in captions
        for starts in [range(len(words) - n + 1)]
    ]
    sizes = np.array([len(one) for one in found], dtype=np.int64)
    flat = np.array(list(chain.from_iterable(found)), dtype=np.int64)
    return Grams(flat, np.cumsum(sizes) - sizes, sizes, len(numbers))


def repeated(captions: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) whether another row has the same words."""
    counts = Counter(captions)
    return np.array([counts[caption] > 1 for caption in captions], dtype=np.float64)


def vendi_of(vectors: FloatArray) -> Callable[[IntArray], float]:
    """The Vendi score of any rows of (n, d) vectors of length 1.

    Equal vectors, which repeated captions have, count as one with its share: the score is the
    same, and the matrix whose eigenvalues it needs is much smaller.
    """
    kinds, kind_of = np.unique(vectors, axis=0, return_inverse=True)

    def compute(rows: IntArray) -> float:
        from vendi_score.vendi import score_dual

        counts = np.bincount(kind_of[rows], minlength=len(kinds))
        there = np.flatnonzero(counts)
        weighted = kinds[there] * np.sqrt(counts[there] / len(rows))[:, None]
        # W'W and WW' have the same eigenvalues but for zeros; the score is that of X'X / len(X)
        small = weighted if len(there) > weighted.shape[1] else weighted.T
        return float(score_dual(small * np.sqrt(len(small)), normalize=False))

    return compute


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread.

    On matrices as small as these, threads that wait for each other on busy cores took up to fifty
    times as long.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        yield
