"""Train or fine-tune the embedding network: python -m training.train --data FOLDER --out runs/NAME.

Reads from top to bottom as one run: photos, network, loop, validation, checkpoint. With several
GPUs or machines: torchrun --nproc-per-node 2 -m training.train (photos_per_batch is each's).
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor, nn

from training import data, ranks
from training.batches import Batches
from training.config import Config, parse
from training.network import build_network, freeze
from training.run import Run, load_checkpoint, say
from training.unfuse import fused_weights, load_fused
from training.validation import Photos

SAMPLE_PHOTOS = 256  # whose statistics the batch norms of an exported network get


def train(config: Config, resume: bool = False) -> dict[str, float]:
    """One whole run; returns the last validation's figures.

    Writes checkpoint.pt and log.csv to the folder config.out; resume goes on from them.
    """
    torch.manual_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    with ranks.joined() as device:
        training, held_out = data.split(listing_of(config), config.validation_photos)
        photos = Photos(training, config, device, "train")
        validation = Photos(held_out, config, device, "validation")
        batches = Batches(training, config)
        say(f"{len(photos)} photos train, {len(validation)} validate; on {device}")

        network = start_network(config, photos, device, resume)
        say(f"layers that train: {', '.join(freeze(network, config.freeze))}")
        run = Run(config, ranks.wrap(network), optimizer_of(network, config), batches)
        if resume:
            run.load()
        loop(run, photos, validation, batches, config)
        figures = run.validate(validation)
        run.save()
    return figures


def listing_of(config: Config) -> data.Listing:
    """The photos that config names, labelled as it says."""
    if config.positives == "csv":
        return data.list_csv(Path(config.data))
    return data.list_folder(Path(config.data), by_folder=config.positives == "folders")


def start_network(config: Config, photos: Photos, device: torch.device, resume: bool) -> nn.Module:
    """The network before its first step.

    From a checkpoint, an exported network (whose batch norms get the photos' statistics), published
    weights, or scratch.
    """
    given = bool(config.start) or resume
    network = build_network(config.backbone, config.dimension, pretrained=not given)
    if not resume and config.start.endswith(".onnx"):
        weights = fused_weights(Path(config.start))
        sample = torch.randperm(len(photos))[:SAMPLE_PHOTOS]
        load_fused(network, weights, photos.plain(sample, config.size).cpu())
    elif not resume and config.start:
        network.load_state_dict(load_checkpoint(Path(config.start))["network"])
    for parameter in network.parameters():  # convolutions on a CPU are fastest in this layout
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network.to(device)


def optimizer_of(network: nn.Module, config: Config) -> torch.optim.Optimizer:
    """Weight decay on matrices only: norms, biases and the pooling's power need not shrink."""
    wanted = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in wanted if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in wanted if p.ndim <= 1], "weight_decay": 0.0},
    ]
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.learning_rate)


def loop(run: Run, photos: Photos, validation: Photos, batches: Batches, config: Config) -> None:
    """Steps until the schedule ends; a second thread edits the next batch meanwhile."""

    def edit(rows: Tensor, step: int, size: int) -> Tensor:
        if config.threads:
            torch.set_num_threads(config.threads)  # torch counts them for each thread
        seed = (config.seed * 1_000_003 + step) * ranks.count() + ranks.rank()
        return torch.cat(photos.views(rows, size, seed))

    def prepare(pool: ThreadPoolExecutor, step: int) -> "tuple[Tensor, Future[Tensor]]":
        rows = batches.rows(step)
        return rows, pool.submit(edit, rows, step, run.size())

    with ThreadPoolExecutor(1) as pool:
        going = run.progress() < 1.0
        rows, views = prepare(pool, run.step)
        while going:
            ready = views.result()
            upcoming = prepare(pool, run.step + 1)
            run.learn(rows, ready)
            rows, views = upcoming
            if run.step % batches.steps_per_epoch == 0:
                run.validate(validation)
            if run.checkpoint_due():
                run.save()
            going = run.progress() < 1.0


if __name__ == "__main__":
    train(*parse())
