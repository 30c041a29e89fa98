"""How much of a photo is border: letterbox bars, white frames, the bars of a screenshot."""

import numpy as np
import numpy.typing as npt

TOLERANCE = 12  # levels of a channel, what JPEG does to a plain colour
PLAIN_SHARE = 0.7  # of a line: the rest may be the clock of a status bar
THINNEST = 0.01  # of the side, on both ends; less is an edge, not a border
_MOST_AT_ONCE = 64  # lines looked at together


def border_share(rgb: npt.NDArray[np.uint8]) -> float:
    """The share of the area that lies in plain lines on opposite sides, 0 to 1.

    rgb: (H, W, 3) uint8. Only opposite sides count, and only in one colour each: a sky is plain
    at the top, a table at the bottom, but they are the picture. A photo that is plain throughout
    has no border.
    """
    height, width = rgb.shape[:2]
    rows = _kept(rgb)
    columns = _kept(rgb.transpose(1, 0, 2))
    if rows <= 0 or columns <= 0:
        return 0.0
    return 1.0 - float(rows * columns) / float(height * width)


def _kept(lines: npt.NDArray[np.uint8]) -> int:
    """How many of (N, M, 3) lines are left between the borders at both ends."""
    count = len(lines)
    thinnest = max(1, THINNEST * count)
    first = _plain_lines(lines)
    if first < thinnest:  # as in most photos
        return count
    last = _plain_lines(lines[::-1])
    return count - first - last if last >= thinnest else count


def _plain_lines(lines: npt.NDArray[np.uint8]) -> int:
    """How many lines from the first on are mostly of the first one's colour."""
    colour = np.median(lines[0], axis=0)
    lowest = np.clip(np.ceil(colour - TOLERANCE), 0, 255).astype(np.uint8)
    highest = np.clip(np.floor(colour + TOLERANCE), 0, 255).astype(np.uint8)
    start, at_once = 0, 1  # in most photos the first few end it
    while start < len(lines):
        some = lines[start : start + at_once]
        red, green, blue = np.moveaxis((some >= lowest) & (some <= highest), 2, 0)
        near = red & green & blue
        others = np.flatnonzero(near.mean(axis=1) < PLAIN_SHARE)
        if len(others):
            return start + int(others[0])
        start, at_once = start + at_once, min(2 * at_once, _MOST_AT_ONCE)
    return len(lines)
