"""How alike two aligned photos are, block by block: what tells a copy from another shot.

Two signs, both local. Blocks of a copy correlate; where something moved they do not. And blocks
of a copy lie exactly over one another, to a fraction of a pixel; another shot, even from a tripod,
leaves most blocks a little displaced: by parallax, a breath, a turned head.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import project
from photodedup.core.shared_view import SharedView

Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Value = TypeVar("Value", np.float32, np.bool_)

GRID = 12  # blocks each way over the overlap
LOW = 0.5  # correlation below which a block does not show the same
_TEXTURE = 4.0  # gray levels of standard deviation; below it a block shows nothing
_SMOOTHING_PX = 1.0  # evens out JPEG's blocks and half a pixel of misalignment
_SAME_FOCUS = 1.5  # ratio of fine detail that needs no evening out
_FOCUS_PX = (1.0, 1.6, 2.5, 4.0, 6.0)  # blurs tried on the sharper picture
_FARTHEST_PX = 4.0  # a block cannot tell farther shifts
_STIFFNESS = 0.05  # squared levels per pixel: holds blocks without gradient in place


@dataclass(frozen=True, slots=True)
class BlockLikeness:
    """What the blocks of an overlap say.

    blocks: how many have texture and lie wholly inside. low_blocks: their share with a
    correlation below LOW; 1.0 if there are none. likeness: their median correlation; 0.0 if there
    are none. displacement_px: median distance, in pixels of the coarser photo, by which the
    other blocks are still displaced; 0.0 if there are none.
    """

    blocks: int
    low_blocks: float
    likeness: float
    displacement_px: float


NOTHING = BlockLikeness(0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The textured blocks of an overlap, wholly inside it.

    centres: (N, 2) x, y on target. correlations: (N,). shifts: (N, 2), of target, in its
    pixels, by which a block must move to lie on the other photo's; nonsense where it is another's.
    """

    centres: npt.NDArray[np.float64]
    correlations: Plane
    shifts: Plane


def compare_blocks(view: SharedView) -> BlockLikeness:
    """Compare the blocks of the overlap of two (h, w) gray pictures."""
    blocks = _find_blocks(view)
    if blocks is None:
        return NOTHING
    alike = blocks.correlations >= LOW
    distances = np.hypot(blocks.shifts[alike, 0], blocks.shifts[alike, 1])
    return BlockLikeness(
        blocks=len(blocks.correlations),
        low_blocks=float(np.mean(~alike)),
        likeness=float(np.median(blocks.correlations)),
        displacement_px=float(np.median(distances)) if len(distances) else 0.0,
    )


