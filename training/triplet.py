"""Distances, miners, the triplet loss, and the named terms that go beside it.

All work on one batch: embeddings (M, D) float32 of unit length, labels (M,) int64. Two rows with
one label are anchor and positive, two with different labels anchor and negative.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

MARGIN = 0.2  # FaceNet's (Schroff et al. 2015), for squared distances of unit vectors
FAR = 1e4  # beyond any distance of unit vectors


def cosine_distance(a: Tensor, b: Tensor) -> Tensor:
    """(N, D), (M, D) to (N, M): 1 - cosine, 0 to 2."""
    return 1.0 - a @ b.T


def squared_l2_distance(a: Tensor, b: Tensor) -> Tensor:
    """(N, D), (M, D) to (N, M): FaceNet's, 0 to 4; of unit vectors twice the cosine distance."""
    return 2.0 * cosine_distance(a, b)


def l2_distance(a: Tensor, b: Tensor) -> Tensor:
    """(N, D), (M, D) to (N, M): the one of PyTorch's TripletMarginLoss, 0 to 2."""
    # The root's slope is infinite at zero, where a row meets itself.
    return squared_l2_distance(a, b).clamp(min=1e-8).sqrt()


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cosine": cosine_distance,
    "squared-l2": squared_l2_distance,
    "l2": l2_distance,
}


def pairs_of(labels: Tensor) -> tuple[Tensor, Tensor]:
    """All ordered (anchor, positive) pairs: two (P,) index tensors."""
    same = labels[:, None] == labels[None, :]
    same.fill_diagonal_(False)
    anchor, positive = same.nonzero(as_tuple=True)
    return anchor, positive


def mine_random(
    to_positive: Tensor,
    to_others: Tensor,
    negative: Tensor,
    margin: float,
    generator: torch.Generator,
) -> Tensor:
    """Any negative. Arguments and result as for every miner:

    to_positive: (P,) distance of each anchor to its positive; to_others: (P, M) to all rows;
    negative: (P, M) bool, which rows are negatives. Returns (P,) the row of the negative chosen.
    """
    noise = torch.rand(negative.shape, generator=generator).to(negative.device)
    return noise.masked_fill(~negative, -1.0).argmax(dim=1)


def mine_hard(
    to_positive: Tensor,
    to_others: Tensor,
    negative: Tensor,
    margin: float,
    generator: torch.Generator,
) -> Tensor:
    """The nearest negative."""
    return to_others.masked_fill(~negative, FAR).argmin(dim=1)


def mine_semi_hard(
    to_positive: Tensor,
    to_others: Tensor,
    negative: Tensor,
    margin: float,
    generator: torch.Generator,
) -> Tensor:
    """FaceNet's: a random negative farther than the positive, but within the margin of it.

    Where there is none, the nearest negative beyond the positive, else the farthest of the nearer
    ones: the hardest negatives make an untrained network collapse into one point.
    """
    beyond = negative & (to_others > to_positive[:, None])
    within = beyond & (to_others < to_positive[:, None] + margin)
    noise = torch.rand(negative.shape, generator=generator).to(negative.device)
    chosen = noise.masked_fill(~within, -1.0).argmax(dim=1)
    nearest_beyond = to_others.masked_fill(~beyond, FAR).argmin(dim=1)
    farthest = to_others.masked_fill(~negative, -FAR).argmax(dim=1)
    fallback = torch.where(beyond.any(dim=1), nearest_beyond, farthest)
    return torch.where(within.any(dim=1), chosen, fallback)


Miner = Callable[[Tensor, Tensor, Tensor, float, torch.Generator], Tensor]
MINERS: dict[str, Miner] = {
    "random": mine_random,
    "semi-hard": mine_semi_hard,
    "hard": mine_hard,
}


def triplet_loss(
    embeddings: Tensor,
    labels: Tensor,
    *,
    margin: float,
    distance: str,
    mining: str,
    generator: torch.Generator,
    others: Tensor | None = None,
    other_labels: Tensor | None = None,
) -> Tensor:
    """Mean of max(d(a, p) - d(a, n) + margin, 0) over all anchor-positive pairs of the batch.

    others, other_labels: where negatives are looked for, (K, D) and (K,): the batch itself by
    default, the batches of all ranks in distributed training. Zero when nothing forms a triplet.
    """
    if others is None or other_labels is None:
        others, other_labels = embeddings, labels
    measure = DISTANCES[distance]
    anchor, positive = pairs_of(labels)
    negative = labels[anchor][:, None] != other_labels[None, :]
    usable = negative.any(dim=1)
    anchor, positive, negative = anchor[usable], positive[usable], negative[usable]
    if anchor.numel() == 0:
        return embeddings.sum() * 0.0
    to_positive = measure(embeddings, embeddings)[anchor, positive]
    to_others = measure(embeddings, others)[anchor]
    with torch.no_grad():
        chosen = MINERS[mining](to_positive, to_others, negative, margin, generator)
    to_negative = to_others.gather(1, chosen[:, None]).squeeze(1)
    return functional.relu(to_positive - to_negative + margin).mean()


def koleo_loss(embeddings: Tensor, labels: Tensor, others: Tensor, other_labels: Tensor) -> Tensor:
    """Spread-out term KoLeo (Sablayrolles et al. 2019; SSCD): -log of the distance to the nearest.

    Without it, photos of one kind crowd together, and no cosine separates copies everywhere.
    """
    squared = squared_l2_distance(embeddings, others)
    foreign = labels[:, None] != other_labels[None, :]
    nearest = squared.masked_fill(~foreign, FAR).min(dim=1).values
    return -0.5 * torch.log(nearest.clamp(min=1e-6)).mean()


def contrastive_loss(
    embeddings: Tensor, labels: Tensor, others: Tensor, other_labels: Tensor, temperature: float
) -> Tensor:
    """InfoNCE over the batch: each anchor's positive against all its negatives at once.

    The hardest negative weighs most, the others a little: a smooth form of mining. Each pair's own
    positive alone stands in its denominator (SSCD does so too).
    """
    anchor, positive = pairs_of(labels)
    if anchor.numel() == 0:
        return embeddings.sum() * 0.0
    scores = (embeddings @ others.T) / temperature
    foreign = labels[:, None] != other_labels[None, :]
    rest = scores.masked_fill(~foreign, -FAR).logsumexp(dim=1)
    of_pair = (embeddings[anchor] * embeddings[positive]).sum(dim=1) / temperature
    return (torch.logaddexp(of_pair, rest[anchor]) - of_pair).mean()
