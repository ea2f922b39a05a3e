"""Samples as padded tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ivg.quality.probe.sample import Sample
from ivg.records import FloatArray
from ivg.stages.vectors import unit


class Batch(NamedTuple):
    """B samples of at most T steps.

    Attributes:
        features: (B, T, d) of length 1; zeros behind the end of a sample.
        text: (B, d) of length 1.
        valid: (B, T) whether a step is part of its sample.
        centres: (B, T) middle of each step, as share of the stretch.
        target: (B, T, 2) the true window of the step, shares; of a step in none the first.
        inside: (B, T) whether the step lies in a true window.
    """

    features: Tensor
    text: Tensor
    valid: Tensor
    centres: Tensor
    target: Tensor
    inside: Tensor


def collated(samples: Sequence[Sample], max_frames: int) -> Batch:
    """A batch; stretches longer than `max_frames` are averaged down."""
    rows = [shortened(unit(sample.features), max_frames) for sample in samples]
    marks = [marked(sample.windows, len(row)) for sample, row in zip(samples, rows, strict=True)]
    centres = [middles(len(row)) for row in rows]
    return Batch(
        padded(rows),
        torch.from_numpy(np.stack([unit(sample.text) for sample in samples])).float(),
        padded([np.ones(len(row)) for row in rows]).bool(),
        padded(centres),
        padded([target for target, _ in marks]),
        padded([inside for _, inside in marks]).bool(),
    )


def padded(arrays: Sequence[FloatArray]) -> Tensor:
    """(B, T, ...) float32, zeros behind the end of each."""
    tensors = [torch.from_numpy(np.asarray(array)).float() for array in arrays]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)


def middles(n: int) -> FloatArray:
    """(n,) middles of n even steps over [0, 1]."""
    found: FloatArray = (np.arange(n) + 0.5) / n
    return found


def shortened(features: FloatArray, steps: int) -> FloatArray:
    """(min(T, steps), d): means of even runs of rows."""
    if len(features) <= steps:
        return features
    return np.stack([part.mean(axis=0) for part in np.array_split(features, steps)])


def marked(windows: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Each step's true window, (n, 2), and whether it has one, (n,) of 0 and 1.

    A window between two middles, so short is it, marks the step that is nearest to its own.
    """
    at = middles(n)
    target = np.repeat(np.asarray(windows[:1], np.float64), n, axis=0)
    inside = np.zeros(n)
    for start, end in windows:
        here = (at >= start) & (at <= end)
        here[np.abs(at - (start + end) / 2).argmin()] = True
        target[here] = start, end
        inside[here] = 1
    return target, inside
