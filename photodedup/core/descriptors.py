"""SIFT's descriptors (Lowe 2004) of all keypoints of a picture at once.

OpenCV looks at every pixel under a descriptor, some thousands, one keypoint after the other: over
half the time of SIFT. Here 14 x 14 samples of a picture smoothed to the keypoint's scale stand for
them, and all keypoints go through each step together, in a quarter of the time. What two photos
share is found as well: of 180 edited copies and 108 real crops as many places agree, of 200 random
crops to a fifth and an eighth of the area as many are seen at a glance (0.80 and 0.80).
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_CELLS = 4  # each way
_CELL = 3.0  # its side, in scales of the keypoint
_SIDE = 12  # gradients each way
_SPREAD = 2.0  # cells: standard deviation of what a gradient weighs by its distance
_MOST = 0.2  # of a descriptor's length, in one bin: a single edge is not everything
_BASE_SCALE, _CAMERA_BLUR = 1.0, 0.5  # pixels: of the first level, and what a picture has anyway
_HALVING_BLUR = 0.5  # pixels: of the mean of 2 x 2, which unlike every second is symmetric
_LEVELS = 8  # half an octave each; every second at half the size of those before
_HALF_ROOT = np.float32(np.sqrt(0.5))


def _sample_places() -> Floats:
    """(3, P) x and y of a patch's samples, in scales, one more at each end for gradients; and 1."""
    step = _CELLS * _CELL / _SIDE
    line = (np.arange(_SIDE + 2) - (_SIDE + 1) / 2) * step
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.ones(x.size)]).astype(np.float32)


def _cell_weights() -> Floats:
    """(SIDE * SIDE, CELLS * CELLS): how much each gradient counts in each cell, row by row."""
    at = (np.arange(_SIDE) + 0.5) * _CELLS / _SIDE - 0.5
    share = np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(_CELLS)))
    share *= np.exp(-(((at - (_CELLS - 1) / 2) / _SPREAD) ** 2) / 2)[:, None]
    weights = np.einsum("yi,xj->yxij", share, share)
    return np.ascontiguousarray(weights.reshape(_SIDE**2, _CELLS**2), np.float32)


_PLACES = _sample_places()
_WEIGHTS = _cell_weights()


def describe_keypoints(
    picture: npt.NDArray[np.uint8], points: Floats, sizes: Floats, angles: Floats
) -> Floats:
    """(N, 128) float32 of length 1 at most, not negative: 4 x 4 cells of 8 directions each.

    picture: (H, W). points: (N, 2) x, y in pixels, N > 0. sizes: (N,) pixels, twice a keypoint's
    scale. angles: (N,) radians, clockwise on the screen; cells and directions turn with them.
    """
    patches = _sample(picture, points, sizes * np.float32(0.5), angles)
    across = patches[:, 1:-1, 2:] - patches[:, 1:-1, :-2]
    down = patches[:, 2:, 1:-1] - patches[:, :-2, 1:-1]
    shares = _directions(across.reshape(len(points), -1), down.reshape(len(points), -1))
    cells = shares.reshape(len(points) * 8, -1) @ _WEIGHTS
    bins = cells.reshape(len(points), 8, -1).transpose(0, 2, 1).reshape(len(points), -1)
    lengths = np.maximum(np.linalg.norm(bins, axis=1, keepdims=True), 1e-6)
    return np.asarray(np.minimum(bins / lengths, _MOST), np.float32)


def _sample(
    picture: npt.NDArray[np.uint8], points: Floats, scales: Floats, angles: Floats
) -> Floats:
    """(N, SIDE + 2, SIDE + 2) levels about each keypoint, turned by its angle."""
    octaves = np.log2(np.maximum(scales, 1e-3) / _BASE_SCALE)
    levels = np.clip(np.rint(2 * octaves), 0, _LEVELS - 1).astype(np.intp)
    smoothed = list(_smoothed(picture, int(levels.max()) + 1))
    shrunk = np.array([level.shape[::-1] for level in smoothed]) / picture.shape[::-1]
    by_level = np.argsort(levels, kind="stable")
    x, y = _places(points[by_level], scales[by_level], angles[by_level], shrunk[levels[by_level]])
    sampled = np.empty((len(points), _PLACES.shape[1]), np.float32)
    ends = np.cumsum(np.bincount(levels, minlength=len(smoothed))).tolist()
    for level, start, end in zip(smoothed, [0, *ends], ends, strict=False):
        if end > start:
            sampled[by_level[start:end]] = cv2.remap(
                level, x[start:end], y[start:end], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
    return sampled.reshape(len(points), _SIDE + 2, _SIDE + 2)


def _places(
    points: Floats, scales: Floats, angles: Floats, shrunk: npt.NDArray[np.float64]
) -> tuple[Floats, Floats]:
    """(N, P) x and y of all samples, on pictures (N, 2) times as wide and high as points are on."""
    right, down = np.cos(angles) * scales, np.sin(angles) * scales
    centres = (points + 0.5) * shrunk - 0.5
    across, along = shrunk.T
    x = np.stack([right * across, -down * across, centres[:, 0]], axis=1)
    y = np.stack([down * along, right * along, centres[:, 1]], axis=1)
    return x.astype(np.float32) @ _PLACES, y.astype(np.float32) @ _PLACES


def _smoothed(picture: npt.NDArray[np.uint8], count: int) -> Iterator[Floats]:
    """The first levels, the smallest scale first."""
    first = np.sqrt(_BASE_SCALE**2 - _CAMERA_BLUR**2)
    octave = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), first)
    for level in range(0, count, 2):
        yield np.asarray(octave, np.float32)
        if level + 1 < count:
            between = cv2.GaussianBlur(octave, (0, 0), _BASE_SCALE)  # to the root of 2
            yield np.asarray(between, np.float32)
        if level + 2 < count:
            twice = cv2.GaussianBlur(octave, (0, 0), np.sqrt(3 * _BASE_SCALE**2 - _HALVING_BLUR**2))
            half = max(1, octave.shape[1] // 2), max(1, octave.shape[0] // 2)
            octave = cv2.resize(twice, half, interpolation=cv2.INTER_AREA)


def _directions(across: Floats, down: Floats) -> Floats:
    """(N, 8, P): (N, P) gradients shared out to 8 directions, clockwise from the right.

    A gradient counts by its cosine less its sine with a direction: wholly in its own, in both
    halfway between two, not at all beyond the next.
    """
    along = (across, (across + down) * _HALF_ROOT, down, (down - across) * _HALF_ROOT)
    lengths = [np.abs(part) for part in along]
    shares = np.empty((len(across), 8, across.shape[1]), np.float32)
    for turn in range(4):
        near = np.maximum(lengths[turn] - lengths[(turn + 2) % 4], 0.0)
        np.multiply(near, along[turn] > 0, out=shares[:, turn])
        np.subtract(near, shares[:, turn], out=shares[:, turn + 4])
    return shares
