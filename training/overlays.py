"""Edits that put something foreign on a photo or around it.

Backgrounds and overlays take photos (N, 3, S, S) float in 0..1 and a Draw. Foreign content comes
from other photos of the batch.
"""

import torch
from torch import Tensor
from torch.nn import functional

from training.draw import Draw
from training.tones import per_photo


def text_mask(draw: Draw, count: int, size: int) -> Tensor:
    """(count, 1, size, size) 0 or 1: rows of something like words."""
    line_height = int(draw.number(3, max(4.0, size / 8)))
    rows = size // line_height + 1
    strokes = (draw.uniform(0.0, 1.0, count, 1, rows * 4, size) < 0.5).float()
    words = (draw.uniform(0.0, 1.0, count, 1, rows, size // 6 + 1) < 0.75).float()
    words = functional.interpolate(words, size=(rows * 4, size), mode="nearest")
    strokes = strokes * words
    strokes[:, :, 3::4] = 0.0  # the gap between two lines
    lines = functional.interpolate(strokes, size=(rows * line_height, size), mode="nearest")
    return lines[:, :, :size]


def box_mask(draw: Draw, count: int, size: int, least: float, most: float) -> Tensor:
    """(count, 1, size, size) bool: one box or ellipse of that share of the area."""
    line = torch.linspace(-1.0, 1.0, size, device=draw.device)
    area = draw.uniform(least, most, count)
    stretch = torch.exp(draw.uniform(-0.8, 0.8, count))
    half_x = (area.sqrt() * stretch).clamp(max=0.98)
    half_y = (area / half_x).clamp(max=0.98)
    x = draw.uniform(-1.0, 1.0, count) * (1.0 - half_x)
    y = draw.uniform(-1.0, 1.0, count) * (1.0 - half_y)
    across = (line.view(1, 1, 1, size) - per_photo(x)).abs() / per_photo(half_x)
    down = (line.view(1, 1, size, 1) - per_photo(y)).abs() / per_photo(half_y)
    box = torch.maximum(across, down) < 1.0
    ellipse = across * across + down * down < 1.0
    return torch.where(per_photo(draw.chance(0.35, count)), ellipse, box)


def plain_colour(draw: Draw, count: int) -> Tensor:
    """(count, 3, 1, 1): white, black, or any."""
    kind = draw.uniform(0.0, 1.0, count)
    level = torch.where(kind < 0.35, 1.0, torch.where(kind < 0.7, 0.0, 0.5))
    anything = draw.uniform(0.0, 1.0, count, 3)
    chosen = torch.where((kind < 0.7)[:, None], level[:, None].expand(-1, 3), anything)
    return chosen.view(-1, 3, 1, 1)


def interface(draw: Draw, count: int, size: int) -> Tensor:
    """(count, 3, size, size): a page or app around a photo: plain, with words and a few boxes."""
    dark = draw.chance(0.4, count)
    paper = torch.where(dark, draw.uniform(0.0, 0.2, count), draw.uniform(0.85, 1.0, count))
    ink = torch.where(dark, draw.uniform(0.6, 1.0, count), draw.uniform(0.0, 0.4, count))
    words = text_mask(draw, count, size) * per_photo(draw.chance(0.8, count))
    page = (per_photo(paper) + (per_photo(ink) - per_photo(paper)) * words).expand(-1, 3, -1, -1)
    for _ in range(2):
        box = box_mask(draw, count, size, 0.002, 0.06)
        page = torch.where(box, draw.uniform(0.0, 1.0, count, 3, 1, 1), page)
    return page


def background(photos: Tensor, draw: Draw) -> Tensor:
    """What surrounds a framed photo: a colour, an app's page, another photo, or itself, blurred."""
    count, _, size, _ = photos.shape
    kind = draw.uniform(0.0, 1.0, count)
    filled = plain_colour(draw, count).expand(-1, -1, size, size).clone()
    app = (kind > 0.6) & (kind <= 0.78)
    if app.any():
        filled[app] = interface(draw, int(app.sum()), size)
    foreign = (kind > 0.78) & (kind <= 0.94)
    filled[foreign] = torch.roll(photos, 2, dims=0)[foreign]
    itself = kind > 0.94
    if itself.any():
        tiny = functional.interpolate(photos[itself], size=6, mode="bilinear", antialias=True)
        filled[itself] = functional.interpolate(tiny, size=size, mode="bilinear")
    return filled


def caption(photos: Tensor, draw: Draw) -> Tensor:
    """A band with words across the top, the bottom or the middle; the band may be clear."""
    count, _, size, _ = photos.shape
    line = torch.linspace(0.0, 1.0, size, device=draw.device).view(1, 1, size, 1)
    height = per_photo(draw.uniform(0.08, 0.25, count))
    place = draw.uniform(0.0, 1.0, count)
    top = torch.where(
        per_photo(place < 0.5), 1.0 - height, per_photo((place - 0.5) * 2) * (1.0 - height)
    )
    band = ((line >= top) & (line < top + height)).float()
    white = per_photo(draw.chance(0.5, count).float())
    solid = per_photo(draw.pick((0.0, 0.6, 1.0), count))
    with_band = photos + ((1.0 - white) - photos) * band * solid
    words = text_mask(draw, count, size) * band * per_photo(draw.uniform(0.5, 1.0, count))
    return with_band + (white - with_band) * words


def watermark(photos: Tensor, draw: Draw) -> Tensor:
    """Half-clear words over a part or all of the photo."""
    count, _, size, _ = photos.shape
    words = text_mask(draw, count, size)
    turned = torch.where(per_photo(draw.chance(0.3, count)), words.transpose(2, 3), words)
    part = box_mask(draw, count, size, 0.05, 0.4).float()
    where = torch.where(per_photo(draw.chance(0.3, count)), torch.ones_like(part), part)
    ink = per_photo(draw.pick((0.0, 1.0, 1.0), count))
    return photos + (ink - photos) * turned * where * per_photo(draw.uniform(0.15, 0.7, count))


def stickers(photos: Tensor, draw: Draw) -> Tensor:
    """Up to four patches of colour, of noise or of another photo, a quarter of the area at most."""
    count, _, size, _ = photos.shape
    result = photos
    foreign = torch.roll(photos, 1, dims=0)
    for number in range(4):
        box = box_mask(draw, count, size, 0.005, 0.07 if number else 0.15)
        colour = draw.uniform(0.0, 1.0, count, 3, 1, 1)
        patch = torch.where(per_photo(draw.chance(0.5, count)), colour.expand_as(photos), foreign)
        shown = box & per_photo(draw.chance(1.0 if number == 0 else 0.5, count))
        result = torch.where(shown, patch, result)
    return result


def scribbles(photos: Tensor, draw: Draw) -> Tensor:
    """One to three strokes of a pen across the photo."""
    count, _, size, _ = photos.shape
    line = torch.linspace(-1.0, 1.0, size, device=draw.device)
    x, y = line.view(1, 1, 1, size), line.view(1, 1, size, 1)
    result = photos
    for number in range(3):
        height, slope = draw.uniform(-0.8, 0.8, 2, count, 1, 1, 1)
        swing = draw.uniform(-0.5, 0.5, count, 1, 1, 1)
        path = height + x * slope + swing * torch.sin(x * draw.uniform(1.0, 7.0, count, 1, 1, 1))
        stroke = (y - path).abs() < draw.uniform(0.01, 0.05, count, 1, 1, 1)
        stroke = torch.where(per_photo(draw.chance(0.5, count)), stroke, stroke.transpose(2, 3))
        shown = stroke & per_photo(draw.chance(1.0 if number == 0 else 0.5, count))
        result = torch.where(shown, plain_colour(draw, count), result)
    return result
