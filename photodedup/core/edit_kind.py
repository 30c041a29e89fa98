"""Name the edit between two aligned photos: how it was cut, turned, scaled, bordered."""

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import (
    corners,
    inverse,
    jacobian_at,
    local_scale,
    overlap_shares,
    project,
)
from photodedup.core.records import Edit

Pixels = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
Size = tuple[int, int]

WHOLE = 0.97  # share of a photo that counts as all of it: edges are known to a pixel or two
_PLAIN_STEP = 12.0  # gray levels of gradient; bars and frames hold little above it
_PLAIN_SHARE = 0.25  # of their pixels: text and icons are allowed
_MORE_TO_SEE = 0.004  # share of a photo: a strip of 1.6 px at the side of a preview
_ONE_LEVEL = 2  # gray levels either way
_MADE_SHARE = 0.6
_UPRIGHT_DEGREES = 0.6
_STRAIGHT = 0.015  # of the long side: corners farther off than this were moved by an edit
# Hand-held shots of one burst lie 0.003 to 0.03 of a side off each other, and share 0.96 of both.
# Overlays, tones and captions leave a photo where it is (0.0013 at most, in one of 100 0.003);
# what crops, straightens or frames it leaves 0.9 of one at most.
_IN_PLACE = 0.003  # of a side, by which corners of a copy may be off,
_OF_A_PIXEL = 0.25  # and by that much more: widths and heights are rounded
_MOST_JITTER = 0.06  # farther off: turned or mirrored
_JITTERED_SHARE = 0.94


def name_geometry(matrix: Matrix, a: Pixels, b: Pixels, a_full: Size, b_full: Size) -> Edit:
    """The geometric part of an edit.

    matrix: (3, 3), pixels of preview b to pixels of preview a. a, b: (H, W) uint8 previews.
    a_full, b_full: width and height of the photos themselves.
    """
    a_size, b_size = (a.shape[1], a.shape[0]), (b.shape[1], b.shape[0])
    kept_a, kept_b = overlap_shares(matrix, a_size, b_size)
    degrees, mirrored = turn(matrix, b_size)
    border = kept_b < WHOLE and _is_framed_outside(inverse(matrix), b, a_size)
    framed_a = kept_a < WHOLE and _is_framed_outside(matrix, a, b_size)
    shown_a = 1.0 if framed_a else kept_a
    shown_b = 1.0 if border else kept_b
    return Edit(
        scale=_scale(matrix, a_size, b_size, a_full, b_full),
        kept_area=round(min(shown_a, shown_b), 4),
        rotation_degrees=degrees,
        mirrored=mirrored,
        border=bool(border),
    )


def turn(matrix: Matrix, b_size: Size) -> tuple[float, bool]:
    """By how many degrees a was turned counter-clockwise to get b, and whether mirrored.

    A mirrored photo counts as mirrored left to right first, then turned. Less than about half
    a degree counts as upright.
    """
    jacobian = jacobian_at(matrix, (b_size[0] - 1) / 2, (b_size[1] - 1) / 2)
    mirrored = bool(np.linalg.det(jacobian) < 0)
    a_to_b = np.linalg.inv(jacobian)
    if mirrored:
        a_to_b = a_to_b @ np.diag([-1.0, 1.0])
    # The y axis points down: a positive angle there is clockwise on the screen.
    clockwise = np.degrees(np.arctan2(a_to_b[1, 0] - a_to_b[0, 1], a_to_b[0, 0] + a_to_b[1, 1]))
    degrees = -float(clockwise)
    nearest = round(degrees / 90) * 90
    if abs(degrees - nearest) < _UPRIGHT_DEGREES:
        degrees = float(nearest)
    return (180.0 if degrees <= -180.0 else round(degrees, 1) + 0.0), mirrored


def is_whole(matrix: Matrix, a_size: Size, b_size: Size) -> bool:
    """Whether b shows all of a, upright and undistorted: rescaled at most."""
    allowed = _STRAIGHT + 1.0 / min(*a_size, *b_size)
    return _farthest_corner(matrix, a_size, b_size) < allowed


