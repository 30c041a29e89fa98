"""Places where two aligned copies of one photo disagree: a patch, a caption, a closed eye."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import project
from photodedup.core.records import Box
from photodedup.core.shared_view import SharedView

Map = npt.NDArray[np.float32]

_WINDOW = 0.035  # of the overlap's long side: a patch of 1 % of the area is three windows wide
_SMOOTHING = 0.002  # of the long side: what misalignment and recompression may change
_STRUCTURE = 7.0  # gray levels of detail that the other photo does not explain
_SHIFT = 14.0  # levels that a place may be lighter, darker or tinted by compression alone
_TIMES_USUAL = 4.0  # a place differs only if it differs this much more than the median place
_LOW = 0.6  # correlation below which detail counts as other detail
_FIT_PIXELS = 5000  # enough for a gain and an offset
_SMALLEST = 0.001  # of the overlap's area; smaller places are specks


@dataclass(frozen=True, slots=True)
class _Window:
    """Local statistics of two pictures under one square window."""

    size: int
    covered: npt.NDArray[np.float32]

    def mean(self, picture: Map) -> Map:
        """Mean over the covered part of the window at each pixel."""
        kernel = (self.size, self.size)
        total = cv2.boxFilter(picture * self.covered, cv2.CV_32F, kernel, normalize=True)
        weight = cv2.boxFilter(self.covered, cv2.CV_32F, kernel, normalize=True)
        return np.asarray(total / np.maximum(weight, 1e-6), np.float32)


def places_that_differ(view: SharedView) -> tuple[Box, ...]:
    """Boxes on photo a, as fractions of its size, where the two pictures disagree.

    view: of two (h, w, 3) uint8 RGB pictures. A change of tone over the whole photo is no
    difference. Largest place first.
    """
    warped, covered = view.source_on_target()
    longest = max(view.target.shape[:2])
    sigma = max(0.7, _SMOOTHING * longest)
    inside = cv2.erode(covered.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not inside.any():
        return ()
    target, source = _luma_chroma(view.target, sigma), _luma_chroma(warped, sigma)
    window = _Window(max(5, int(_WINDOW * longest) | 1), inside.astype(np.float32))
    differs = np.zeros(inside.shape, bool)
    for channel in range(3):
        fitted = _fit_tone(source[..., channel], target[..., channel], inside)
        shift = window.mean(target[..., channel] - fitted)
        differs |= _unusual(np.abs(shift), inside, _SHIFT)
        if channel == 0:
            differs |= _other_detail(target[..., 0], fitted, window, inside)
    return _boxes(differs & inside, view)


def _luma_chroma(picture: npt.NDArray[np.uint8], sigma: float) -> Map:
    smooth = cv2.GaussianBlur(picture, (0, 0), sigma)
    return cv2.cvtColor(smooth, cv2.COLOR_RGB2YCrCb).astype(np.float32)


def _fit_tone(source: Map, target: Map, inside: npt.NDArray[np.bool_]) -> Map:
    """Source with the gain and offset that bring it nearest to target, outliers left out."""
    x, y = source[inside], target[inside]
    step = len(x) // _FIT_PIXELS + 1
    x, y = x[::step], y[::step]
    gain, offset = 1.0, float(np.median(y - x))
    for _ in range(3):
        error = np.abs(y - gain * x - offset)
        keep = error <= max(3.0, 3.0 * float(np.median(error)))
        spread = float(x[keep].var())
        if spread < 1.0:
            break
        mean_x, mean_y = float(x[keep].mean()), float(y[keep].mean())
        gain = float(np.mean((x[keep] - mean_x) * (y[keep] - mean_y))) / spread
        offset = mean_y - gain * mean_x
    return np.asarray(gain * source + offset, np.float32)


def _other_detail(
    target: Map, source: Map, window: _Window, inside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    mean_t, mean_s = window.mean(target), window.mean(source)
    var_t = np.maximum(window.mean(target * target) - mean_t * mean_t, 0)
    var_s = np.maximum(window.mean(source * source) - mean_s * mean_s, 0)
    covariance = window.mean(target * source) - mean_t * mean_s
    correlation = covariance / np.sqrt(np.maximum(var_t * var_s, 1e-3))
    unexplained = np.sqrt(np.maximum(var_t + var_s - 2 * covariance, 0))
    return np.asarray(_unusual(unexplained, inside, _STRUCTURE) & (correlation < _LOW))


def _unusual(level: Map, inside: npt.NDArray[np.bool_], floor: float) -> npt.NDArray[np.bool_]:
    usual = float(np.median(level[inside]))
    return np.asarray(level > max(floor, _TIMES_USUAL * usual))


def _boxes(differs: npt.NDArray[np.bool_], view: SharedView) -> tuple[Box, ...]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8))
    smallest = _SMALLEST * differs.size
    found = sorted((tuple(int(v) for v in stats[i]) for i in range(1, count)), key=lambda s: -s[4])
    boxes = (_on_photo_a(s[:4], view) for s in found if s[4] >= smallest)
    return tuple(box for box in boxes if box is not None)


def _on_photo_a(place: tuple[int, ...], view: SharedView) -> Box | None:
    left, top, width, height = place
    outline = np.array(
        [[left, top], [left + width, top], [left + width, top + height], [left, top + height]],
        np.float64,
    )
    on_a = project(view.target_to_a(), outline - 0.5) + 0.5
    a_width, a_height = view.a_size
    x0, y0 = np.clip(on_a.min(axis=0) / (a_width, a_height), 0, 1)
    x1, y1 = np.clip(on_a.max(axis=0) / (a_width, a_height), 0, 1)
    if x1 <= x0 or y1 <= y0:
        return None
    return (float(x0), float(y0), float(x1 - x0), float(y1 - y0))