def matched_places(view: SharedView) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(N, 2) places on target and (N, 2) on source that show the same, from blocks alike."""
    blocks = _find_blocks(view)
    if blocks is None:
        nothing = np.empty((0, 2))
        return nothing, nothing
    alike = blocks.correlations >= LOW
    shifts = np.clip(blocks.shifts[alike], -_FARTHEST_PX, _FARTHEST_PX)
    return blocks.centres[alike] + shifts, project(view.matrix, blocks.centres[alike])


def _find_blocks(view: SharedView) -> _Blocks | None:
    height, width = view.target.shape[0] // GRID, view.target.shape[1] // GRID
    if min(height, width) < 3:
        return None
    target, source = _even_focus(view.target, view.warped, view.covered)
    a, b = (_centre(_blocks(picture, height, width)) for picture in (target, source))
    deviation_a, deviation_b = _deviation(a), _deviation(b)
    chosen = np.maximum(deviation_a, deviation_b) > _TEXTURE
    chosen &= _blocks(view.covered, height, width).all(axis=1)
    if not chosen.any():
        return None
    correlations = _mean_product(a, b) / np.maximum(deviation_a * deviation_b, 1e-3)
    gain = np.asarray(deviation_a / np.maximum(deviation_b, 1e-3), np.float32)[chosen, None]
    across, down = (
        _centre(
            _blocks(_slope(target, direction), height, width)[chosen]
            + gain * _blocks(_slope(source, direction), height, width)[chosen]
        )
        for direction in (0, 1)
    )
    shifts = _displacements(a[chosen], gain * b[chosen], across, down)
    rows, columns = np.divmod(np.flatnonzero(chosen), GRID)
    centres = np.column_stack([(columns + 0.5) * width - 0.5, (rows + 0.5) * height - 0.5])
    return _Blocks(centres, correlations[chosen], shifts.T)


def _even_focus(
    target: npt.NDArray[np.uint8], source: npt.NDArray[np.uint8], covered: Mask
) -> tuple[Plane, Plane]:
    """Both pictures smoothed, the sharper one until it has as little fine detail as the other."""
    pictures = [_smooth(picture, _SMOOTHING_PX) for picture in (target, source)]
    details = [_fine_detail(picture, covered) for picture in pictures]
    sharper = int(details[1] > details[0])
    wanted = details[1 - sharper]
    if details[sharper] > _SAME_FOCUS * wanted:
        best, evened = np.inf, pictures[sharper]
        for sigma in _FOCUS_PX:
            tried = _smooth(pictures[sharper], sigma)
            off = abs(np.log((_fine_detail(tried, covered) + 1e-3) / (wanted + 1e-3)))
            if off >= best:  # the more blur, the less detail: the next are farther off
                break
            best, evened = off, tried
        pictures[sharper] = evened
    return pictures[0], pictures[1]


def _fine_detail(picture: Plane, covered: Mask) -> float:
    """Curvature relative to contrast, so that a change of tone is no change of focus."""
    mask = covered.view(np.uint8)
    count = cv2.countNonZero(mask)
    if count == 0:
        return 0.0
    curvature = cv2.norm(cv2.Laplacian(picture, cv2.CV_32F), cv2.NORM_L1, mask) / count
    # OpenCV's norms take a tenth of the time of its means; no level is negative.
    mean = cv2.norm(picture, cv2.NORM_L1, mask) / count
    variance = cv2.norm(picture, cv2.NORM_L2SQR, mask) / count - mean * mean
    return curvature / (math.sqrt(max(0.0, variance)) + 1.0)


def _displacements(a: Plane, b: Plane, across: Plane, down: Plane) -> Plane:
    """(2, N) pixels, x and y, by which block a must move to lie on b: one step of Lucas-Kanade.

    a, b: (N, P) centred blocks of one contrast. across, down: (N, P), their mean gradient, levels
    per pixel, which makes one step exact to second order (Malis 2004).
    """
    error = b - a
    xx = _mean_product(across, across) + _STIFFNESS
    yy = _mean_product(down, down) + _STIFFNESS
    xy = _mean_product(across, down)
    x, y = _mean_product(across, error), _mean_product(down, error)
    determinant = xx * yy - xy * xy
    return np.stack([(yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant])


def _slope(picture: Plane, direction: int) -> Plane:
    """Half the gradient, levels per pixel, across (0) or down (1): that of two makes their mean."""
    return np.asarray(
        cv2.Sobel(picture, cv2.CV_32F, 1 - direction, direction, scale=1 / 16), np.float32
    )


def _mean_product(a: Plane, b: Plane) -> Plane:
    """(N,) means of (N, P) products."""
    products = a[:, None, :] @ b[:, :, None]
    return np.asarray(products[:, 0, 0] / np.float32(a.shape[1]), np.float32)


def _deviation(centred: Plane) -> Plane:
    return np.asarray(np.sqrt(_mean_product(centred, centred)), np.float32)


def _centre(blocks: Plane) -> Plane:
    """Take from (N, P) blocks, which are changed, the mean of each."""
    pixels = blocks.shape[1]
    blocks -= (blocks @ np.full(pixels, 1 / pixels, np.float32))[:, None]
    return blocks


def _smooth(picture: npt.NDArray[np.uint8] | Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigma), np.float32)


def _blocks(picture: npt.NDArray[Value], height: int, width: int) -> npt.NDArray[Value]:
    """The (GRID * GRID, height * width) blocks of a picture, what is left over cut away."""
    cut = picture[: GRID * height, : GRID * width]
    return (
        cut.reshape(GRID, height, GRID, width)
        .transpose(0, 2, 1, 3)
        .reshape(GRID * GRID, height * width)
    )
