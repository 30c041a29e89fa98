"""The state of a training run between two steps: schedule, step, checkpoint, log."""

import dataclasses
import math
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from training import ranks, triplet
from training.batches import Batches
from training.config import Config
from training.network import set_training
from training.validation import Photos, append_log, embed, validate

CHECKPOINT_SECONDS = 180.0
LARGEST_GRADIENT = 5.0


class Run:
    """One run: what it learns with, how far it is, and what is left of it on disk."""

    def __init__(
        self,
        config: Config,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        batches: Batches,
    ) -> None:
        self._config, self._network = config, network
        self._optimizer, self._batches = optimizer, batches
        self.step = 0
        self._spent = 0.0  # seconds of training before this process
        self._began = self._saved = time.monotonic()
        self._progress = 0.0
        self._sums: dict[str, float] = {}
        self._counted = 0
        self._figures: dict[str, float] = {}  # of the last validation
        self._size = config.size
        self._out = Path(config.out)
        self._out.mkdir(parents=True, exist_ok=True)

    def seconds(self) -> float:
        """Of training so far, interruptions left out."""
        return self._spent + time.monotonic() - self._began

    def progress(self) -> float:
        """0 at the start, 1 at the end of the schedule, by the clock or by epochs.

        Meets the other ranks, so all call it equally often.
        """
        if self._config.minutes > 0:
            own = self.seconds() / (self._config.minutes * 60.0)
        else:
            steps = self._config.epochs * self._batches.steps_per_epoch
            own = self.step / steps if steps > 0 else 1.0
        self._progress = ranks.furthest(own)
        return self._progress

    def learning_rate(self) -> float:
        """Warm-up, then half a cosine down to nothing."""
        warm = min(1.0, (self.step + 1) / max(1, self._config.warm_up_steps))
        decay = 0.5 * (1.0 + math.cos(math.pi * min(1.0, self._progress)))
        return self._config.learning_rate * warm * decay

    def size(self) -> int:
        """Of the next batch's views, in pixels."""
        warm = self._progress < self._config.warm_share
        return self._config.warm_size if warm else self._config.size

    def learn(self, rows: Tensor, views: Tensor) -> None:
        """One step: views (2N, 3, S, S) are the gentle, then the strong ones of rows (N,)."""
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate()
        set_training(ranks.unwrap(self._network))
        embeddings = embed(self._network, views, self._config.precision)
        labels = self._batches.labels[rows].repeat(2).to(views.device)
        terms = self.terms(embeddings, labels)
        total = torch.stack([self._weight(name) * term for name, term in terms.items()]).sum()
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), LARGEST_GRADIENT)
        self._optimizer.step()
        self._batches.remember(rows, embeddings[: len(rows)])
        self.step += 1
        self._size = views.shape[-1]
        self._count({"loss": total, **terms})
        self._show()

    def terms(self, embeddings: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The parts of the loss that count; negatives come from the batches of all ranks."""
        config = self._config
        everyones = ranks.gather(embeddings, labels)
        early = self._progress < config.semi_hard_share
        terms = {
            "triplet": triplet.triplet_loss(
                embeddings,
                labels,
                margin=config.margin,
                distance=config.distance,
                mining="semi-hard" if early and config.mining == "hard" else config.mining,
                generator=torch.Generator().manual_seed(config.seed + self.step),
                others=everyones[0],
                other_labels=everyones[1],
            )
        }
        if config.spread_weight:
            terms["spread"] = triplet.koleo_loss(embeddings, labels, *everyones)
        if config.contrastive_weight:
            terms["contrastive"] = triplet.contrastive_loss(
                embeddings, labels, *everyones, config.temperature
            )
        return terms

    def _weight(self, term: str) -> float:
        weight: float = getattr(self._config, f"{term}_weight")
        return weight

    def validate(self, photos: Photos) -> dict[str, float]:
        """Figures on held-out photos; they and the means of the steps since go to the log."""
        if not self._counted and self._figures:
            return self._figures
        figures = self._figures = validate(ranks.unwrap(self._network), photos, self._config)
        row: dict[str, Any] = {
            "epoch": round(self.step / self._batches.steps_per_epoch, 3),
            "step": self.step,
            "minutes": round(self.seconds() / 60, 2),
            "size": self._size,
            "learning_rate": self.learning_rate(),
        }
        row |= {name: value / self._counted for name, value in self._sums.items()}
        row |= figures
        self._sums, self._counted = {}, 0
        if ranks.rank() == 0:
            append_log(self._out / "log.csv", row)
            say("  ".join(f"{name} {value:.4g}" for name, value in row.items()))
        return figures

    def checkpoint_due(self) -> bool:
        """Every few minutes, so that little is lost."""
        return time.monotonic() - self._saved > CHECKPOINT_SECONDS

    def save(self) -> None:
        """Everything that the run needs to go on, written whole or not at all, by one rank."""
        if ranks.rank() != 0:
            return
        state = {
            "config": dataclasses.asdict(self._config),
            "network": ranks.unwrap(self._network).state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "bank": self._batches.bank,
            "step": self.step,
            "seconds": self.seconds(),
        }
        partial = self._out / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self._out / "checkpoint.pt")
        self._saved = time.monotonic()

    def load(self) -> None:
        """Take up the run whose checkpoint is in the folder.

        Raises ValueError where it was trained from other photos.
        """
        state = load_checkpoint(self._out / "checkpoint.pt")
        if state["bank"].shape != self._batches.bank.shape:
            raise ValueError(f"{self._out}: its checkpoint is of other photos or dimensions")
        ranks.unwrap(self._network).load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._batches.bank.copy_(state["bank"])
        self.step, self._spent = state["step"], state["seconds"]

    def _count(self, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value.detach())
        self._counted += 1

    def _show(self) -> None:
        """A progress line with the time left, on a terminal only."""
        if ranks.rank() != 0 or not sys.stderr.isatty():
            return
        done = max(self._progress, 1e-6)
        left = self.seconds() * (1.0 - done) / done / 60.0
        loss = self._sums["loss"] / self._counted
        sys.stderr.write(f"\r{done:6.1%}  step {self.step}  loss {loss:.4f}  {left:.1f} min left ")


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint of ours; nothing in the file is executed."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def say(text: str) -> None:
    """One line to the person at the terminal."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()
