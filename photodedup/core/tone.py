"""Name what was done to the colours and the focus of a photo, from two aligned pictures."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import local_scale
from photodedup.core.shared_view import SharedView
from photodedup.core.tone_curve import apply_curve, fit_curve, thin_out

Values = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.intp]

_MIN_PIXELS = 200
_PARABOLA = np.power.outer(np.arange(256) / 255.0, np.arange(3))  # of each level
_COLOURFUL = 5.0  # mean distance from gray of a photo that has colours to lose
_GRAY = 2.5  # and of one that has none; JPEG leaves up to 2
_TINT_ERROR = 3.5  # chroma that luma alone does not explain, in a tinted monochrome photo
_LIGHTER = 8.0  # levels of mean luma; JPEG at quality 8 shifts by 1
_CONTRAST = 1.15
_SATURATION = 1.3
_CAST = 5.0  # levels of mean chroma
_EVEN = 0.05  # Kolmogorov-Smirnov distance of an equalised histogram from a flat one
_SAME_SIZE = 1.3  # detail is compared only between photos of about one size
_SAME_SAMPLING = 0.03
_BLURRED = 0.78  # of the fine detail is left; JPEG at quality 8 leaves 0.98, a crop 0.8
_SHARPENED = 1.32  # reducing for the preview alone reaches 1.27


def name_tone(view: SharedView, scale: float | None) -> str | None:
    """What was done to photo a to get b: "gray", "sepia", "brighter", ...; None for nothing.

    view: of two (h, w, 3) uint8 RGB pictures. scale: of the same detail, b / a, linear.
    """
    inside = np.flatnonzero(view.inside)
    if len(inside) < _MIN_PIXELS:
        return None
    places = inside if len(inside) < view.inside.size else None
    a, b = view.target, view.warped
    if view.target_is_b:
        a, b = b, a
    luma_a, chroma_a = _luma_chroma(a, places)
    luma_b, chroma_b = _luma_chroma(b, places)
    colourful = _colourfulness(chroma_a), _colourfulness(chroma_b)
    return (
        _monochrome(luma_b, chroma_a, chroma_b, colourful)
        or _lightness(luma_a, luma_b)
        or _colour(chroma_a, chroma_b, colourful)
        or (_focus(a, b, view.inside, scale) if _is_unscaled(view) else None)
    )


def _luma_chroma(
    picture: npt.NDArray[np.uint8], places: npt.NDArray[np.intp] | None
) -> tuple[Levels, Values]:
    """(N,) luma and (2, N) chroma about zero at flat places; None: everywhere."""
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0)
    converted = np.asarray(cv2.cvtColor(smooth, cv2.COLOR_RGB2YCrCb), np.uint8)
    planes = [np.asarray(plane, np.uint8).ravel() for plane in cv2.split(converted)]
    luma, red, blue = planes if places is None else (plane[places] for plane in planes)
    return luma, np.stack([red, blue]).astype(np.float32) - np.float32(128.0)


def _colourfulness(chroma: Values) -> float:
    return float(np.mean(cv2.magnitude(*chroma)))


def _monochrome(
    luma_b: Levels, chroma_a: Values, chroma_b: Values, colourful: tuple[float, float]
) -> str | None:
    before, after = colourful
    if before > _COLOURFUL and after < _GRAY:
        return "gray"
    if after < _COLOURFUL or float(chroma_a.std(axis=1).max()) < _TINT_ERROR:
        return None
    error_after = _unexplained_by_luma(chroma_b, luma_b)
    if error_after >= _TINT_ERROR:
        return None
    return "sepia" if error_after < 0.4 * _unexplained_by_luma(chroma_a, luma_b) else None


def _unexplained_by_luma(chroma: Values, luma: Levels) -> float:
    """Mean error of a parabola of luma: a tinted monochrome photo has one chroma for each luma.

    Fitted by least squares from sums over the pixels of each level.
    """
    counts = _counts(luma)
    sums = np.stack([np.bincount(luma, weights=plane, minlength=256) for plane in chroma], axis=1)
    normal = _PARABOLA.T @ (counts[:, None] * _PARABOLA)
    fitted = np.linalg.lstsq(normal, _PARABOLA.T @ sums, rcond=None)[0]
    explained = np.asarray((_PARABOLA @ fitted).T, np.float32)
    errors = (
        cv2.norm(plane, apply_curve(tints, luma), cv2.NORM_L1)
        for plane, tints in zip(chroma, explained, strict=True)
    )
    return sum(errors) / chroma.size


def _lightness(luma_a: Levels, luma_b: Levels) -> str | None:
    curve = fit_curve(thin_out(luma_a), thin_out(luma_b))
    counts_a, counts_b = _counts(luma_a), _counts(luma_b)
    dark, light = _quantile(counts_a, 0.2), _quantile(counts_a, 0.8)
    rise = float(np.diff(np.interp((dark, light), np.arange(256), curve))[0])
    if light - dark > _LIGHTER and rise < -0.5 * (light - dark):
        return "inverted"
    if _unevenness(counts_b) < _EVEN < 2 * _EVEN < _unevenness(counts_a):
        return "equalised"
    shift = float(counts_a @ (curve - np.arange(256)) / counts_a.sum())
    if abs(shift) > _LIGHTER:
        return "brighter" if shift > 0 else "darker"
    ratio = (rise + _LIGHTER) / (light - dark + _LIGHTER)
    return "contrast" if ratio > _CONTRAST or ratio < 1 / _CONTRAST else None


def _counts(luma: Levels) -> Counts:
    """How many pixels have each of the 256 levels."""
    counts = cv2.calcHist([luma], [0], None, [256], [0, 256])
    return np.asarray(counts, np.intp).ravel()


def _quantile(counts: Counts, share: float) -> float:
    """The level below which a share of the pixels lie, between two levels if need be."""
    ends = np.cumsum(counts)
    rank = share * (ends[-1] - 1)
    below, above = np.searchsorted(ends, (math.floor(rank), math.ceil(rank)), side="right")
    return float(below + (rank - math.floor(rank)) * (above - below))


def _unevenness(counts: Counts) -> float:
    """Distance of the levels in rising order from a straight line, at its largest."""
    ends = np.cumsum(counts)
    starts = np.concatenate([[0], ends[:-1]])
    shown = np.flatnonzero(ends > starts)
    line = np.stack([starts[shown], ends[shown] - 1]) / max(1, ends[-1] - 1)
    return float(np.abs(shown / 255.0 - line).max())


def _colour(chroma_a: Values, chroma_b: Values, colourful: tuple[float, float]) -> str | None:
    cast = float(np.abs(chroma_b.mean(axis=1) - chroma_a.mean(axis=1)).max())
    before, after = colourful
    ratio = (after + 1.0) / (before + 1.0)
    changed = max(before, after) > _COLOURFUL and not 1 / _SATURATION < ratio < _SATURATION
    return "colour" if changed or cast > _CAST else None


def _focus(
    a: npt.NDArray[np.uint8],
    b: npt.NDArray[np.uint8],
    inside: npt.NDArray[np.bool_],
    scale: float | None,
) -> str | None:
    """Whether fine detail was lost or gained, other than by resizing."""
    if scale is None or not 1 / _SAME_SIZE < scale < _SAME_SIZE:
        return None
    ratio = (_fine_detail(b, inside) + 1.0) / (_fine_detail(a, inside) + 1.0)
    if ratio < _BLURRED:
        return "blurred"
    return "sharpened" if ratio > _SHARPENED else None


def _is_unscaled(view: SharedView) -> bool:
    """Whether no picture here was resized more than the other, which costs detail by itself."""
    height, width = view.target.shape[:2]
    return abs(local_scale(view.matrix, (width, height)) - 1.0) < _SAME_SAMPLING


def _fine_detail(picture: npt.NDArray[np.uint8], inside: npt.NDArray[np.bool_]) -> float:
    # Smoothed, for one of the two pictures was interpolated when it was laid over the other.
    gray = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1.0)
    mask = inside.view(np.uint8)
    return cv2.norm(cv2.Laplacian(gray, cv2.CV_16S), cv2.NORM_L1, mask) / cv2.countNonZero(mask)
