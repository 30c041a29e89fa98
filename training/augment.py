"""Two edited views of each photo of a batch: how anchors and positives arise without labels.

One view is gentle (as the photo, or nearly), the other goes through a chain of what people do to
pictures: crop, turn, mirror, frame, paste, screenshot, tone, filter, overlay, compress. These edits
are made in torch, on whole batches; the accuracy benchmark's are made elsewhere, with Pillow, and
share no code with these, or it would measure what was trained.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from training import damage, overlays, tones, warp
from training.draw import Draw

Edit = Callable[[Tensor, Draw], Tensor]
Geometry = Callable[[Draw, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Strength:
    """How likely each family of edits is for the busiest photos; those of one photo chain."""

    crop: float
    quarter_turn: float
    mirror: float
    straighten: float
    perspective: float
    layout: float
    tones: tuple[tuple[Edit, float], ...]
    overlays: tuple[tuple[Edit, float], ...]
    damage: tuple[tuple[Edit, float], ...]
    least_area: float = 0.2  # of a crop
    untouched: float = 0.0  # share of photos that stay as they are
    busy: tuple[float, float] = (1.0, 1.0)  # factors of all likelihoods, between which photos vary
    fashions: tuple[Edit, ...] = ()  # one of them goes over many photos of a batch, all alike


STRONG = Strength(
    busy=(0.25, 1.0),  # from a single edit, which must be met nearly always, to chains of four
    crop=0.7,
    quarter_turn=0.3,
    mirror=0.25,
    straighten=0.15,
    perspective=0.12,
    layout=0.32,
    tones=(
        (tones.light, 0.25),
        (tones.colour, 0.2),
        (tones.gray, 0.12),
        (tones.duotone, 0.16),
        (tones.matrix, 0.08),
        (tones.curves, 0.08),
        (tones.equalise, 0.18),
        (tones.local_contrast, 0.05),
        (tones.auto_contrast, 0.04),
        (tones.posterise, 0.05),
        (tones.solarise, 0.02),
        (tones.vignette, 0.06),
        (tones.shadow, 0.05),
    ),
    overlays=(
        (overlays.caption, 0.1),
        (overlays.watermark, 0.1),
        (overlays.stickers, 0.1),
        (overlays.scribbles, 0.04),
    ),
    damage=(
        (damage.paint, 0.04),
        (damage.screen, 0.06),
        (damage.blur, 0.13),
        (damage.thumbnail, 0.13),
        (damage.sharpen, 0.07),
        (damage.noise, 0.1),
        (damage.jpeg, 0.25),
    ),
    fashions=(tones.gray, tones.duotone, tones.duotone, tones.matrix, tones.equalise),
)

GENTLE = Strength(
    crop=0.2,
    quarter_turn=0.05,
    mirror=0.05,
    straighten=0.04,
    perspective=0.02,
    layout=0.03,
    tones=((tones.light, 0.12), (tones.colour, 0.08), (tones.gray, 0.04), (tones.equalise, 0.03)),
    overlays=((overlays.watermark, 0.02),),
    damage=((damage.blur, 0.04), (damage.thumbnail, 0.06), (damage.jpeg, 0.12)),
    least_area=0.5,
    untouched=0.4,
)


def views(photos: Tensor, aspects: Tensor, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """A gentle and a strongly edited view of each photo.

    photos: (N, P, P, 3) uint8, squashed to a square with pixels to spare; aspects: (N,) float32,
    width over height before squashing. Returns two (N, 3, size, size) float32 in 0..1. One seed
    always gives the same views.

    Some photos are cropped before both views, so that crops of crops are met too, and close-ups.
    """
    draw = Draw(seed, photos.device)
    levels = warp.pyramid(photos.permute(0, 3, 1, 2), size)
    base, aspects = _chain(draw, aspects, torch.ones_like(aspects), _BEFORE_BOTH)
    gentle = edited(levels, aspects, size, draw, GENTLE, base)
    return gentle, edited(levels, aspects, size, draw, STRONG, base)


def plain(photos: Tensor, size: int) -> Tensor:
    """The photos as they are: (N, P, P, 3) uint8 to (N, 3, size, size) float32 in 0..1."""
    return warp.as_floats(warp.shrink(photos.permute(0, 3, 1, 2), size))


def edited(
    levels: warp.Pyramid,
    aspects: Tensor,
    size: int,
    draw: Draw,
    strength: Strength,
    base: Tensor | None = None,
) -> Tensor:
    """One edited view of each photo, (N, 3, size, size) float32 in 0..1, rounded to 8 bits.

    base: (N, 3, 3), which part of its photo is what gets edited; the whole by default.
    """
    count = len(aspects)
    if base is None:
        base = warp.identity(count, aspects.device)
    busy = draw.uniform(*strength.busy, count) * ~draw.chance(strength.untouched, count)
    view = _shaped(levels, aspects, size, draw, strength, busy, base)
    _follow_fashion(view, draw, strength.fashions)
    for family in (strength.overlays, strength.tones, strength.damage):
        # Each family in a random order: a filter before a curve is not the same as after it.
        for place in torch.randperm(len(family), generator=draw.generator).tolist():
            edit, probability = family[place]
            rows = draw.chance(probability * busy, count).nonzero().squeeze(1)
            if len(rows):
                view[rows] = edit(view[rows], draw).clamp(0.0, 1.0)
    return (view * 255.0).round() / 255.0


def _follow_fashion(view: Tensor, draw: Draw, fashions: tuple[Edit, ...]) -> None:
    """In half of the batches one edit, with the same settings, goes over two fifths of the photos.

    Copies in sepia must be told from other photos in the same sepia. Where every photo has settings
    of its own they are a cue, and the network learns to use it.
    """
    if not fashions or draw.number(0.0, 1.0) > 0.5:
        return
    edit = fashions[int(draw.integers(0, len(fashions), 1))]
    rows = draw.chance(0.4, len(view)).nonzero().squeeze(1)
    if len(rows):
        view[rows] = edit(view[rows], draw.for_all_alike()).clamp(0.0, 1.0)


def _shaped(
    levels: warp.Pyramid,
    aspects: Tensor,
    size: int,
    draw: Draw,
    strength: Strength,
    busy: Tensor,
    base: Tensor,
) -> Tensor:
    """Crops, turns, frames and the like, all resampled once."""
    # The root: crops and turns alone, with nothing else done, are met as often as in chains.
    inner, aspects = _chain(draw, aspects, busy.sqrt(), _geometries(strength))
    rect, framed = _layout(draw, strength.layout * busy)
    outer, _ = _chain(draw, aspects, framed.float(), _AFTER_FRAMING)
    in_frame = rect @ outer
    matrix = base @ inner @ in_frame
    view = levels.sample(warp.grid_of(matrix, size), matrix)
    empty = warp.outside(warp.grid_of(inner @ in_frame, size))
    if empty.any():
        view = torch.where(empty, overlays.plain_colour(draw, len(view)), view)
    rows = framed.nonzero().squeeze(1)
    if len(rows):
        beyond = warp.outside(warp.grid_of(in_frame[rows], size))
        view[rows] = torch.where(beyond, overlays.background(view[rows], draw), view[rows])
    return view


def _geometries(strength: Strength) -> tuple[tuple[Geometry, float], ...]:
    least = strength.least_area
    return (
        (lambda draw, aspect: warp.turn(draw, aspect, 12.0, inside=True), strength.straighten),
        (lambda draw, aspect: warp.turn(draw, aspect, 45.0, inside=False), strength.straighten / 3),
        (lambda draw, aspect: warp.perspective(draw, aspect, 0.25), strength.perspective),
        (lambda draw, aspect: warp.crop(draw, aspect, least, 1.0), strength.crop * 0.6),
        (lambda draw, aspect: warp.crop(draw, aspect, least, 0.55), strength.crop * 0.25),
        (warp.square_crop, strength.crop * 0.15),
        (warp.quarter_turn, strength.quarter_turn),
        (warp.mirror, strength.mirror),
    )


_BEFORE_BOTH: tuple[tuple[Geometry, float], ...] = (
    (lambda draw, aspect: warp.crop(draw, aspect, 0.4, 1.0), 0.25),
)

_AFTER_FRAMING: tuple[tuple[Geometry, float], ...] = (
    (lambda draw, aspect: warp.crop(draw, aspect, 0.8, 1.0), 0.15),
    (lambda draw, aspect: warp.perspective(draw, aspect, 0.15), 0.1),
    (warp.quarter_turn, 0.1),
)


def _chain(
    draw: Draw, aspects: Tensor, busy: Tensor, steps: tuple[tuple[Geometry, float], ...]
) -> tuple[Tensor, Tensor]:
    """The product of the steps that each photo happens to get, and its aspect after them."""
    matrix = warp.identity(len(aspects), aspects.device)
    for step, probability in steps:
        happens = draw.chance(probability * busy, len(aspects))
        by, after = step(draw, aspects)
        matrix = torch.where(happens[:, None, None], matrix @ by, matrix)
        aspects = torch.where(happens, after, aspects)
    return matrix, aspects


def _layout(draw: Draw, probability: Tensor) -> tuple[Tensor, Tensor]:
    """Where a framed photo lies on its page: (N, 3, 3) page to photo, and which are framed.

    A border all around, a letterbox, a screenshot's uneven bars, a print with a thick lower edge,
    or pasted somewhere on a larger page.
    """
    count = len(probability)
    framed = draw.chance(probability, count)
    kind = draw.integers(0, 5, count)[:, None]
    around = draw.uniform(0.02, 0.16, count, 1).expand(-1, 4)
    bars = draw.uniform(0.06, 0.3, count, 1) * torch.tensor(
        [0.0, 1.0, 0.0, 1.0], device=draw.device
    )
    bars = torch.where(draw.chance(0.35, count)[:, None], bars.roll(1, dims=1), bars)
    reach = torch.tensor([0.02, 0.3, 0.02, 0.4], device=draw.device)
    uneven = draw.uniform(0.0, 1.0, count, 4) * reach
    printed = draw.uniform(0.03, 0.1, count, 1) * torch.tensor(
        [1.0, 1.0, 1.0, 3.0], device=draw.device
    )
    pasted = draw.uniform(0.0, 0.3, count, 4)
    margins = torch.stack([around, bars, uneven, printed, pasted], dim=1)
    left, top, right, bottom = margins.gather(1, kind[:, :, None].expand(-1, 1, 4)).squeeze(1).T
    half_x, half_y = (1.0 - left - right), (1.0 - top - bottom)
    matrix = warp.scale_shift(
        1 / half_x, 1 / half_y, (right - left) / half_x, (bottom - top) / half_y
    )
    none = warp.identity(count, draw.device)
    return torch.where(framed[:, None, None], matrix, none), framed
