"""Figures of retrieval and of telling copies from others, from similarities alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LEAST_ABOVE = 10  # false pairs that a rate must leave above its threshold to be more than luck


def ranks(
    similarity: Floats, own: npt.NDArray[np.int64], allowed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """The place of each query's own photo among its gallery, 1 for first.

    similarity: (Q, G); own: (Q,) the column of each query's original; allowed: (Q, G) which columns
    are that query's gallery. Ties count against: hashes would otherwise win by having few values.
    """
    rows = np.arange(len(own))
    at = similarity[rows, own]
    rivals = allowed.copy()
    rivals[rows, own] = False
    better: npt.NDArray[np.int64] = ((similarity >= at[:, None]) & rivals).sum(axis=1)
    return better + 1


def recall_at(places: npt.NDArray[np.int64], k: int) -> float:
    """Share of queries whose own photo is among the first k."""
    return float((places <= k).mean())


def mean_reciprocal_rank(places: npt.NDArray[np.int64]) -> float:
    """Which is the mean average precision where every query has one right answer."""
    return float((1.0 / places).mean())


def true_positive_rates(
    true: Floats, false: Floats, rates: Sequence[float]
) -> dict[float, tuple[float, float]]:
    """For each false-positive rate: the threshold, and the share of true pairs above it.

    true, false: similarities of all pairs. Rates with fewer than LEAST_ABOVE false pairs above the
    threshold are left out.
    """
    found = {}
    for rate in rates:
        above = int(rate * len(false))
        if above < LEAST_ABOVE:
            continue
        threshold = float(np.partition(false, len(false) - 1 - above)[len(false) - 1 - above])
        found[rate] = (threshold, float((true > threshold).mean()))
    return found


def false_positive_rate(true: Floats, false: Floats, found: float) -> float:
    """Share of false pairs at or above the threshold that lets through that share of true pairs."""
    return float((false >= np.quantile(true, 1.0 - found)).mean())


def class_figures(similarity: Floats, labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Search by example: every photo asks for the others of its class.

    similarity: (N, N), labels: (N,). Returns precision at 5, recall at 1 (the first is of the
    class), recall at 5 (one of five is), and mean average precision.
    """
    scores = similarity.astype(np.float64)
    np.fill_diagonal(scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :-1]
    right = labels[order] == labels[:, None]
    found = right.cumsum(axis=1)
    precision = found / np.arange(1, right.shape[1] + 1)
    average = (precision * right).sum(axis=1) / np.maximum(found[:, -1], 1)
    return {
        "precision_at_5": float(right[:, :5].mean()),
        "recall_at_1": float(right[:, 0].mean()),
        "recall_at_5": float(right[:, :5].any(axis=1).mean()),
        "mean_average_precision": float(average.mean()),
    }
