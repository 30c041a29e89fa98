"""Start from an exported network: its convolutions have swallowed their batch norms; undo that.

A batch norm in training mode uses the statistics of its batch, so any batch norm that gives the
exported network's outputs in eval mode will not do: it must have the statistics of real photos.
"""

from functools import partial
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.network import ConvNorm

PREFIX = "network."  # of every weight's name in a graph of training.export


def fused_weights(model: Path) -> dict[str, Tensor]:
    """The float32 weights of an ONNX file of training.export, by name.

    Raises ValueError for a file that has none, as the int8 variant.
    """
    stored = {
        entry.name.removeprefix(PREFIX): torch.tensor(numpy_helper.to_array(entry))
        for entry in onnx.load(model).graph.initializer
        if entry.name.startswith(PREFIX)
    }
    if "head.weight" not in stored or any(v.dtype != torch.float32 for v in stored.values()):
        raise ValueError(f"{model}: not a float32 network of training.export")
    return stored


@torch.no_grad()
def load_fused(network: nn.Module, weights: dict[str, Tensor], sample: Tensor) -> None:
    """Give a network with batch norms the weights of a fused one, in place.

    sample: (N, 3, S, S) float in 0..1, photos whose statistics the batch norms take over. In eval
    mode the outputs are those of the fused network; in training mode nearly so. Raises ValueError
    where the weights are of another network.
    """
    left = dict(weights)
    biases: dict[str, Tensor] = {}
    blocks = {name: m for name, m in network.named_modules() if isinstance(m, ConvNorm)}
    for name, block in blocks.items():
        _set(block.conv.weight, f"{name}.conv.weight", left)
        biases[name] = _taken(f"{name}.conv.bias", left)
        _set_norm(
            block, torch.zeros_like(biases[name]), torch.ones_like(biases[name]), biases[name]
        )
    for name, parameter in network.named_parameters():
        if not name.startswith(tuple(f"{block}." for block in blocks)):
            _set(parameter, name, left)
    if left:
        raise ValueError(f"weights of another network: {', '.join(sorted(left)[:3])} ...")
    statistics: dict[str, tuple[Tensor, Tensor]] = {}

    def remember(name: str, module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        variance, mean = torch.var_mean(output.float(), dim=(0, 2, 3), correction=0)
        statistics[name] = mean, variance

    hooks = [
        block.conv.register_forward_hook(partial(remember, name)) for name, block in blocks.items()
    ]
    network.eval()(sample)
    for hook in hooks:
        hook.remove()
    for name, block in blocks.items():
        _set_norm(block, *statistics[name], biases[name])


def _taken(name: str, left: dict[str, Tensor]) -> Tensor:
    if name not in left:
        raise ValueError(f"weights of another network: {name} is missing")
    return left.pop(name)


def _set(parameter: Tensor, name: str, left: dict[str, Tensor]) -> None:
    value = _taken(name, left)
    if value.shape != parameter.shape:
        raise ValueError(
            f"weights of another network: {name} is {tuple(value.shape)}, "
            f"not {tuple(parameter.shape)}"
        )
    parameter.copy_(value)


def _set_norm(block: ConvNorm, mean: Tensor, variance: Tensor, bias: Tensor) -> None:
    """A batch norm that only adds the bias to what has that mean and variance."""
    norm = block.norm
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(bias + mean)