def shows_more_each(matrix: Matrix, a: Pixels, b: Pixels) -> bool:
    """Whether each photo shows something of the scene that the other does not.

    No edit adds to the scene: only a camera that moved between two shots does. (Two crops of one
    photo do, too; they are alike in what they share, and two shots are not quite.)
    """
    a_size, b_size = (a.shape[1], a.shape[0]), (b.shape[1], b.shape[0])
    beyond = 1.0 - max(overlap_shares(matrix, a_size, b_size))
    if beyond < _MORE_TO_SEE:
        return False
    return _has_scene_outside(inverse(matrix), b, a_size) and _has_scene_outside(matrix, a, b_size)


def is_jittered(matrix: Matrix, a_size: Size, b_size: Size) -> bool:
    """Whether b shows nearly all of a, but not quite in place: as two shots from the hand do."""
    if min(overlap_shares(matrix, a_size, b_size)) < _JITTERED_SHARE:
        return False
    allowed = _IN_PLACE + _OF_A_PIXEL / min(*a_size, *b_size)
    return allowed < _farthest_corner(matrix, a_size, b_size) < _MOST_JITTER


def _farthest_corner(matrix: Matrix, a_size: Size, b_size: Size) -> float:
    """By what share of a side a corner of b lies off the same corner of a, at most."""
    on_a = project(matrix, corners(b_size)) / a_size
    return float(np.abs(on_a - corners(b_size) / b_size).max())


def _scale(matrix: Matrix, a_size: Size, b_size: Size, a_full: Size, b_full: Size) -> float | None:
    """Pixels of photo b per pixel of photo a for the same detail."""
    previews = local_scale(matrix, b_size)
    reduced_a = max(a_size) / max(a_full)
    reduced_b = max(b_size) / max(b_full)
    return round(reduced_a / (previews * reduced_b), 4) if previews > 0 else None


def _is_framed_outside(to_here: Matrix, picture: Pixels, other_size: Size) -> bool:
    """Whether what the other photo does not show is a frame: plain, and not a plain sky either."""
    return _is_plain_outside(to_here, picture, other_size) and not _has_scene_outside(
        to_here, picture, other_size
    )


def _is_plain_outside(to_here: Matrix, picture: Pixels, other_size: Size) -> bool:
    """Whether the part of a picture that the other photo does not show holds no content.

    to_here: (3, 3), pixels of the other photo to pixels of picture.
    """
    seam = max(2, round(0.01 * max(picture.shape)))  # it is an edge, not content
    outside = _outside(to_here, picture, other_size, seam)
    if not outside.any():
        return False
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=0.25)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=0.25)
    busy = np.asarray(cv2.magnitude(across, down))[outside] > _PLAIN_STEP
    return bool(busy.mean() < _PLAIN_SHARE)


def _has_scene_outside(to_here: Matrix, picture: Pixels, other_size: Size) -> bool:
    """Whether what the other photo does not show is of the scene, not paper, bars or a fill.

    Those are of one level for the most part; even a clear sky is not, with its noise.
    """
    levels = picture[_outside(to_here, picture, other_size, seam_px=1)]
    if levels.size == 0:
        return False
    counts = np.bincount(levels, minlength=256)
    near_one = np.convolve(counts, np.ones(2 * _ONE_LEVEL + 1), "same").max()
    return bool(near_one < _MADE_SHARE * levels.size)


def _outside(
    to_here: Matrix, picture: Pixels, other_size: Size, seam_px: int
) -> npt.NDArray[np.bool_]:
    """The (H, W) pixels farther than seam_px from what the other photo shows."""
    covered = np.zeros(picture.shape, np.uint8)
    outline = np.rint(project(to_here, corners(other_size))).astype(np.int32)
    cv2.fillConvexPoly(covered, cv2.convexHull(outline), 1)
    reach = 2 * seam_px + 1
    return np.asarray(cv2.dilate(covered, np.ones((reach, reach), np.uint8)) == 0)
