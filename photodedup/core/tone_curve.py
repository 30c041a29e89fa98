"""The curve that takes one picture's levels to another's, whatever a few places hold."""

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Value = TypeVar("Value", np.uint8, np.intp)

_BINS = 24
_MOST_PIXELS = 12_000  # enough for a median in each bin
_FEWEST = 8
_ALL_LEVELS = np.arange(256.0)
_NARROW = 8.0  # levels; a slope cannot be known from less


def thin_out(pixels: npt.NDArray[Value]) -> npt.NDArray[Value]:
    """As many of (N,) pixels, or of their places, as fit_curve needs, evenly from all."""
    return pixels[:: len(pixels) // _MOST_PIXELS + 1]


def fit_curve(source: Levels, target: Levels) -> Values:
    """The (256,) level of target for each level of source, 0 to 255.

    source, target: (N,) uint8 levels of the same places. Medians of bins with equally many
    pixels, so that a sticker or caption over less than half of each level's pixels leaves no
    trace; straight between them, and on at the mean slope beyond.
    """
    bins = max(1, min(_BINS, len(source) // _FEWEST))
    each = len(source) // bins
    order = np.argsort(source, kind="stable")[: bins * each].reshape(bins, each)
    middle = each // 2
    places = source[order[:, middle]].astype(np.float64)
    # Of 16 bits, for these NumPy finds the middle without branches.
    medians = np.partition(target.astype(np.uint16)[order], middle, axis=1)[:, middle]
    first = np.flatnonzero(np.diff(places, prepend=-1.0))  # bin of each level
    places, levels = places[first], medians[first].astype(np.float64)
    wide = places[-1] - places[0]
    slope = (levels[-1] - levels[0]) / wide if wide > _NARROW else 1.0
    below = levels[0] - slope * (places[0] + 1.0)
    above = levels[-1] + slope * (256.0 - places[-1])
    places = np.array([-1.0, *places, 256.0])
    curve = np.interp(_ALL_LEVELS, places, np.array([below, *levels, above]))
    return np.asarray(np.minimum(np.maximum(curve, 0.0), 255.0), np.float32)


def apply_curve(curve: Values, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The picture's levels through the curve."""
    return np.asarray(cv2.LUT(picture, curve), np.float32).reshape(picture.shape)
