"""Which photos form a batch: a pass over all, joined by photos that are hard to tell from them."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training import ranks
from training.config import Config
from training.data import Listing

NEIGHBOURS = 40  # look-alikes are drawn from that many nearest
TWIN_COSINE = 0.93  # nearer ones may be unlabelled copies: no negatives of anyone


class Batches:
    """Draws batches, and remembers the last embedding of every photo to know who resembles whom."""

    def __init__(self, listing: Listing, config: Config) -> None:
        self.labels = torch.from_numpy(listing.labels)
        self.bank = torch.zeros(len(listing.labels), config.dimension, dtype=torch.float16)
        self._scenes = listing.scenes
        self._by_scene = _rows_by(listing.scenes)
        self._by_label = _rows_by(listing.labels)
        self._size = min(config.photos_per_batch, len(listing.labels))
        self._hard = int(self._size * config.hard_share)
        self._seed = config.seed

    @property
    def seeds_per_batch(self) -> int:
        """Photos of a batch that come from the pass over all; the rest go with them."""
        return max(1, self._size - self._hard)

    @property
    def steps_per_epoch(self) -> int:
        """Steps until every photo has been a seed once, on one rank or another."""
        return -(-len(self._scenes) // (self.seeds_per_batch * ranks.count()))

    def rows(self, step: int) -> Tensor:
        """Distinct photo numbers, int64, of the batch of that step; the same for the same past."""
        epoch, place = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._scenes))
        place = place * ranks.count() + ranks.rank()
        seeds = order[place * self.seeds_per_batch : (place + 1) * self.seeds_per_batch]
        random = np.random.default_rng([self._seed, 1, step, ranks.rank()])
        chosen = dict.fromkeys(seeds.tolist())
        if self._hard:
            self._add_companions(chosen, seeds, random)
        while len(chosen) < self._size:
            chosen.setdefault(int(random.integers(len(self._scenes))))
        return torch.tensor(list(chosen)[: self._size])

    def _add_companions(
        self, chosen: dict[int, None], seeds: npt.NDArray[np.int64], random: np.random.Generator
    ) -> None:
        """Several for each of a few seeds: a photo of its label, of its scene, and look-alikes."""
        leaders = random.permutation(seeds)[: max(1, self._hard // 6)]
        near = self._look_alikes(leaders)
        for number, leader in enumerate(leaders.tolist()):
            kin = self._by_label[int(self.labels[leader])]
            scene = self._by_scene[int(self._scenes[leader])]
            picks = [*random.choice(kin, 2).tolist(), *random.choice(scene, 3).tolist()]
            if len(near[number]):
                picks[-2:] = random.choice(near[number], 4).tolist()
            for pick in picks:
                if len(chosen) < self._size:
                    chosen.setdefault(pick)

    def _look_alikes(self, leaders: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
        """For each leader the photos with the nearest last embeddings; none before it has one."""
        rows = torch.from_numpy(leaders)
        own = self.bank[rows].float()
        cosine = own @ self.bank.T.float()
        cosine[torch.arange(len(rows)), rows] = -1.0
        cosine[cosine > TWIN_COSINE] = -1.0
        best = cosine.topk(min(NEIGHBOURS, cosine.shape[1]), dim=1)
        known = best.values > 0.0
        return [row[keep].numpy() for row, keep in zip(best.indices, known, strict=True)]

    def remember(self, rows: Tensor, embeddings: Tensor) -> None:
        """Keep the newest embeddings (N, D) of the photos rows (N,)."""
        self.bank[rows] = embeddings.detach().to("cpu", torch.float16)


def _rows_by(values: npt.NDArray[np.int64]) -> dict[int, npt.NDArray[np.int64]]:
    order = np.argsort(values, kind="stable")
    unique, starts = np.unique(values[order], return_index=True)
    return dict(zip(unique.tolist(), np.split(order, starts[1:]), strict=True))
