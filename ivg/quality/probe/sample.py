"""What the probe learns from and is tested on: features, a text, windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ivg.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One query over one stretch of video (a negative span, or a benchmark's whole video).

    Attributes:
        video: Id of the video; samples of one video stay on one side of a split.
        features: (T, d) frame features at even steps over the stretch, T >= 1.
        text: (d,) text feature.
        windows: (k, 2) true windows as shares of the stretch, in [0, 1], start < end, k >= 1.
        duration: Length of the stretch, seconds.
    """

    video: str
    features: FloatArray
    text: FloatArray
    windows: FloatArray
    duration: float

    @property
    def seconds(self) -> FloatArray:
        """(k, 2) true windows, seconds from the start of the stretch."""
        return self.windows * self.duration


def with_shuffled_texts(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """The samples with their texts dealt out anew: what no caption of which is right teaches."""
    order = np.random.default_rng(seed).permutation(len(samples))
    return [replace(s, text=samples[i].text) for s, i in zip(samples, order, strict=True)]


def budget(samples: Sequence[Sample], n: int | None, seed: int) -> list[Sample]:
    """`n` samples drawn without replacement, or all where there are no more (or `n` is None)."""
    if n is None or n >= len(samples):
        return list(samples)
    chosen = np.random.default_rng(seed).permutation(len(samples))[:n]
    return [samples[i] for i in sorted(chosen)]
