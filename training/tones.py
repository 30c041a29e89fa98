"""Edits of colour and light.

Each takes photos (N, 3, S, S) float in 0..1 and a Draw, and returns new ones.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.draw import Draw

LUMA = (0.299, 0.587, 0.114)


def luminance(photos: Tensor) -> Tensor:
    """(N, 3, S, S) to (N, 1, S, S)."""
    weights = torch.tensor(LUMA, device=photos.device).view(1, 3, 1, 1)
    return (photos * weights).sum(dim=1, keepdim=True)


def per_photo(values: Tensor) -> Tensor:
    """(N,) to (N, 1, 1, 1)."""
    return values.view(-1, 1, 1, 1)


def light(photos: Tensor, draw: Draw) -> Tensor:
    """Brightness, contrast and gamma."""
    count = len(photos)
    gamma = torch.exp(draw.uniform(-0.7, 0.7, count))
    contrast = torch.exp(draw.uniform(-0.7, 0.5, count))
    shift = draw.uniform(-0.25, 0.25, count)
    toned = photos.clamp(min=1e-4) ** per_photo(gamma)
    middle = toned.mean(dim=(1, 2, 3), keepdim=True)
    return (toned - middle) * per_photo(contrast) + middle + per_photo(shift)


def colour(photos: Tensor, draw: Draw) -> Tensor:
    """Saturation, white balance, and now and then a turn of the hue."""
    count = len(photos)
    gray = luminance(photos)
    saturated = gray + (photos - gray) * per_photo(draw.uniform(0.0, 2.2, count))
    balance = torch.exp(draw.uniform(-0.3, 0.3, count, 3, 1, 1))
    turned = torch.roll(saturated, shifts=int(draw.integers(1, 3, 1)), dims=1)
    mixed = torch.where(per_photo(draw.chance(0.15, count)), turned, saturated)
    return mixed * balance


def gray(photos: Tensor, draw: Draw) -> Tensor:
    """Black and white, with its own contrast."""
    flat = luminance(photos)
    contrast = per_photo(torch.exp(draw.uniform(-0.4, 0.6, len(photos))))
    return ((flat - 0.5) * contrast + 0.5).expand_as(photos)


def duotone(photos: Tensor, draw: Draw) -> Tensor:
    """Sepia and its kin: shadows of one colour, over a middle one, to lights of a third."""
    count = len(photos)
    sepia = torch.tensor([[1.0, 0.88, 0.68]], device=photos.device)
    tint = torch.where(draw.chance(0.6, count)[:, None], sepia, draw.uniform(0.4, 1.0, count, 3))
    dark = draw.uniform(0.0, 0.25, count, 3)
    flat = luminance(photos)
    bend = draw.uniform(-0.35, 0.35, count, 3, 1, 1) * 4.0 * flat * (1.0 - flat)
    return dark.view(-1, 3, 1, 1) * (1.0 - flat) + tint.view(-1, 3, 1, 1) * flat + 0.5 * bend


def matrix(photos: Tensor, draw: Draw) -> Tensor:
    """A filter's colour matrix: every channel a mixture of all three, more or less like sepia's.

    The classic sepia is one such; others leave some colour, or turn it.
    """
    count = len(photos)
    luma = torch.tensor(LUMA, device=photos.device)
    tint = draw.uniform(0.6, 1.35, count, 3, 1)
    toned = tint * luma * draw.uniform(0.9, 1.3, count, 1, 1)
    noise = draw.normal(count, 3, 3) * 0.12
    kept = draw.uniform(0.0, 0.5, count, 1, 1) * draw.chance(0.6, count).view(-1, 1, 1)
    mix = toned * (1.0 - kept) + (torch.eye(3, device=photos.device) + noise) * kept
    return (mix @ photos.flatten(2)).view_as(photos)


def curves(photos: Tensor, draw: Draw) -> Tensor:
    """A photo filter: a bent tone curve for every channel."""
    knots = draw.uniform(0.05, 1.0, len(photos), 3, 5).cumsum(dim=2)
    low = draw.uniform(0.0, 0.2, len(photos), 3, 1)
    high = draw.uniform(0.8, 1.0, len(photos), 3, 1)
    table = torch.cat([torch.zeros_like(low), knots / knots[..., -1:]], dim=2) * (high - low) + low
    place = photos.clamp(0.0, 1.0).flatten(2) * 4.999
    below = place.long()
    lower = table.gather(2, below)
    upper = table.gather(2, below + 1)
    return (lower + (upper - lower) * (place - below)).view_as(photos)


def equalise(photos: Tensor, draw: Draw) -> Tensor:
    """Histogram equalisation, of each channel or of the luminance, sometimes in part."""
    count, _, size, _ = photos.shape
    rank = _rank(photos.clamp(0.0, 1.0).flatten(2)).view_as(photos)
    level = luminance(photos.clamp(0.0, 1.0))
    lifted = photos * (_rank(level.flatten(2)).view(count, 1, size, size) + 0.02) / (level + 0.02)
    result = torch.where(per_photo(draw.chance(0.65, count)), rank, lifted)
    full = draw.chance(0.6, count)
    strength = torch.where(full, 1.0, draw.uniform(0.3, 1.0, count))
    return photos + (result - photos) * per_photo(strength)


def _rank(values: Tensor) -> Tensor:
    """(N, C, P) in 0..1 to the share of the row's values that are at most that large."""
    bins = (values * 255.0).round().long()
    ones = torch.ones_like(values)
    counts = torch.zeros(*values.shape[:2], 256, device=values.device).scatter_add_(2, bins, ones)
    share = counts.cumsum(dim=2) / values.shape[2]
    return share.gather(2, bins)


