"""Places where two aligned copies of one photo disagree: a patch, a caption, a closed eye."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import project
from photodedup.core.records import Box
from photodedup.core.shared_view import SharedView
from photodedup.core.tone_curve import apply_curve, fit_curve, thin_out

Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Pixels = npt.NDArray[np.uint8]

_WINDOW = 0.035  # of the overlap's long side: a patch of 1 % of the area is three windows wide
_SMOOTHING = 0.004  # of the long side: finer detail is lost by compression, or misaligned
_STRUCTURE = 7.0  # gray levels of detail that the other photo does not explain
_SHIFT = 14.0  # levels that a place may be lighter or darker by compression alone
_TINT = 24.0  # the same of colour, which JPEG at quality 8 steps by 13 levels
_TIMES_USUAL = 4.0  # a place differs only if it differs this much more than the median place
_LOW = 0.6  # correlation below which detail counts as other detail
_SAMPLED = 4000  # places whose median stands for all: levels are smooth
_SMALLEST = 0.001  # of the overlap's area; smaller places are specks


@dataclass(frozen=True, slots=True)
class _Window:
    """Local statistics under one square window, of the pixels that both pictures cover."""

    size: int
    covered: Plane | None  # 1 inside, 0 outside; None where all is inside
    weight: Plane | None  # share of the window that is covered, above 0; None where all is
    fitted: npt.NDArray[np.intp]  # flat places inside, as many as a tone curve needs
    sample: npt.NDArray[np.intp]  # fewer that stand for all

    @classmethod
    def over(cls, inside: Mask, size: int) -> "_Window":
        places = np.flatnonzero(inside)
        fitted, sample = thin_out(places), places[:: max(1, len(places) // _SAMPLED)]
        if len(places) == inside.size:  # as in most copies
            return cls(size, None, None, fitted, sample)
        covered = inside.astype(np.float32)
        weight = np.maximum(cv2.boxFilter(covered, cv2.CV_32F, (size, size)), 1e-6)
        return cls(size, covered, np.asarray(weight, np.float32), fitted, sample)

    def mean(self, picture: Plane) -> Plane:
        """Mean at each pixel; nonsense where the window holds no covered pixel."""
        seen = picture if self.covered is None else picture * self.covered
        mean = np.asarray(cv2.boxFilter(seen, cv2.CV_32F, (self.size, self.size)), np.float32)
        if self.weight is not None:
            mean /= self.weight
        return mean

    def unusual(self, level: Plane, floor: float) -> Mask:
        """Where the level is above the floor and far above the usual, the median."""
        sample = level.ravel()[self.sample]
        few = 2 * np.count_nonzero(sample <= floor / _TIMES_USUAL) <= len(sample)
        usual = float(np.median(sample)) if few else 0.0  # else too low to count, as in most photos
        return np.asarray(level > max(floor, _TIMES_USUAL * usual))

    def around(self, places: Mask) -> tuple[slice, slice]:
        """Rows and columns of all that windows at some places hold."""
        left, top, width, height = cv2.boundingRect(places.view(np.uint8))
        reach = self.size // 2
        rows = slice(max(0, top - reach), top + height + reach)
        return rows, slice(max(0, left - reach), left + width + reach)

    def cut(self, region: tuple[slice, slice]) -> "_Window":
        """The same for a part of the pictures; places are still of the whole."""
        if self.covered is None or self.weight is None:
            return self
        return replace(self, covered=self.covered[region], weight=self.weight[region])


def places_that_differ(view: SharedView) -> tuple[Box, ...]:
    """Boxes on photo a, as fractions of its size, where the two pictures disagree.

    view: of two (h, w, 3) uint8 RGB pictures. Largest place first. A change of tone over the whole
    photo is no difference, nor is what it clipped away: a place differs only where neither photo
    can be told from the other.
    """
    inside = view.inside
    if not inside.any():
        return ()
    longest = max(inside.shape)
    sigma = max(0.7, _SMOOTHING * longest)
    a, b = (cv2.GaussianBlur(picture, (0, 0), sigma) for picture in (view.target, view.warped))
    window = _Window.over(inside, max(5, int(_WINDOW * longest) | 1))
    a_ycc, b_ycc = (np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2YCrCb), np.uint8) for p in (a, b))
    differs = _differ(a_ycc, b_ycc, window, (_SHIFT, _TINT, _TINT))
    if not differs.any():  # as in most copies
        return ()
    # Lost or stronger colours have no curve for red, green and blue, a curve on these has none
    # for chroma: a place that either explains is no difference.
    differs &= _differ(np.asarray(a), np.asarray(b), window, (_SHIFT, _SHIFT, _SHIFT))
    return _boxes(differs & inside, view)


def _differ(a: Pixels, b: Pixels, window: _Window, shifts: tuple[float, float, float]) -> Mask:
    """Where any channel of a is not explained by b, nor b by a."""
    differs = np.zeros(a.shape[:2], bool)
    channels = (map(np.asarray, cv2.split(picture)) for picture in (a, b))
    for one, other, shift in zip(*channels, shifts, strict=True):
        unexplained = _unexplained(one, other, window, shift)
        if unexplained.any():
            differs |= unexplained & _unexplained(other, one, window, shift)
    return differs


def _unexplained(shown: Pixels, other: Pixels, window: _Window, shift: float) -> Mask:
    """Where a channel shows what the other, through the tone curve between them, does not."""
    curve = fit_curve(other.ravel()[window.fitted], shown.ravel()[window.fitted])
    target, expected = shown.astype(np.float32), apply_curve(curve, other)
    difference = target - expected
    lighter = window.mean(difference)
    unexplained = np.zeros(shown.shape, np.bool_)
    variance = window.mean(difference * difference) - lighter * lighter
    if variance.max() > _STRUCTURE**2:
        detail = np.sqrt(np.maximum(variance, 0))
        unexplained |= window.unusual(detail, _STRUCTURE)
        if unexplained.any():
            near = window.around(unexplained)
            correlation = _correlation(target[near], expected[near], window.cut(near))
            unexplained[near] &= correlation < _LOW
    if cv2.norm(lighter, cv2.NORM_INF) > shift:
        unexplained |= window.unusual(np.abs(lighter), shift)
    return unexplained


def _correlation(a: Plane, b: Plane, window: _Window) -> Plane:
    """Of what the window holds at each pixel."""
    mean_a, mean_b = window.mean(a), window.mean(b)
    var_a = np.maximum(window.mean(a * a) - mean_a * mean_a, 0)
    var_b = np.maximum(window.mean(b * b) - mean_b * mean_b, 0)
    covariance = window.mean(a * b) - mean_a * mean_b
    return np.asarray(covariance / np.sqrt(np.maximum(var_a * var_b, 1e-3)), np.float32)


def _boxes(differs: Mask, view: SharedView) -> tuple[Box, ...]:
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
    on_a = (project(view.target_to_a(), outline - 0.5) + 0.5) / view.a_size
    x0, y0 = np.clip(on_a.min(axis=0), 0, 1)
    x1, y1 = np.clip(on_a.max(axis=0), 0, 1)
    if x1 <= x0 or y1 <= y0:
        return None
    return (float(x0), float(y0), float(x1 - x0), float(y1 - y0))
