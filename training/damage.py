"""Edits that lose detail: compression, scaling, blur, noise, print and screen.

Each takes photos (N, 3, S, S) float in 0..1 and a Draw, and returns new ones.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.draw import Draw
from training.tones import per_photo

# ITU T.81, annex K.1: the luminance table that nearly every encoder scales by its quality.
JPEG_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56), (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
TO_YCC = ((0.299, 0.587, 0.114), (-0.169, -0.331, 0.5), (0.5, -0.419, -0.081))


def _cosines() -> Tensor:
    """The orthonormal 8x8 DCT-II matrix."""
    frequency, place = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
    matrix = torch.cos((2 * place + 1) * frequency * math.pi / 16) / 2
    matrix[0] /= math.sqrt(2.0)
    return matrix


def jpeg(photos: Tensor, draw: Draw) -> Tensor:
    """JPEG's own loss, without its coding: 8x8 DCT blocks, rounded to a table of quality 6 to 60.

    Both chroma channels are halved first, as most encoders do. Sizes that 16 does not divide are
    padded.
    """
    count, _, height, width = photos.shape
    quality = draw.uniform(6.0, 60.0, count)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality) / 100
    to_ycc = torch.tensor(TO_YCC, device=photos.device)
    margins = (0, -width % 16, 0, -height % 16)
    padded = functional.pad(photos.clamp(0.0, 1.0), margins, mode="replicate")
    ycc = torch.einsum("ij,njhw->nihw", to_ycc, padded * 255.0)
    luma = _quantised(ycc[:, :1] - 128.0, scale) + 128.0
    halved = functional.avg_pool2d(ycc[:, 1:], 2)
    chroma = _quantised(halved, scale * 1.4)  # its table is about that much coarser
    chroma = functional.interpolate(chroma, scale_factor=2.0, mode="nearest")
    rgb = torch.einsum("ij,njhw->nihw", to_ycc.inverse(), torch.cat([luma, chroma], dim=1))
    return (rgb / 255.0)[:, :, :height, :width]


def _quantised(plane: Tensor, scale: Tensor) -> Tensor:
    """(N, C, H, W) with each 8x8 block's coefficients rounded to steps of the scaled table."""
    count, channels, height, width = plane.shape
    cosines = _cosines().to(plane.device)
    table = torch.tensor(JPEG_LUMINANCE, device=plane.device, dtype=torch.float32)
    steps = (table * scale.view(-1, 1, 1)).clamp(1.0, 255.0).view(-1, 1, 1, 1, 8, 8)
    blocks = plane.view(count, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    rounded = ((cosines @ blocks @ cosines.T) / steps).round() * steps
    return (cosines.T @ rounded @ cosines).transpose(3, 4).reshape(plane.shape)


def thumbnail(photos: Tensor, draw: Draw) -> Tensor:
    """Shrunk to a fifth to four fifths of the side, and enlarged again."""
    size = photos.shape[-1]
    small = int(draw.number(0.2, 0.8) * size)
    smooth = draw.number(0.0, 1.0) < 0.8
    shrunk = functional.interpolate(photos, size=small, mode="bilinear", antialias=smooth)
    return functional.interpolate(
        shrunk, size=size, mode="bilinear" if draw.number(0, 1) < 0.7 else "nearest"
    )


def blur(photos: Tensor, draw: Draw) -> Tensor:
    """Gaussian, or along one direction as by a moving hand."""
    sigma = draw.number(0.004, 0.025) * photos.shape[-1]
    radius = max(1, math.ceil(2.5 * sigma))
    offsets = torch.arange(-radius, radius + 1, device=photos.device, dtype=torch.float32)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    weights = (weights / weights.sum()).view(1, 1, 1, -1).expand(3, 1, 1, -1)
    moving = draw.number(0.0, 1.0)
    blurred = photos
    if moving < 0.85:
        wide = functional.pad(blurred, (radius, radius, 0, 0), "replicate")
        blurred = functional.conv2d(wide, weights, groups=3)
    if moving > 0.15:
        tall = functional.pad(blurred, (0, 0, radius, radius), "replicate")
        blurred = functional.conv2d(tall, weights.transpose(2, 3), groups=3)
    return blurred


def sharpen(photos: Tensor, draw: Draw) -> Tensor:
    """Unsharp mask, up to crude."""
    soft = functional.avg_pool2d(photos, 3, 1, 1, count_include_pad=False)
    return photos + (photos - soft) * per_photo(draw.uniform(0.5, 4.0, len(photos)))


def noise(photos: Tensor, draw: Draw) -> Tensor:
    """Sensor noise, coloured or gray; for some, salt and pepper."""
    count, _, size, _ = photos.shape
    strength = per_photo(draw.uniform(0.02, 0.16, count))
    grain = draw.normal(count, 3, size, size)
    flat = grain[:, :1].expand_as(grain)
    noisy = photos + strength * torch.where(per_photo(draw.chance(0.4, count)), flat, grain)
    speck = draw.uniform(0.0, 1.0, count, 1, size, size)
    specked = torch.where(speck < 0.02, 0.0, torch.where(speck > 0.98, 1.0, photos))
    return torch.where(per_photo(draw.chance(0.2, count)), specked, noisy)


def paint(photos: Tensor, draw: Draw) -> Tensor:
    """Painted or badly denoised: patches take their lightest or darkest value, or between."""
    kernel = 3 if draw.number(0.0, 1.0) < 0.7 else 5
    lightest = functional.max_pool2d(photos, kernel, 1, kernel // 2)
    darkest = -functional.max_pool2d(-photos, kernel, 1, kernel // 2)
    share = per_photo(draw.uniform(0.0, 1.0, len(photos)))
    return darkest + (lightest - darkest) * share


def screen(photos: Tensor, draw: Draw) -> Tensor:
    """Photographed from a screen or printed: fine stripes, moire, a grid of dots."""
    count, _, size, _ = photos.shape
    line = torch.arange(size, device=photos.device, dtype=torch.float32)
    period = per_photo(draw.uniform(2.0, 9.0, count))
    angle = draw.uniform(0.0, math.pi, count)
    x, y = line.view(1, 1, 1, size), line.view(1, 1, size, 1)
    cos, sin = per_photo(angle.cos()), per_photo(angle.sin())
    across, along = x * cos + y * sin, y * cos - x * sin
    phase = draw.uniform(0.0, 2.0, count, 3, 1, 1) * per_photo(draw.chance(0.4, count))
    stripes = torch.sin(across * (2 * math.pi) / period + phase)
    dots = stripes * torch.sin(along * (2 * math.pi) / period)
    pattern = torch.where(per_photo(draw.chance(0.5, count)), stripes, dots)
    return photos * (1.0 + pattern * per_photo(draw.uniform(0.05, 0.3, count)))
