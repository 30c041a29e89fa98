"""The batched losses and miners against the obvious loops."""

import math

import pytest
import torch
from torch import Tensor

from training import triplet


def batch(seed: int = 0, count: int = 14, labels: int = 5) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.nn.functional.normalize(torch.randn(count, 8, generator=generator), dim=1)
    return embeddings, torch.randint(0, labels, (count,), generator=generator)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def plain_distance(name: str, a: Tensor, b: Tensor) -> float:
    cosine = sum(float(x) * float(y) for x, y in zip(a, b, strict=True))
    squared = sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))
    return {"cosine": 1 - cosine, "squared-l2": squared, "l2": math.sqrt(squared)}[name]


@pytest.mark.parametrize("name", sorted(triplet.DISTANCES))
def test_distances_are_those_of_the_loop(name: str) -> None:
    a, b = batch(1)[0], batch(2)[0]
    fast = triplet.DISTANCES[name](a, b)
    for i in range(len(a)):
        for j in range(len(b)):
            assert float(fast[i, j]) == pytest.approx(plain_distance(name, a[i], b[j]), abs=1e-4)


def plain_hard_loss(embeddings: Tensor, labels: Tensor, margin: float, distance: str) -> float:
    losses = []
    for i in range(len(labels)):
        negatives = [j for j in range(len(labels)) if labels[j] != labels[i]]
        for p in range(len(labels)):
            if p == i or labels[p] != labels[i] or not negatives:
                continue
            to_positive = plain_distance(distance, embeddings[i], embeddings[p])
            nearest = min(plain_distance(distance, embeddings[i], embeddings[n]) for n in negatives)
            losses.append(max(to_positive - nearest + margin, 0.0))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("distance", sorted(triplet.DISTANCES))
@pytest.mark.parametrize("margin", [0.05, 0.2, 1.0])
def test_hard_triplet_loss_is_that_of_the_loop(distance: str, margin: float) -> None:
    embeddings, labels = batch(4)
    fast = triplet.triplet_loss(
        embeddings, labels, margin=margin, distance=distance, mining="hard", generator=generator()
    )
    assert float(fast) == pytest.approx(
        plain_hard_loss(embeddings, labels, margin, distance), abs=1e-4
    )


def mined(name: str, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    embeddings, labels = batch(seed)
    distances = triplet.squared_l2_distance(embeddings, embeddings)
    anchor, positive = triplet.pairs_of(labels)
    negative = labels[anchor][:, None] != labels[None, :]
    to_positive = distances[anchor, positive]
    chosen = triplet.MINERS[name](to_positive, distances[anchor], negative, 0.4, generator())
    return chosen, to_positive, distances[anchor], negative


@pytest.mark.parametrize("name", sorted(triplet.MINERS))
@pytest.mark.parametrize("seed", range(4))
def test_miners_choose_negatives_only(name: str, seed: int) -> None:
    chosen, _, _, negative = mined(name, seed)
    assert len(chosen) > 0
    assert all(bool(negative[pair, row]) for pair, row in enumerate(chosen.tolist()))


@pytest.mark.parametrize("seed", range(6))
def test_semi_hard_prefers_the_band_then_the_nearest_beyond_then_the_farthest(seed: int) -> None:
    chosen, to_positive, to_others, negative = mined("semi-hard", seed)
    for pair, row in enumerate(chosen.tolist()):
        candidates = [j for j in range(negative.shape[1]) if negative[pair, j]]
        own = float(to_positive[pair])
        far = {j: float(to_others[pair, j]) for j in candidates}
        band = [j for j in candidates if own < far[j] < own + 0.4]
        beyond = [j for j in candidates if far[j] > own]
        if band:
            assert row in band
        elif beyond:
            assert far[row] == min(far[j] for j in beyond)
        else:
            assert far[row] == max(far.values())


def test_semi_hard_meets_all_three_cases() -> None:
    """Else the test above would prove less than it says."""
    to_positive = torch.tensor([0.5, 0.5, 0.5])
    to_others = torch.tensor([[0.6, 0.1, 2.0], [0.1, 2.0, 1.5], [0.1, 0.2, 0.3]])
    negative = torch.ones(3, 3, dtype=torch.bool)
    chosen = triplet.mine_semi_hard(to_positive, to_others, negative, 0.2, generator())
    assert chosen.tolist() == [0, 2, 2]


def test_random_mining_reaches_every_negative_and_repeats_with_its_seed() -> None:
    negative = torch.tensor([[False, True, True, True]]).repeat(200, 1)
    nothing = torch.zeros(200), torch.zeros(200, 4)
    first = triplet.mine_random(*nothing, negative, 0.2, generator())
    assert set(first.tolist()) == {1, 2, 3}
    assert torch.equal(first, triplet.mine_random(*nothing, negative, 0.2, generator()))


@pytest.mark.parametrize("mining", sorted(triplet.MINERS))
def test_no_triplet_gives_zero_that_can_be_differentiated(mining: str) -> None:
    embeddings = batch()[0].requires_grad_()
    for labels in (torch.arange(14), torch.zeros(14, dtype=torch.int64)):
        loss = triplet.triplet_loss(
            embeddings, labels, margin=0.2, distance="l2", mining=mining, generator=generator()
        )
        loss.backward()
        assert loss.item() == 0.0


def test_identical_embeddings_have_a_finite_gradient() -> None:
    embeddings = torch.ones(4, 8).div(8**0.5).requires_grad_()
    loss = triplet.triplet_loss(
        embeddings, torch.tensor([0, 0, 1, 1]), margin=0.2, distance="l2", mining="hard",
        generator=generator(),
    )  # fmt: skip
    loss.backward()
    assert embeddings.grad is not None
    assert torch.isfinite(embeddings.grad).all()


def test_koleo_is_that_of_the_loop() -> None:
    embeddings, labels = batch(5)
    terms = []
    for i in range(len(labels)):
        near = min(
            plain_distance("l2", embeddings[i], embeddings[j])
            for j in range(len(labels))
            if labels[j] != labels[i]
        )
        terms.append(-math.log(near))
    fast = triplet.koleo_loss(embeddings, labels, embeddings, labels)
    assert float(fast) == pytest.approx(sum(terms) / len(terms), abs=1e-4)


def test_contrastive_is_that_of_the_loop() -> None:
    embeddings, labels = batch(6)
    scores = (embeddings @ embeddings.T / 0.1).tolist()
    terms = []
    for i in range(len(labels)):
        rest = [math.exp(scores[i][j]) for j in range(len(labels)) if labels[j] != labels[i]]
        for p in range(len(labels)):
            if p != i and labels[p] == labels[i]:
                own = math.exp(scores[i][p])
                terms.append(-math.log(own / (own + sum(rest))))
    fast = triplet.contrastive_loss(embeddings, labels, embeddings, labels, 0.1)
    assert float(fast) == pytest.approx(sum(terms) / len(terms), abs=1e-3)
