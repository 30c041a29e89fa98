"""Two aligned photos seen at one level of detail, cut to what they share."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import corners, inverse, local_scale, project, scale_matrix

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float64]

_MIN_PX = 12  # a shared part smaller than this cannot be compared
_MIXED_PX = 0.5 / 255  # farther outside, a pixel is mixed with the nothing beyond
_WHOLE_NUMBER = 1e-9  # off by so little in a matrix, no pixel is off by more than 1/4000 of one


@dataclass(frozen=True)
class SharedView:
    """The coarser photo, cut to the overlap, and the finer one reduced to its detail.

    target: (h, w) or (h, w, 3) uint8, of the coarser photo. source: the whole finer photo.
    matrix: (3, 3), pixels of target to pixels of source. target_is_b: whether b is the coarser.
    to_target, to_source: (3, 3), pixels of each photo to pixels of its picture here.
    a_size: width and height of photo a in pixels. What is laid over target is kept: several ask.
    """

    target: Pixels
    source: Pixels
    matrix: Matrix
    to_target: Matrix
    to_source: Matrix
    target_is_b: bool
    a_size: tuple[int, int]

    @cached_property
    def warped(self) -> Pixels:
        """The finer photo as it lies on target, 0 where it does not: (h, w) or (h, w, 3)."""
        moved = self._moved()
        if moved is not None:  # as with most copies: a twentieth of the time
            return moved
        size = (self.target.shape[1], self.target.shape[0])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpPerspective(self.source, self.matrix, size, flags=flags)
        return np.asarray(warped, np.uint8)

    def _moved(self) -> Pixels | None:
        """The finer photo cut, turned by quarters or mirrored, if that lays it over all of target.

        None where pixels do not lie on pixels.
        """
        matrix = self.matrix / self.matrix[2, 2]
        whole = np.rint(matrix)
        turn = whole[:2, :2]
        if np.abs(matrix - whole).max() > _WHOLE_NUMBER or (turn @ turn.T != np.eye(2)).any():
            return None
        height, width = self.target.shape[:2]
        ends = whole @ [[0, width - 1], [0, height - 1], [1, 1]]
        (left, right), (top, bottom), _ = np.sort(ends.astype(int), axis=1).tolist()
        if left < 0 or top < 0 or right >= self.source.shape[1] or bottom >= self.source.shape[0]:
            return None
        moved = self.source[top : bottom + 1, left : right + 1]
        if turn[0, 0] == 0:
            moved, turn = np.asarray(cv2.transpose(moved), np.uint8), turn[::-1]
        if turn[0, 0] < 0:
            moved = np.asarray(cv2.flip(moved, 1), np.uint8)
        if turn[1, 1] < 0:
            moved = np.asarray(cv2.flip(moved, 0), np.uint8)
        return moved

    @cached_property
    def covered(self) -> Mask:
        """The (h, w) pixels of target that the finer photo covers: those between its sides."""
        height, width = self.target.shape[:2]
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        covered = np.ones((height, width), np.bool_)
        for p, q, r in self._sides:
            covered &= p * x >= (-q * y - r)[:, None]
        return covered

    @cached_property
    def inside(self) -> Mask:
        """The (h, w) pixels covered that lie next to no pixel that is not."""
        if len(self._sides) == 0:
            return self.covered
        eroded = cv2.erode(self.covered.view(np.uint8), np.ones((3, 3), np.uint8))
        return np.asarray(eroded, np.uint8).view(np.bool_)

    @cached_property
    def _sides(self) -> npt.NDArray[np.float32]:
        """Sides of the finer photo as (N, 3) lines p, q, r on target: inside, px + qy + r >= 0.

        Only those sides that do not have all of target inside.
        """
        right, bottom = self.target.shape[1] - 1.0, self.target.shape[0] - 1.0
        outer = np.array([[0, 0, 1], [right, 0, 1], [right, bottom, 1], [0, bottom, 1]])
        matrix = self.matrix * np.sign((outer @ self.matrix[2]).sum())
        x, y, depth = matrix
        height, width = self.source.shape[:2]
        sides = np.stack([x, y, (width - 1.0) * depth - x, (height - 1.0) * depth - y])
        sides += _MIXED_PX * depth
        return np.asarray(sides[(sides @ outer.T < 0).any(axis=1)], np.float32)

    def b_to_a(self, matrix: Matrix) -> Matrix:
        """A mapping of target to source, said as pixels of photo b to pixels of photo a."""
        whole = inverse(self.to_source) @ matrix @ self.to_target
        return whole if self.target_is_b else inverse(whole)

    def target_to_a(self) -> Matrix:
        """Pixels of target to pixels of photo a."""
        undo = self.to_source if self.target_is_b else self.to_target
        forward = self.matrix if self.target_is_b else np.eye(3)
        return np.asarray(inverse(undo) @ forward, np.float64)


def share(matrix: Matrix, a: Pixels, b: Pixels, longest_px: int) -> SharedView | None:
    """See photos a and b alike, the shared part at most longest_px long; None if it is tiny.

    matrix: (3, 3), pixels of b to pixels of a. a, b: (H, W) or (H, W, 3) uint8.
    """
    a_size, b_size = (a.shape[1], a.shape[0]), (b.shape[1], b.shape[0])
    target_is_b = local_scale(matrix, b_size) >= 1.0
    target, source = (b, a) if target_is_b else (a, b)
    target_size, source_size = (b_size, a_size) if target_is_b else (a_size, b_size)
    to_finer = matrix if target_is_b else inverse(matrix)
    seen = project(inverse(to_finer), corners(source_size))
    left, top = np.maximum(np.floor(seen.min(axis=0)), 0).astype(int)
    right, bottom = np.minimum(np.ceil(seen.max(axis=0)) + 1, target_size).astype(int)
    if right - left < _MIN_PX or bottom - top < _MIN_PX:
        return None
    reduced = min(1.0, longest_px / max(right - left, bottom - top))
    cut, to_target = _resize(target[top:bottom, left:right], reduced)
    to_target = to_target @ np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]])
    finer = local_scale(to_finer, target_size)
    smaller, to_source = _resize(source, min(1.0, reduced / finer))
    both = to_source @ to_finer @ inverse(to_target)
    return SharedView(cut, smaller, both, to_target, to_source, target_is_b, a_size)


def _resize(picture: Pixels, factor: float) -> tuple[Pixels, Matrix]:
    """Reduce by area, so that no detail aliases, and the matrix of what was done."""
    height, width = picture.shape[:2]
    new_width, new_height = max(1, round(width * factor)), max(1, round(height * factor))
    if (new_width, new_height) == (width, height):
        return picture, np.eye(3)
    resized = cv2.resize(picture, (new_width, new_height), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8), scale_matrix(new_width / width, new_height / height)
