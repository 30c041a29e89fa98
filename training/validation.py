"""Figures on held-out photos, and the log they go to."""

import csv
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from training import augment, data, triplet
from training.config import Config

LOG_COLUMNS = (
    "epoch", "step", "minutes", "size", "learning_rate", "loss", "triplet", "spread", "contrastive",
    "validation_loss", "distance_positive", "distance_negative", "recall_at_1",
)  # fmt: skip
SEED = 7_000_000  # of the edits: the same each time, so that epochs can be compared


class Photos:
    """Photos in memory, and views of some of them."""

    def __init__(
        self, listing: data.Listing, config: Config, device: torch.device, name: str
    ) -> None:
        cache = Path(f"{config.cache}-{name}.npz") if config.cache else None
        array = data.load_photos(listing.paths, config.stored_side, cache)
        self.labels = torch.from_numpy(listing.labels)
        self._pixels = torch.from_numpy(array.pixels)
        self._aspects = torch.from_numpy(array.aspects)
        self._device = device

    def __len__(self) -> int:
        return len(self.labels)

    def views(self, rows: Tensor, size: int, seed: int) -> tuple[Tensor, Tensor]:
        """A gentle and a strong view of each, (N, 3, size, size)."""
        pixels, aspects = self._pixels[rows].to(self._device), self._aspects[rows].to(self._device)
        return augment.views(pixels, aspects, size, seed)

    def plain(self, rows: Tensor, size: int) -> Tensor:
        """Each as it is, (N, 3, size, size)."""
        return augment.plain(self._pixels[rows].to(self._device), size)


def embed(network: nn.Module, views: Tensor, precision: str) -> Tensor:
    """(N, 3, S, S) to (N, D) float32, in mixed precision where asked for."""
    views = views.to(memory_format=torch.channels_last)
    with torch.autocast(views.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        embeddings: Tensor = network(views)
    return embeddings.float()


@torch.no_grad()
def validate(network: nn.Module, photos: Photos, config: Config) -> dict[str, float]:
    """Plain photos are the gallery, their strongly edited views the queries.

    Returns the triplet loss with the hardest negative, the mean distances to the own photo and to
    the nearest foreign one, and recall@1. Leaves the network in eval mode.
    """
    network.eval()
    gallery, queries = [], []
    for begin in range(0, len(photos), 100):
        rows = torch.arange(begin, min(begin + 100, len(photos)))
        strong = photos.views(rows, config.size, SEED + begin)[1]
        gallery.append(embed(network, photos.plain(rows, config.size), config.precision))
        queries.append(embed(network, strong, config.precision))
    distances = triplet.DISTANCES[config.distance](torch.cat(queries), torch.cat(gallery))
    own = distances.diagonal()
    labels = photos.labels.to(distances.device)
    foreign = distances.masked_fill(labels[:, None] == labels[None, :], triplet.FAR)
    nearest = foreign.min(dim=1).values
    return {
        "validation_loss": float((own - nearest + config.margin).clamp(min=0).mean()),
        "distance_positive": float(own.mean()),
        "distance_negative": float(nearest.mean()),
        "recall_at_1": float((own < nearest).float().mean()),
    }


def append_log(path: Path, row: dict[str, Any]) -> None:
    """One line to the CSV, after the header if it is the first."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, LOG_COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow(row)
