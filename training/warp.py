"""Every geometric edit of a batch as one 3x3 matrix a photo, so that pixels are resampled once.

Coordinates are those of torch's grid_sample: -1 to 1 over the picture, x right, y down. A matrix
maps a point of the edited picture to the point of the picture before, so edits chain by multiplying
on the right.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.draw import Draw


def identity(count: int, device: torch.device) -> Tensor:
    """(count, 3, 3): pictures left as they are."""
    return torch.eye(3, device=device).repeat(count, 1, 1)


def scale_shift(scale_x: Tensor, scale_y: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """(N, 3, 3) from four (N,): the picture shows the part of that half-size around (x, y)."""
    matrix = identity(len(x), x.device)
    matrix[:, 0, 0], matrix[:, 1, 1] = scale_x, scale_y
    matrix[:, 0, 2], matrix[:, 1, 2] = x, y
    return matrix


def crop(draw: Draw, aspect: Tensor, least: float, most: float) -> tuple[Tensor, Tensor]:
    """Keep a part of least to most of the area, anywhere; returns (N, 3, 3) and the new aspects.

    aspect: (N,) width / height before.
    """
    count = len(aspect)
    area = draw.uniform(least, most, count)
    stretch = torch.exp(
        draw.uniform(-0.35, 0.35, count)
    )  # of the crop's aspect against the photo's
    width = (area.sqrt() * stretch).clamp(max=1.0)
    height = (area / width).clamp(max=1.0)
    x = draw.uniform(-1.0, 1.0, count) * (1.0 - width)
    y = draw.uniform(-1.0, 1.0, count) * (1.0 - height)
    return scale_shift(width, height, x, y), aspect * width / height


def square_crop(draw: Draw, aspect: Tensor) -> tuple[Tensor, Tensor]:
    """The largest square, somewhere along the longer side."""
    width, height = (1.0 / aspect).clamp(max=1.0), aspect.clamp(max=1.0)
    place = draw.uniform(-1.0, 1.0, len(aspect))
    matrix = scale_shift(width, height, place * (1.0 - width), place * (1.0 - height))
    return matrix, torch.ones_like(aspect)


def quarter_turn(draw: Draw, aspect: Tensor) -> tuple[Tensor, Tensor]:
    """By 90, 180 or 270 degrees."""
    turns = draw.integers(1, 4, len(aspect))
    angle = turns * (math.pi / 2)
    matrix = identity(len(aspect), aspect.device)
    cos, sin = torch.cos(angle).round(), torch.sin(angle).round()
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 0], matrix[:, 1, 1] = cos, -sin, sin, cos
    return matrix, torch.where(turns % 2 == 1, 1.0 / aspect, aspect)


def mirror(draw: Draw, aspect: Tensor) -> tuple[Tensor, Tensor]:
    """Left and right swapped; one in four upside down instead."""
    down = draw.chance(0.25, len(aspect))
    ones = torch.ones_like(aspect)
    zeros = torch.zeros_like(aspect)
    return scale_shift(torch.where(down, 1.0, -1.0) * ones, torch.where(down, -1.0, 1.0) * ones,
                       zeros, zeros), aspect  # fmt: skip


def turn(draw: Draw, aspect: Tensor, degrees: float, inside: bool) -> tuple[Tensor, Tensor]:
    """By up to that angle; inside: zoomed so that no corner is empty (straightened), else not."""
    angle = draw.uniform(-1.0, 1.0, len(aspect)) * math.radians(degrees)
    cos, sin = torch.cos(angle), torch.sin(angle)
    longer = torch.maximum(aspect, 1.0 / aspect)
    zoom = 1.0 / (cos + longer * sin.abs()) if inside else torch.ones_like(cos)
    matrix = identity(len(aspect), aspect.device)
    # A turn keeps lengths in pixels, and the coordinates' unit differs between the axes.
    matrix[:, 0, 0], matrix[:, 0, 1] = cos * zoom, -sin * zoom / aspect
    matrix[:, 1, 0], matrix[:, 1, 1] = sin * zoom * aspect, cos * zoom
    return matrix, aspect


def perspective(draw: Draw, aspect: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """Photographed askew: every corner shifted by up to strength of the half side."""
    count = len(aspect)
    corners = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]], device=draw.device)
    moved = corners + draw.uniform(-strength, strength, count, 4, 2)
    return _homography(corners.expand(count, 4, 2), moved), aspect


def _homography(source: Tensor, target: Tensor) -> Tensor:
    """(N, 3, 3) that takes the four source points (N, 4, 2) to the target points."""
    x, y = source[..., 0], source[..., 1]
    u, v = target[..., 0], target[..., 1]
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    rows_u = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], dim=-1)
    rows_v = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], dim=-1)
    system = torch.cat([rows_u, rows_v], dim=1)
    solved = torch.linalg.solve(system, torch.cat([u, v], dim=1))
    return torch.cat([solved, torch.ones_like(solved[:, :1])], dim=1).view(-1, 3, 3)


def grid_of(matrix: Tensor, size: int) -> Tensor:
    """Where each (N, 3, 3) takes the pixels of a size x size picture: (N, size, size, 2)."""
    line = (torch.arange(size, device=matrix.device, dtype=torch.float32) + 0.5) * (
        2.0 / size
    ) - 1.0
    y, x = torch.meshgrid(line, line, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(1, -1, 3)
    mapped = points @ matrix.transpose(1, 2)
    depth = mapped[..., 2:].clamp(
        min=0.2
    )  # of points behind the camera, which only a wild corner gives
    return (mapped[..., :2] / depth).view(-1, size, size, 2)


def outside(grid: Tensor) -> Tensor:
    """(N, S, S, 2) points to (N, 1, S, S) bool: beyond the picture's edge."""
    return (grid.abs() > 1.0).any(dim=-1)[:, None]


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Photos at falling sizes, each shrunk with anti-aliasing from the one before."""

    levels: tuple[Tensor, ...]  # (N, 3, S, S) each: uint8, or float32 in 0..1

    def sample(self, grid: Tensor, matrix: Tensor) -> Tensor:
        """The pixels at grid (N, S, S, 2), each photo from the level that fits its scale.

        Returns (N, 3, S, S) float32 in 0..1.
        """
        size = grid.shape[1]
        shown = torch.linalg.det(matrix[:, :2, :2]).abs().sqrt()  # of the photo's side
        result = torch.empty(len(grid), 3, size, size, device=grid.device)
        sizes = torch.tensor([level.shape[-1] for level in self.levels], device=grid.device)
        # The smallest level with 0.85 pixels for every one asked for: hardly any blur or moire.
        enough = (sizes[None, :] * shown[:, None]) >= 0.85 * size
        level_of = enough.sum(dim=1).clamp(min=1) - 1
        for number, level in enumerate(self.levels):
            rows = (level_of == number).nonzero().squeeze(1)
            if len(rows):
                result[rows] = functional.grid_sample(
                    as_floats(level[rows]), grid[rows], padding_mode="border", align_corners=False
                )
        return result


def as_floats(photos: Tensor) -> Tensor:
    """Bytes to float32 in 0..1; floats as they are."""
    return photos.float() / 255.0 if photos.dtype == torch.uint8 else photos


def shrink(photos: Tensor, size: int) -> Tensor:
    """(N, 3, P, P) to (N, 3, size, size), anti-aliased as Pillow's bilinear resize is.

    Bytes stay bytes on a CPU, where torch shrinks them much faster; a GPU knows floats only.
    """
    if photos.device.type != "cpu":
        photos = as_floats(photos)
    return functional.interpolate(photos, size=size, mode="bilinear", antialias=True)


def pyramid(photos: Tensor, size: int) -> Pyramid:
    """Levels of the photos (N, 3, P, P), bytes or floats: themselves, size, and half of size."""
    levels = [photos]
    for side in (size, size // 2):
        if side < levels[-1].shape[-1]:
            levels.append(shrink(levels[-1], side))
    return Pyramid(tuple(levels))
