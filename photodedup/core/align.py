"""From shared keypoints, or without any, to the mapping of one photo onto another."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.keypoints import Compared, Keypoints, match
from photodedup.core.votes import agreeing_rows

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

MIN_INLIERS = 8  # below, no homography is believed; the pair is decided without keypoints
_MAGSAC_PX = 3.0
_HOMOGRAPHY_FROM = 15  # with fewer matches 8 degrees of freedom fit noise: similarity instead
_MAX_FORESHORTENING = 2.2  # ratio of scales over the photo; 8 % corner shifts reach 1.5
_MAX_STRETCH = 2.0  # ratio of scales across and along
_MAX_SCALE = 12.0  # a 96 px thumbnail against a crop of a fifth
_NEARLY_WHOLE = 0.015  # of a side: about what keypoints of small pictures are off


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where photo b lies on photo a.

    matrix: (3, 3), pixels of b to pixels of a, pixel centres on whole numbers; its determinant
    is negative where b is mirrored. inliers: keypoint matches that agree with it; 0 if it was
    found without keypoints.
    """

    matrix: Matrix
    inliers: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Keypoints of two photos that agree with one shift, turn and scale.

    on_a, on_b: (N, 2) float32 pixels; those on a are of the photo as it is seen: mirrored or not.
    """

    on_a: npt.NDArray[np.float32]
    on_b: npt.NDArray[np.float32]
    mirrored: bool
    a_width: int

    def __len__(self) -> int:
        return len(self.on_a)

    def places(self) -> int:
        """How many places the keypoints mark: several turns of one place are one observation."""
        return min(_count_places(on) for on in (self.on_a, self.on_b))


def find_agreement(a: Keypoints, b: Keypoints, a_size: tuple[int, int]) -> Agreement:
    """The keypoints that a and b share, as they are or mirrored, whichever are more.

    a_size: width and height of photo a in pixels.

    Pairs that share nothing end here; see votes.
    """
    found = []
    both = Compared(a, a_size[0], [b])
    matches = match([both])
    for mirrored, seen in enumerate(both.views):
        of_view = matches.view == mirrored
        on_a, on_b = seen.at(matches.first[of_view]), b.at(matches.second[of_view])
        rows = agreeing_rows(on_a, on_b, max(a_size))
        found.append(Agreement(on_a.points[rows], on_b.points[rows], bool(mirrored), a_size[0]))
    return max(found, key=len)


def align(agreement: Agreement) -> Alignment | None:
    """Fit a mapping to keypoints that agree roughly; None if too few do so closely."""
    if len(agreement) < MIN_INLIERS:
        return None
    found = _fit(agreement.on_a, agreement.on_b)
    if found is None or found[1] < MIN_INLIERS:
        return None
    matrix, inliers = found
    if agreement.mirrored:
        matrix = mirror_matrix(agreement.a_width) @ matrix
    return Alignment(matrix, inliers)


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a (3, 3) matrix; it must have one."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def mirror_matrix(width: int) -> Matrix:
    """The left-right mirroring of a picture, width pixels wide."""
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def scale_matrix(x: float, y: float) -> Matrix:
    """Resizing by x and y, for coordinates with pixel centres on whole numbers."""
    return np.array([[x, 0.0, (x - 1) / 2], [0.0, y, (y - 1) / 2], [0.0, 0.0, 1.0]])


def local_scale(matrix: Matrix, size: tuple[int, int]) -> float:
    """Pixels after, per pixel before, at the centre of a picture of size (width, height)."""
    jacobian = jacobian_at(matrix, (size[0] - 1) / 2, (size[1] - 1) / 2)
    return float(np.sqrt(abs(np.linalg.det(jacobian))))


def jacobian_at(matrix: Matrix, x: float, y: float) -> Matrix:
    """The (2, 2) derivative of a homography at one point."""
    u, v, w = matrix @ np.array([x, y, 1.0])
    top = matrix[:2, :2] * w - np.outer((u, v), matrix[2, :2])
    return np.asarray(top / (w * w), np.float64)


def corners(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """The (4, 2) outer corners of a picture, clockwise on the screen."""
    right, bottom = size[0] - 0.5, size[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def project(matrix: Matrix, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Apply a homography to (N, 2) points."""
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:], np.float64)


