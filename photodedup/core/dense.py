"""Align two photos from their pixels alone, for photos too small or plain for keypoints."""

import math
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import Alignment, inverse, mirror_matrix, scale_matrix

Gray = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.float32]  # OpenCV's own type for matching: it takes a fifth less time
Matrix = npt.NDArray[np.float64]
Place = tuple[int, int, int, Matrix]  # orientation of the whole, x and y on it, scale of the part

_SIDE_PX = 48  # of the reduced pictures that are slid over one another
_SHRUNK_PX = 2 * _SIDE_PX  # long side of what these are reduced from, dozens of times
_ALIKE = 0.75  # correlation of the reduced pictures from which an alignment is worth refining
_SCALES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # linear; smaller parts need keypoints
_MIN_PX = 8
_QUARTERS = (cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)
_MIN_DEVIATION = 2.0  # gray levels; a plain picture lies anywhere equally well


def align_by_pixels(a: Gray, b: Gray) -> Alignment | None:
    """Find b on a, or a on b, in the 8 orientations and several scales; None if nowhere.

    Coarse: refine what it returns.
    """
    (small_a, to_a), (small_b, to_b) = _shrink(a), _shrink(b)
    score, b_to_a = _place(small_a, small_b)
    score_reversed, a_to_b = _place(small_b, small_a)
    if max(score, score_reversed) <= _ALIKE:
        return None
    laid = b_to_a if score >= score_reversed else inverse(a_to_b)
    return Alignment(to_a @ laid @ inverse(to_b), 0)


def _shrink(picture: Gray) -> tuple[Gray, Matrix]:
    """A picture as small as will do, and the matrix from it back to the picture."""
    height, width = picture.shape
    factor = min(1.0, _SHRUNK_PX / max(height, width))
    small = _reduce(picture, round(width * factor), round(height * factor))
    return small, scale_matrix(width / small.shape[1], height / small.shape[0])


def _place(whole: Gray, part: Gray) -> tuple[float, Matrix]:
    """Where part lies best on whole: its correlation, and pixels of part to those of whole.

    The whole is turned, not the part: that is one picture, the part is one for each scale.
    """
    height, width = whole.shape
    reduced = _SIDE_PX / max(height, width)
    small = _reduce(whole, round(width * reduced), round(height * reduced))
    grow = scale_matrix(width / small.shape[1], height / small.shape[0])
    best: tuple[float, Place | None] = (-1.0, None)
    for sideways in (0, 1):
        orientations = [(_turn(small, turn), turn) for turn in range(sideways, 8, 2)]
        for template, shrink in _templates(part, orientations[0][0].shape):
            for turned, turn in orientations:
                found = cv2.matchTemplate(turned, template, cv2.TM_CCOEFF_NORMED)
                _, score, _, (x, y) = cv2.minMaxLoc(found)
                if math.isfinite(score) and score > best[0]:
                    best = (score, (turn, x, y, shrink))
    score, place = best
    if place is None:
        return score, np.eye(3)
    turn, x, y, shrink = place
    move = np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    return score, grow @ _turned_back(small, turn) @ move @ shrink


def _turn(picture: Gray, orientation: int) -> Levels:
    """One of the 8 orientations of a picture: turned by quarters, from 4 on mirrored then."""
    turned = picture.astype(np.float32)
    if orientation % 4:
        turned = np.asarray(cv2.rotate(turned, _QUARTERS[orientation % 4 - 1]), np.float32)
    return turned if orientation < 4 else np.asarray(cv2.flip(turned, 1), np.float32)


def _turned_back(picture: Gray, orientation: int) -> Matrix:
    """From one of the 8 orientations of a picture to the picture."""
    height, width = picture.shape
    right, bottom = width - 1.0, height - 1.0
    back = (
        np.eye(3),
        np.array([[0.0, -1.0, right], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        np.array([[-1.0, 0.0, right], [0.0, -1.0, bottom], [0.0, 0.0, 1.0]]),
        np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, bottom], [0.0, 0.0, 1.0]]),
    )[orientation % 4]
    if orientation < 4:
        return back
    return back @ mirror_matrix(height if orientation % 2 else width)


def _templates(part: Gray, shape: tuple[int, ...]) -> Iterator[tuple[Levels, Matrix]]:
    """The part at each scale, and the matrix from part to it, until it is too small or plain.

    shape: of the picture that it has to fit into.
    """
    rows, columns = shape
    height, width = part.shape
    fit = min(columns / width, rows / height)
    for scale in _SCALES:
        new_width, new_height = round(width * fit * scale), round(height * fit * scale)
        if min(new_width, new_height) < _MIN_PX:
            return
        template = _reduce(part, new_width, new_height)
        _, deviation = cv2.meanStdDev(template)
        if deviation[0, 0] < _MIN_DEVIATION:
            return
        shrink = scale_matrix(new_width / width, new_height / height)
        yield template.astype(np.float32), shrink


def _reduce(picture: Gray, width: int, height: int) -> Gray:
    size = (max(1, width), max(1, height))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
