"""Seeded random draws, one value a photo, for the batched edits."""

import torch
from torch import Tensor


class Draw:
    """Random numbers from one seeded generator, put on the device of the photos.

    The generator lives on the CPU: one seed gives the same edits on every device.
    """

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.device = torch.device(device)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Float tensor of that shape, low to high."""
        return (torch.rand(shape, generator=self.generator) * (high - low) + low).to(self.device)

    def normal(self, *shape: int) -> Tensor:
        """Float tensor of that shape, mean 0 and spread 1."""
        return torch.randn(shape, generator=self.generator).to(self.device)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        """Int64 tensor of that shape, low to high - 1."""
        return torch.randint(low, high, shape, generator=self.generator).to(self.device)

    def chance(self, probability: float | Tensor, count: int) -> Tensor:
        """(count,) bool, each true with that probability, or its own of (count,)."""
        return self.uniform(0.0, 1.0, count) < probability

    def number(self, low: float, high: float) -> float:
        """One float for the whole batch."""
        return float(torch.rand((), generator=self.generator)) * (high - low) + low

    def pick(self, values: tuple[float, ...], count: int) -> Tensor:
        """(count,) float, each one of values."""
        return torch.tensor(values, device=self.device)[self.integers(0, len(values), count)]

    def for_all_alike(self) -> "Draw":
        """Draws from the same generator, but one value a batch, the same for all its photos."""
        return _OneForAll(self)


class _OneForAll(Draw):
    def __init__(self, parent: Draw) -> None:
        self.generator, self.device = parent.generator, parent.device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        one = super().uniform(low, high, *shape)
        return one[:1].expand(shape) if shape else one

    def normal(self, *shape: int) -> Tensor:
        return super().normal(*shape)[:1].expand(shape)

    def integers(self, low: int, high: int, *shape: int) -> Tensor:
        return super().integers(low, high, *shape)[:1].expand(shape)
