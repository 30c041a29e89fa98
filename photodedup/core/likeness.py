"""How alike two aligned photos are, block by block: what tells a copy from another shot.

Two signs, both local. Blocks of a copy correlate; where something moved they do not. And blocks
of a copy lie exactly over one another, to a fraction of a pixel; another shot, even from a tripod,
leaves most blocks a little displaced: by parallax, a breath, a turned head.
"""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import project
from photodedup.core.shared_view import SharedView

Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Places = tuple[npt.NDArray[np.intp], ...]

GRID = 12  # blocks each way over the overlap
LOW = 0.5  # correlation below which a block does not show the same
_TEXTURE = 4.0  # gray levels of standard deviation; below it a block shows nothing
_SMOOTHING_PX = 1.0  # evens out JPEG's blocks and half a pixel of misalignment
_SAME_FOCUS = 1.5  # ratio of fine detail that needs no evening out
_FOCUS_PX = (1.0, 1.6, 2.5, 4.0, 6.0)  # blurs tried on the sharper picture
_FARTHEST_PX = 4.0  # a block cannot tell farther shifts
_STIFFNESS = 0.05  # squared levels per pixel: holds blocks without gradient in place


@dataclass(frozen=True, slots=True)
class Blocks:
    """The textured blocks of an overlap, wholly inside it.

    correlations: (N,), of all. centres: (M, 2) x, y on target, of those alike. shifts: (M, 2), of
    target, in its pixels, by which these must move to lie on the other photo's.
    """

    view: SharedView
    correlations: Plane
    centres: npt.NDArray[np.float64]
    shifts: Plane

    def matched_places(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(M, 2) places on target and (M, 2) on source that show the same."""
        shifts = np.clip(self.shifts, -_FARTHEST_PX, _FARTHEST_PX)
        return self.centres + shifts, project(self.view.matrix, self.centres)


@dataclass(frozen=True, slots=True)
class BlockLikeness:
    """What the blocks of an overlap say.

    blocks: how many have texture and lie wholly inside. low_blocks: their share with a
    correlation below LOW; 1.0 if there are none. likeness: their median correlation; 0.0 if there
    are none. displacement_px: median distance, in pixels of the coarser photo, by which the
    other blocks are still displaced; 0.0 if there are none. found: the blocks themselves.
    """

    blocks: int
    low_blocks: float
    likeness: float
    displacement_px: float
    found: Blocks | None = field(default=None, compare=False, repr=False)


NOTHING = BlockLikeness(0, 1.0, 0.0, 0.0)


def compare_blocks(view: SharedView) -> BlockLikeness:
    """Compare the blocks of the overlap of two (h, w) gray pictures."""
    found = find_blocks(view)
    if found is None:
        return NOTHING
    blocks = len(found.correlations)
    distances = np.hypot(found.shifts[:, 0], found.shifts[:, 1])
    return BlockLikeness(
        blocks=blocks,
        low_blocks=(blocks - len(distances)) / blocks,
        likeness=_median(found.correlations),
        displacement_px=_median(distances) if len(distances) else 0.0,
        found=found,
    )


def _median(values: Plane) -> float:
    ordered = np.sort(values)  # NumPy's own median takes ten times as long with so few
    middle = len(ordered) // 2
    return float(ordered[middle] + ordered[~middle]) / 2


def find_blocks(view: SharedView) -> Blocks | None:
    """The blocks of the overlap of two (h, w) gray pictures; None where none has texture."""
    height, width = view.target.shape[0] // GRID, view.target.shape[1] // GRID
    if min(height, width) < 3:
        return None
    pictures = _even_focus(view.target, view.warped, view.covered)
    at = np.nonzero(_covered_blocks(view.covered))
    a, b = (_centre(_blocks(picture, at)) for picture in pictures)
    deviation_a, deviation_b = _deviation(a), _deviation(b)
    textured = np.maximum(deviation_a, deviation_b) > _TEXTURE
    if not textured.any():
        return None
    correlations = _mean_product(a, b) / np.maximum(deviation_a * deviation_b, 1e-3)
    alike = textured & (correlations >= LOW)
    if not alike.all():
        a, b, at = a[alike], b[alike], (at[0][alike], at[1][alike])
    gain = np.asarray(deviation_a / np.maximum(deviation_b, 1e-3), np.float32)[alike, None]
    b *= gain
    across, down = (_mean_slope(pictures, direction, gain, at) for direction in (0, 1))
    shifts = _displacements(a, b, across, down)
    rows, columns = at
    centres = np.column_stack([(columns + 0.5) * width - 0.5, (rows + 0.5) * height - 0.5])
    return Blocks(view, correlations[textured], centres, shifts.T)


def _covered_blocks(covered: Mask) -> Mask:
    """The (GRID, GRID) blocks covered wholly, where their corners are: what covers is convex."""
    height, width = covered.shape[0] // GRID, covered.shape[1] // GRID
    cut = covered[: GRID * height, : GRID * width]
    upper, lower = cut[::height], cut[height - 1 :: height]
    left, right = slice(None, None, width), slice(width - 1, None, width)
    return upper[:, left] & upper[:, right] & lower[:, left] & lower[:, right]


def _even_focus(
    target: npt.NDArray[np.uint8], source: npt.NDArray[np.uint8], covered: Mask
) -> tuple[Plane, Plane]:
    """Both pictures smoothed, the sharper one until it has as little fine detail as the other."""
    pictures = [_smooth(picture.astype(np.float32), _SMOOTHING_PX) for picture in (target, source)]
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

    a, b: (N, P) centred blocks of one contrast; b is changed. across, down: (N, P), their mean
    gradient, levels per pixel, which makes one step exact to second order (Malis 2004).
    """
    b -= a
    xx = _mean_product(across, across) + _STIFFNESS
    yy = _mean_product(down, down) + _STIFFNESS
    xy = _mean_product(across, down)
    x, y = _mean_product(across, b), _mean_product(down, b)
    determinant = xx * yy - xy * xy
    return np.stack([(yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant])


def _mean_slope(pictures: tuple[Plane, Plane], direction: int, gain: Plane, at: Places) -> Plane:
    """(N, P) centred mean gradients of blocks, levels per pixel, across (0) or down (1).

    gain: (N, 1), by which the second picture's are multiplied.
    """
    # Scaled to half the gradient, so that the sum is the mean.
    slopes = [cv2.Sobel(p, cv2.CV_32F, 1 - direction, direction, scale=1 / 16) for p in pictures]
    first, second = (_blocks(np.asarray(slope, np.float32), at) for slope in slopes)
    second *= gain
    second += first
    return _centre(second)


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


def _smooth(picture: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def _blocks(picture: Plane, at: Places) -> Plane:
    """(N, P) blocks of a picture, at N rows and columns of the grid; what is left over is cut."""
    height, width = picture.shape[0] // GRID, picture.shape[1] // GRID
    cut = picture[: GRID * height, : GRID * width].reshape(GRID, height, GRID, width)
    return cut.transpose(0, 2, 1, 3)[at].reshape(-1, height * width)