def is_plausible(matrix: Matrix, b_size: tuple[int, int]) -> bool:
    """Whether a photo could be edited so: no fold, no horizon, no extreme scale."""
    # In plain numbers: NumPy takes eighteen times as long for so few.
    rows: list[list[float]] = matrix.tolist()
    if not all(math.isfinite(number) for row in rows for number in row):
        return False
    right, bottom = b_size[0] - 0.5, b_size[1] - 0.5
    p, q, r = rows[2]
    depths = [p * x + q * y + r for x in (-0.5, right) for y in (-0.5, bottom)]
    if min(depths) * max(depths) <= 0:
        return False
    depth = (depths[0] + depths[3]) / 2  # at the centre; by it all is divided, to be 1 there
    (a, b, c), (d, e, f), (p, q, r) = ([number / depth for number in row] for row in rows)
    # A pixel's area afterwards is the determinant by the third power of the depth.
    area = abs(a * (e * r - f * q) - b * (d * r - f * p) + c * (d * q - e * p))
    nearness = max(depths) / min(depths)
    nearness = max(nearness, 1.0 / nearness)
    foreshortening = nearness * math.sqrt(nearness)
    x, y = (b_size[0] - 1) / 2, (b_size[1] - 1) / 2
    u, v = a * x + b * y + c, d * x + e * y + f
    xx, xy, yx, yy = a - u * p, b - u * q, d - v * p, e - v * q
    evenly, unevenly = math.hypot(xx + yy, yx - xy), math.hypot(xx - yy, yx + xy)
    return (
        1 / _MAX_SCALE < math.sqrt(area) < _MAX_SCALE
        and foreshortening < _MAX_FORESHORTENING
        and evenly + unevenly < _MAX_STRETCH * abs(evenly - unevenly)  # the singular values
    )


def nearest_whole(
    matrix: Matrix, a_size: tuple[int, int], b_size: tuple[int, int]
) -> Matrix | None:
    """All of b on all of a, perhaps turned by quarters or mirrored, where matrix is nearly that.

    None where it is not: one photo is a part of the other, or straightened.
    """
    to_unit_a, from_unit_b = inverse(_from_unit(a_size)), _from_unit(b_size)
    unit = to_unit_a @ matrix @ from_unit_b
    laid = unit[:2, :2] / unit[2, 2]
    places = np.eye(2) if abs(laid[0, 0]) >= abs(laid[0, 1]) else np.eye(2)[::-1]
    whole = np.eye(3)
    whole[:2, :2] = places * np.sign(laid)
    outer = corners((1, 1))
    off = np.abs(project(unit, outer) - project(whole, outer)).max()
    if not off <= _NEARLY_WHOLE:  # nor where it is no number
        return None
    return np.asarray(_from_unit(a_size) @ whole @ inverse(from_unit_b), np.float64)


def _from_unit(size: tuple[int, int]) -> Matrix:
    """From a square of side 1 about the origin to the pixels of a picture."""
    width, height = size
    return np.array([[width, 0.0, (width - 1) / 2], [0.0, height, (height - 1) / 2], [0, 0, 1.0]])


def overlap_shares(
    matrix: Matrix, a_size: tuple[int, int], b_size: tuple[int, int]
) -> tuple[float, float]:
    """How much of a is covered by b, and of b by a, as shares 0 to 1 of their areas."""
    return (
        _covered(a_size, project(matrix, corners(b_size))),
        _covered(b_size, project(inverse(matrix), corners(a_size))),
    )


def _covered(size: tuple[int, int], polygon: npt.NDArray[np.float64]) -> float:
    hull = cv2.convexHull(polygon.astype(np.float32))
    area, _ = cv2.intersectConvexConvex(corners(size).astype(np.float32), hull)
    return min(1.0, float(area) / (size[0] * size[1]))


def _fit(on_a: npt.NDArray[np.float32], on_b: npt.NDArray[np.float32]) -> tuple[Matrix, int] | None:
    """Robust mapping of points of b to points of a, and how many agree with it."""
    # Errors are measured on the coarser photo: one of its pixels is many of the other's.
    b_is_coarser = on_a.var(axis=0).sum() >= on_b.var(axis=0).sum()
    fine, coarse = (on_a, on_b) if b_is_coarser else (on_b, on_a)
    matrix: npt.NDArray[Any] | None
    if len(on_a) >= _HOMOGRAPHY_FROM:
        matrix, mask = cv2.findHomography(fine, coarse, cv2.USAC_MAGSAC, _MAGSAC_PX, None, 1000)
    else:
        cv2.setRNGSeed(1)  # RANSAC draws from the thread's generator: start it alike each time
        partial, mask = cv2.estimateAffinePartial2D(fine, coarse, None, cv2.RANSAC, _MAGSAC_PX)
        matrix = None if partial is None else np.vstack([partial, [0.0, 0.0, 1.0]])
    if matrix is None or abs(np.linalg.det(matrix)) < 1e-12:
        return None
    # Several keypoints of one place count once: they are one observation.
    places = _count_places(coarse[mask.ravel() > 0])
    fine_to_coarse = np.asarray(matrix, np.float64)
    return inverse(fine_to_coarse) if b_is_coarser else fine_to_coarse, places


def _count_places(points: npt.NDArray[np.float32]) -> int:
    """How many pixels (N, 2) points lie in."""
    x, y = np.rint(points).T
    return len(np.unique(x + 1j * y))  # a quarter of the time that pairs take
