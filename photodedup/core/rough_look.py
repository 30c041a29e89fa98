"""Whether what a few keypoints say can be true: both photos, very small, laid over one another."""

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import Agreement, Matrix, is_plausible, mirror_matrix
from photodedup.core.shared_view import share

Gray = npt.NDArray[np.uint8]

_LONGEST_PX = 32  # of the overlap: a keypoint of a small picture may be some pixels off
_SMOOTHING_PX = 1.0
_FEWEST_PX = 40
_TRUSTED_SHARE = 0.75  # of the keypoints, those that fit best
_ROUNDS = 3


def rough_likeness(agreement: Agreement, a: Gray, b: Gray) -> float:
    """Correlation, -1 to 1, of what a and b share where the keypoints lay b on a.

    a, b: (H, W) uint8. -1 where the keypoints lay it nowhere. Takes 0.8 ms, a closer look at the
    keypoints ten to fifty times as long. Of 290 crops to a fifth and an eighth of the area that
    share 4 to 11 keypoints all but one reach 0.93 and all 0.75; half of the other photos 0.6.
    """
    matrix = _fit_similarity(agreement)
    if not is_plausible(matrix, (b.shape[1], b.shape[0])):
        return -1.0
    view = share(matrix, a, b, _LONGEST_PX)
    if view is None:
        return -1.0
    if np.count_nonzero(view.covered) < _FEWEST_PX:
        return -1.0
    x, y = (_smooth(picture)[view.covered] for picture in (view.target, view.warped))
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / np.sqrt((x @ x) * (y @ y) + 1e-6))


def _fit_similarity(agreement: Agreement) -> Matrix:
    """The shift, turn and scale, pixels of b to those of a, that fit most keypoints best."""
    on_a, on_b = (
        on.astype(np.float64) @ np.array([1, 1j]) for on in (agreement.on_a, agreement.on_b)
    )
    kept = np.arange(len(on_a))
    turn = shift = 0j
    for _ in range(_ROUNDS):
        middle_a, middle_b = on_a[kept].mean(), on_b[kept].mean()
        from_b = on_b[kept] - middle_b
        spread = max(float((np.abs(from_b) ** 2).sum()), 1e-9)
        turn = ((on_a[kept] - middle_a) * from_b.conj()).sum() / spread
        shift = middle_a - turn * middle_b
        errors = np.abs(turn * on_b + shift - on_a)
        kept = np.argsort(errors, kind="stable")[: max(3, int(_TRUSTED_SHARE * len(on_a)))]
    matrix = np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0.0, 0.0, 1.0]]
    )
    return mirror_matrix(agreement.a_width) @ matrix if agreement.mirrored else matrix


def _smooth(picture: Gray) -> npt.NDArray[np.float32]:
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _SMOOTHING_PX)
    return np.asarray(smooth, np.float32)
