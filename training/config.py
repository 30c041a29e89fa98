"""What one training run is: defaults, then a JSON file, then flags; kept in its checkpoint."""

import argparse
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.triplet import DISTANCES, MARGIN, MINERS


@dataclass(frozen=True, slots=True)
class Config:
    """Defaults train the compact network from scratch; fine-tuning's are in the README."""

    data: str = ""  # folder of photos, or a CSV of pairs or triplets
    positives: str = "edits"  # edits: two edits of one photo; folders: photos of one folder; csv
    out: str = "runs/photodedup"  # folder for the checkpoint and the log
    backbone: str = "compact"  # compact, timm:NAME or torchvision:NAME
    start: str = ""  # checkpoint, or exported .onnx (compact, float32), to fine-tune from
    freeze: int = 0  # first layers kept as they are
    dimension: int = 256
    size: int = 128  # pixels of the network's input
    warm_size: int = 96  # the same for the first warm_share of the run: nearly twice as fast
    warm_share: float = 0.4
    stored_side: int = 256  # pixels kept of every photo, so that crops have some to lose
    photos_per_batch: int = 96  # each in two views
    epochs: float = 40.0
    minutes: float = (
        0.0  # above 0: the schedule ends by the clock instead, however busy the machine
    )
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    optimizer: str = "adamw"  # adamw or adam
    warm_up_steps: int = 100
    margin: float = MARGIN
    distance: str = "squared-l2"
    mining: str = "hard"
    semi_hard_share: float = 0.15  # of the run that mines semi-hard first, whatever mining is
    triplet_weight: float = 1.0
    spread_weight: float = 0.1  # KoLeo spread-out term
    contrastive_weight: float = 0.0  # InfoNCE term
    temperature: float = 0.07
    hard_share: float = 0.5  # of a batch that are look-alikes of its other photos
    validation_photos: int = 600
    precision: str = "float32"  # or bfloat16: about 1.5 times faster where the CPU or GPU has it
    threads: int = 0  # of torch on the CPU; 0 leaves torch's own choice
    seed: int = 1
    cache: str = ""  # .npz that keeps the decoded photos for the next run

    def __post_init__(self) -> None:
        allowed = {
            "positives": ("edits", "folders", "csv"),
            "distance": tuple(DISTANCES),
            "mining": tuple(MINERS),
            "optimizer": ("adamw", "adam"),
            "precision": ("float32", "bfloat16"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name}: {getattr(self, name)!r} is none of {', '.join(values)}")
        if self.photos_per_batch < 2:
            raise ValueError("photos_per_batch: a batch of one photo has no negatives")


def from_dict(values: dict[str, Any]) -> Config:
    """A Config from stored values; raises ValueError for a name it does not know."""
    known = {field.name for field in dataclasses.fields(Config)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(unknown)}")
    return Config(**values)


def parse(arguments: Sequence[str] | None = None) -> tuple[Config, bool]:
    """The Config of a command line, and whether to resume.

    Defaults are overridden by the JSON file of --config, and that by flags, one for each field.
    """
    parser = argparse.ArgumentParser(
        prog="python -m training.train", description="Train or fine-tune the embedding network."
    )
    parser.add_argument("--config", type=Path, help="JSON file with any of the settings below")
    parser.add_argument(
        "--resume", action="store_true", help="go on where the run in --out stopped"
    )
    for field in dataclasses.fields(Config):
        kind = type(field.default)
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, type=kind, default=None, help=f"default: {field.default!r}")
    given = vars(parser.parse_args(arguments))
    resume = bool(given.pop("resume"))
    file = given.pop("config")
    values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file else {}
    values.update({name: value for name, value in given.items() if value is not None})
    return from_dict(values), resume
