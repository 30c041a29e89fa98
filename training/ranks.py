"""Several processes that train one network together, started by torchrun; idle for one alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


def rank() -> int:
    """Which process this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def joined() -> Iterator[torch.device]:
    """Meet the other processes; gives the device of this one."""
    cuda = torch.cuda.is_available()
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        if cuda
        else torch.device("cpu")
    )
    if count() == 1:
        yield device
        return
    if cuda:
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        yield device
    finally:
        distributed.destroy_process_group()


def wrap(network: nn.Module) -> nn.Module:
    """The network with its gradients averaged over all processes."""
    if count() == 1:
        return network
    return DistributedDataParallel(network)


def unwrap(network: nn.Module) -> nn.Module:
    """The network itself."""
    return network.module if isinstance(network, DistributedDataParallel) else network


class _Gather(torch.autograd.Function):
    """All processes' rows in one tensor; each gets back what all learnt about its own, summed."""

    @staticmethod
    def forward(_context: Any, own: Tensor) -> Tensor:
        everyones = [torch.empty_like(own) for _ in range(count())]
        distributed.all_gather(everyones, own.contiguous())
        return torch.cat(everyones)

    @staticmethod
    def backward(_context: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous()
        distributed.all_reduce(total)
        return total.chunk(count())[rank()]


def gather(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Embeddings (M, D) and labels (M,) of all processes in order; gradients flow back to each.

    All processes must have equally many.
    """
    if count() == 1:
        return embeddings, labels
    everyones = [torch.empty_like(labels) for _ in range(count())]
    distributed.all_gather(everyones, labels.contiguous())
    gathered: Tensor = _Gather.apply(embeddings)  # type: ignore[no-untyped-call]
    return gathered, torch.cat(everyones)


def furthest(progress: float) -> float:
    """The largest of all processes' values: clocks differ, and all must stop at the same step."""
    if count() == 1:
        return progress
    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    value = torch.tensor(progress, device=device)
    distributed.all_reduce(value, distributed.ReduceOp.MAX)
    return float(value)
