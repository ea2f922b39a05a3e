"""How much the captions differ from each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivg.hygiene.words import normal
from ivg.quality.bootstrap import Bootstrap
from ivg.quality.figures import Figure
from ivg.quality.judged import caption_vectors
from ivg.quality.measure import Columns, Measure
from ivg.ranges import whole_within
from ivg.records import IntArray, Video
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
        for name, compute in (
            ("distinct_1", lambda rows: distinct([captions[i] for i in rows], 1)),
            ("distinct_2", lambda rows: distinct([captions[i] for i in rows], 2)),
            ("vocabulary", lambda rows: len({w for i in rows for w in captions[i]})),
        ):
            yield quick.statistic(f"diversity/{name}", compute, groups[drawn], 1)
        yield bootstrap.mean("diversity/repeated", repeated(seen["captions"]), groups, -1, None)
        if n and all(vector is not None for vector in seen["vectors"]):
            vectors = unit(np.stack(list(seen["vectors"][drawn])))
            yield quick.statistic(
                "diversity/vendi", lambda rows: vendi(vectors[rows]), groups[drawn], 1
            )


def distinct(captions: Sequence[Sequence[str]], n: int) -> float:
    """Different n-grams over all n-grams; NaN where no caption has one."""
    grams = [tuple(words[i : i + n]) for words in captions for i in range(len(words) - n + 1)]
    return len(set(grams)) / len(grams) if grams else float("nan")


def repeated(captions: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) whether another row has the same words."""
    counts = Counter(captions)
    return np.array([counts[caption] > 1 for caption in captions], dtype=np.float64)


def vendi(vectors: NDArray[np.floating[Any]]) -> float:
    """Vendi score of (n, d) vectors of length 1, in 1..n."""
    from vendi_score.vendi import score_dual

    return float(score_dual(vectors, normalize=False))
