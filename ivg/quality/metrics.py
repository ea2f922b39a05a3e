"""Temporal IoU and the figures of moment retrieval, as the public evaluators compute them.

Windows are `[start, end]` in seconds, predictions `[start, end, score]`; results are shares in
[0, 1], not per cent. **Every comparison of an IoU with a threshold is >=**: so in R@1 of
moment_detr's `standalone_eval` (`iou >= thd`) and, by its negation (`iou < thd` is a false
positive), in the AP of ActivityNet's evaluator, which moment_detr and lighthouse took over.

One deviation: predictions are sorted by falling score here (the sort is stable), where the public
R@1 takes the first of the list as written and AP the first ten. For lists written in falling
order of score, which both tools write, there is no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ivg.records import FloatArray

R1_THRESHOLDS = (0.3, 0.5, 0.7)
AP_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
MAX_PREDICTIONS = 10


def temporal_iou(one: FloatArray, other: FloatArray) -> FloatArray:
    """Intersection over union of windows, pair by pair.

    Args:
        one: (..., 2) seconds.
        other: (..., 2) seconds; both are broadcast against each other.

    Returns:
        (...) in [0, 1]; 0 where a window is empty or runs backwards.
    """
    shared = np.minimum(one[..., 1], other[..., 1]) - np.maximum(one[..., 0], other[..., 0])
    shared = np.maximum(shared, 0.0)
    union = length(one) + length(other) - shared
    ious: FloatArray = np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)
    return ious


def length(windows: FloatArray) -> FloatArray:
    """(...) seconds of (..., 2) windows; 0 for one that runs backwards."""
    found: FloatArray = np.maximum(windows[..., 1] - windows[..., 0], 0.0)
    return found


def iou_matrix(one: FloatArray, other: FloatArray) -> FloatArray:
    """(n, m) IoU of each of (n, 2) windows with each of (m, 2)."""
    return temporal_iou(one[:, None, :2], other[None, :, :2])


def ranked(predictions: FloatArray) -> FloatArray:
    """The first ten predictions by falling score; equal scores stay in order.

    Args:
        predictions: (n, 3) start, end, score; n may be 0.
    """
    predictions = np.asarray(predictions, np.float64).reshape(-1, 3)
    order = np.argsort(-predictions[:, 2], kind="stable")
    return predictions[order[:MAX_PREDICTIONS]]


def top_iou(predictions: FloatArray, windows: FloatArray) -> float:
    """IoU of the first prediction with that true window which it meets best; 0 without any.

    Args:
        predictions: (n, 3), sorted by `ranked`.
        windows: (k, 2) true windows, k >= 1.
    """
    return float(iou_matrix(predictions[:1], windows).max(initial=0.0))


def true_positives(predictions: FloatArray, windows: FloatArray) -> NDArray[np.bool_]:
    """Greedy matching: each prediction takes the free true window that it meets best.

    Args:
        predictions: (n, 3), sorted by `ranked`.
        windows: (k, 2) true windows.

    Returns:
        (10, n), a row for each of `AP_THRESHOLDS`: whether the prediction found a free window of
        at least this IoU. Of equally good windows the last is taken; the evaluators reverse an
        unstable sort, so with exact ties their AP may differ by what the sort made of them.
    """
    thresholds = np.array(AP_THRESHOLDS)[:, None]
    rows = np.arange(len(thresholds))
    free = np.ones((len(thresholds), len(windows)), bool)
    hits = np.zeros((len(thresholds), len(predictions)), bool)
    for i, ious in enumerate(iou_matrix(predictions, windows)):
        fitting = np.where(free & (ious >= thresholds), ious, -1.0)
        best = len(windows) - 1 - fitting[:, ::-1].argmax(axis=1)
        hits[:, i] = fitting[rows, best] >= 0
        free[rows[hits[:, i]], best[hits[:, i]]] = False
    return hits


def average_precision(predictions: FloatArray, windows: FloatArray) -> FloatArray:
    """Interpolated AP of one query at each of `AP_THRESHOLDS` (VOC 2011, ActivityNet).

    Precision at a rank is replaced by the highest precision at this rank or a later one, and
    summed over the ranks at which recall grows.

    Args:
        predictions: (n, 3), sorted by `ranked`.
        windows: (k, 2) true windows, k >= 1.

    Returns:
        (10,) in [0, 1].
    """
    hits = true_positives(predictions, windows)
    precision = hits.cumsum(axis=1) / np.arange(1, len(predictions) + 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    found: FloatArray = (envelope * hits).sum(axis=1) / len(windows)
    return found


def scores_by_query(
    predictions: Sequence[FloatArray], truths: Sequence[FloatArray]
) -> dict[str, FloatArray]:
    """Every figure, query by query: what a bootstrap over videos resamples.

    Args:
        predictions: For each query (n, 3) start, end, score; n may be 0.
        truths: For each query (k, 2) true windows, k >= 1.

    Returns:
        `mIoU`, `R@1@0.3`, `R@1@0.5`, `R@1@0.7`, `mAP` (over `AP_THRESHOLDS`), `mAP@0.5` and
        `mAP@0.75`: each (queries,) in [0, 1].

    Raises:
        ValueError: The two differ in length, or a query has no true window.
    """
    if not all(len(windows) for windows in truths):
        raise ValueError("a query without a true window can't be scored")
    pairs = [
        (ranked(guess), np.asarray(windows, np.float64))
        for guess, windows in zip(predictions, truths, strict=True)
    ]
    ious = np.array([top_iou(*pair) for pair in pairs])
    precisions = np.array([average_precision(*pair) for pair in pairs])
    precisions = precisions.reshape(-1, len(AP_THRESHOLDS))
    return {
        "mIoU": ious,
        **{f"R@1@{limit}": (ious >= limit).astype(np.float64) for limit in R1_THRESHOLDS},
        "mAP": precisions.mean(axis=1),
        **{f"mAP@{at}": precisions[:, AP_THRESHOLDS.index(at)] for at in (0.5, 0.75)},
    }


def mean_scores(by_query: Mapping[str, FloatArray]) -> dict[str, float]:
    """The figures of a benchmark: the mean over queries.

    Raises:
        ValueError: There is no query.
    """
    if not all(len(values) for values in by_query.values()):
        raise ValueError("no query to score")
    return {name: float(values.mean()) for name, values in by_query.items()}
