"""The embedding network: our compact backbone, pretrained ones, freezing and fusing.

Input of every network here: (N, 3, S, S) float in 0..1; output: (N, dimension) float32, of unit
length.
"""

import importlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

STAGE_WIDTHS = (16, 32, 64, 128, 256)
STAGE_BLOCKS = (0, 1, 1, 2, 1)  # residual blocks after each stride-2 convolution
PIXEL_MEAN = 0.45
PIXEL_SPREAD = (
    0.25  # one grey mean and spread: photos of all kinds are near it, and gray stays gray
)


class ConvNorm(nn.Module):
    """A 3x3 convolution, batch norm and, unless it closes a residual block, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, stride: int = 1, relu: bool = True, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        norm = nn.BatchNorm2d(outputs)
        nn.init.constant_(norm.weight, gain)
        self.norm: nn.Module = norm
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        x = self.norm(self.conv(x))
        return functional.relu(x, inplace=True) if self.relu else x

    def fuse(self) -> None:
        """Fold the batch norm's statistics into the convolution: same output, less to do."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Residual(nn.Module):
    """Two 3x3 convolutions beside an identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = ConvNorm(width, width, relu=False, gain=0.2)  # at first near the identity

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same shape."""
        return functional.relu(x + self.second(self.first(x)), inplace=True)


class GeM(nn.Module):
    """Generalised-mean pooling (Radenovic et al. 2018): between the mean and the maximum, learnt.

    For copies it beats the mean: a crop or a frame changes the mean of the map, its peaks less.
    """

    def __init__(self, power: float = 3.0) -> None:
        super().__init__()
        self.power = nn.Parameter(torch.tensor(power))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C) float32."""
        x = x.float().clamp(min=1e-3)  # powers of bfloat16 lose too much
        return x.pow(self.power).mean(dim=(2, 3)).pow(1.0 / self.power)


class CompactNet(nn.Module):
    """Five stride-2 stages of plain 3x3 convolutions: 2.3 million parameters, 115 million products.

    Plain convolutions, not mobile blocks: on a CPU, ONNX Runtime runs dense 3x3 convolutions near
    the machine's peak, while depthwise ones wait for memory.
    """

    def __init__(self, dimension: int = 256) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        before = 3
        for width, count in zip(STAGE_WIDTHS, STAGE_BLOCKS, strict=True):
            blocks.append(ConvNorm(before, width, stride=2))
            blocks.extend(Residual(width) for _ in range(count))
            before = width
        self.body = nn.Sequential(*blocks)
        self.pool = GeM()
        self.head = nn.Linear(before, dimension)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) in 0..1 to (N, dimension) float32 of unit length."""
        x = self.body((x - PIXEL_MEAN) / PIXEL_SPREAD)
        return functional.normalize(self.head(self.pool(x)).float(), dim=1)


class PretrainedNet(nn.Module):
    """A timm or torchvision backbone: its own pooling, ImageNet's normalisation, our head."""

    def __init__(self, backbone: nn.Module, features: int, dimension: int) -> None:
        super().__init__()
        self.body = backbone
        self.head = nn.Linear(features, dimension)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), False)
        self.register_buffer("spread", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1), False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) in 0..1 to (N, dimension) float32 of unit length."""
        features = self.body((x - self.get_buffer("mean")) / self.get_buffer("spread"))
        return functional.normalize(self.head(features.flatten(1)).float(), dim=1)


def build_network(backbone: str, dimension: int, pretrained: bool = True) -> nn.Module:
    """The network of that name: `compact`, `timm:NAME` or `torchvision:NAME`.

    pretrained: load the backbone's published weights; False when a checkpoint follows anyway.
    Raises ValueError for another name and ModuleNotFoundError where timm or torchvision is missing.
    """
    if backbone == "compact":
        return CompactNet(dimension)
    library, _, name = backbone.partition(":")
    if library == "timm" and name:
        body = importlib.import_module("timm").create_model(name, pretrained, num_classes=0)
    elif library == "torchvision" and name:
        models = importlib.import_module("torchvision.models")
        body = models.get_model(name, weights="DEFAULT" if pretrained else None)
        _drop_classifier(body)
    else:
        raise ValueError(f"backbone {backbone!r}: expected compact, timm:NAME or torchvision:NAME")
    body.eval()
    with torch.no_grad():
        features = body(torch.zeros(1, 3, 224, 224)).flatten(1).shape[1]
    return PretrainedNet(body.train(), features, dimension)


def _drop_classifier(body: nn.Module) -> None:
    """Torchvision's networks end in `fc`, `classifier` or `heads`; we want what goes into it."""
    for name in ("fc", "classifier", "heads", "head"):
        if hasattr(body, name):
            setattr(body, name, nn.Identity())
            return
    raise ValueError(f"{type(body).__name__}: no classifier known to us to replace")


def layers(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """What `--freeze N` counts: blocks that hold parameters, from the input to the output."""
    return list(_layers(network, ""))


def _layers(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if next(child.parameters(), None) is None:
            continue
        if name == "body" or isinstance(child, nn.Sequential | nn.ModuleList):
            yield from _layers(child, f"{prefix}{name}.")
        else:
            yield prefix + name, child


def freeze(network: nn.Module, count: int) -> list[str]:
    """Keep the first count layers fixed; returns the names of those that train.

    Weights get no gradient. Batch-norm statistics stay too as long as `set_training` is used.
    Raises ValueError when nothing would be left to train.
    """
    found = layers(network)
    if not 0 <= count < len(found):
        raise ValueError(f"--freeze {count}: expected 0 to {len(found) - 1} of {len(found)} layers")
    for _, layer in found[:count]:
        layer.requires_grad_(False)
    return [name for name, _ in found[count:]]


def set_training(network: nn.Module) -> None:
    """Training mode, but for frozen layers: their batch norm must not follow the new photos."""
    network.train()
    for _, layer in layers(network):
        if not any(parameter.requires_grad for parameter in layer.parameters()):
            layer.eval()


def fuse(network: nn.Module) -> nn.Module:
    """Fold every batch norm of ours into its convolution, in place; for eval mode only."""
    for module in network.modules():
        if isinstance(module, ConvNorm):
            module.fuse()
    return network