def local_contrast(photos: Tensor, draw: Draw) -> Tensor:
    """Clarity, HDR look: contrast within neighbourhoods instead of the whole."""
    size = photos.shape[-1]
    kernel = 2 * int(draw.number(size / 12, size / 5)) + 1
    level = luminance(photos)
    mean = functional.avg_pool2d(level, kernel, 1, kernel // 2, count_include_pad=False)
    square = functional.avg_pool2d(level * level, kernel, 1, kernel // 2, count_include_pad=False)
    spread = (square - mean * mean).clamp(min=4e-4).sqrt()
    wanted = 0.5 + 0.2 * (level - mean) / spread
    return photos + (wanted - level) * per_photo(draw.uniform(0.3, 1.0, len(photos)))


def auto_contrast(photos: Tensor, draw: Draw) -> Tensor:
    """Stretched so that a small share of the pixels is cut off at either end."""
    flat = photos.flatten(2)[:, :, ::7]  # a seventh of the pixels tells the ends well enough
    cut = draw.number(0.0, 0.06)
    low = flat.quantile(cut, dim=2)[:, :, None, None]
    high = flat.quantile(1.0 - cut, dim=2)[:, :, None, None]
    return (photos - low) / (high - low).clamp(min=0.05)


def posterise(photos: Tensor, draw: Draw) -> Tensor:
    """Two to eight levels a channel."""
    levels = per_photo(draw.integers(2, 9, len(photos)).float() - 1.0)
    return (photos.clamp(0.0, 1.0) * levels).round() / levels


def solarise(photos: Tensor, draw: Draw) -> Tensor:
    """Lights above a threshold inverted."""
    threshold = per_photo(draw.uniform(0.55, 0.95, len(photos)))
    return torch.where(photos > threshold, 1.0 - photos, photos)


def vignette(photos: Tensor, draw: Draw) -> Tensor:
    """Darker corners, or a light that falls in from one side."""
    count, _, size, _ = photos.shape
    line = torch.linspace(-1.0, 1.0, size, device=photos.device)
    y, x = line.view(1, 1, size, 1), line.view(1, 1, 1, size)
    reach = (x * x + y * y) * per_photo(draw.uniform(0.15, 0.45, count))
    slope = x * per_photo(draw.uniform(-0.4, 0.4, count)) + y * per_photo(
        draw.uniform(-0.4, 0.4, count)
    )
    glow = photos + slope.clamp(min=0.0)
    return torch.where(per_photo(draw.chance(0.6, count)), photos * (1.0 - reach), glow)


def shadow(photos: Tensor, draw: Draw) -> Tensor:
    """A straight-edged shadow over a part, as on a photographed print."""
    count, _, size, _ = photos.shape
    line = torch.linspace(-1.0, 1.0, size, device=photos.device)
    x, y = line.view(1, 1, 1, size), line.view(1, 1, size, 1)
    angle = draw.uniform(0.0, 2 * math.pi, count)
    across = x * per_photo(angle.cos()) + y * per_photo(angle.sin())
    edge = torch.sigmoid((across - per_photo(draw.uniform(-0.5, 0.5, count))) * 12.0)
    return photos * (1.0 - edge * per_photo(draw.uniform(0.2, 0.6, count)))
