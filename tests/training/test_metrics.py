"""Figures against loops and by hand."""

import numpy as np
import pytest

from training import metrics


def test_ranks_count_every_rival_that_is_as_good() -> None:
    similarity = np.array([[0.9, 0.5, 0.9, 0.1], [0.2, 0.6, 0.7, 0.5]], np.float32)
    own = np.array([0, 1])
    allowed = np.ones((2, 4), np.bool_)
    assert metrics.ranks(similarity, own, allowed).tolist() == [2, 2]
    allowed[:, 2] = False
    assert metrics.ranks(similarity, own, allowed).tolist() == [1, 1]


def test_recall_and_reciprocal_rank_by_hand() -> None:
    places = np.array([1, 1, 2, 6])
    assert metrics.recall_at(places, 1) == 0.5
    assert metrics.recall_at(places, 5) == 0.75
    assert metrics.mean_reciprocal_rank(places) == pytest.approx((1 + 1 + 0.5 + 1 / 6) / 4)


def test_true_positive_rate_is_that_of_sorting_all_pairs() -> None:
    random = np.random.default_rng(0)
    false = random.normal(0.0, 0.2, 5000).astype(np.float32)
    true = random.normal(0.6, 0.2, 300).astype(np.float32)
    found = metrics.true_positive_rates(true, false, (1e-1, 1e-2, 1e-3))
    assert set(found) == {1e-1, 1e-2}, "1e-3 of 5000 leaves only five pairs"
    for rate, (threshold, share) in found.items():
        ordered = sorted(false.tolist(), reverse=True)
        assert sum(value > threshold for value in ordered) == int(rate * 5000)
        assert share == pytest.approx(np.mean([value > threshold for value in true.tolist()]))


def test_ties_with_hashes_never_pass_more_false_pairs_than_the_rate() -> None:
    false = np.repeat(np.array([0.5, 0.25, 0.0], np.float32), 100)
    threshold, share = metrics.true_positive_rates(np.array([0.5, 0.6], np.float32), false, (0.1,))[
        0.1
    ]
    assert (false > threshold).sum() <= 30
    assert share == 0.5


def test_class_figures_are_those_of_the_loop() -> None:
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(4), 6)
    similarity = random.normal(0, 1, (24, 24)).astype(np.float32)
    similarity += (labels[:, None] == labels[None, :]) * 1.0
    at_5, first, any_of_5, averages = [], [], [], []
    for query in range(24):
        others = sorted((j for j in range(24) if j != query), key=lambda j: -similarity[query, j])
        right = [labels[j] == labels[query] for j in others]
        at_5.append(sum(right[:5]) / 5)
        first.append(right[0])
        any_of_5.append(any(right[:5]))
        hits = [sum(right[: k + 1]) / (k + 1) for k in range(23) if right[k]]
        averages.append(sum(hits) / len(hits))
    figures = metrics.class_figures(similarity, labels)
    assert figures["precision_at_5"] == pytest.approx(np.mean(at_5))
    assert figures["recall_at_1"] == pytest.approx(np.mean(first))
    assert figures["recall_at_5"] == pytest.approx(np.mean(any_of_5))
    assert figures["mean_average_precision"] == pytest.approx(np.mean(averages))


def test_the_false_positive_rate_counts_false_pairs_above_the_wanted_true_ones() -> None:
    true = np.linspace(0.0, 1.0, 101, dtype=np.float32)
    false = np.linspace(-1.0, 1.0, 2001, dtype=np.float32)
    rate = metrics.false_positive_rate(true, false, 0.95)
    assert rate == pytest.approx(0.475, abs=0.01)
    assert metrics.false_positive_rate(true, false, 0.5) < rate
