"""Which points two photos share: what a verification rests on, for people to look at."""

import numpy as np
import numpy.typing as npt

from photodedup.core.align import Matrix, find_agreement
from photodedup.core.evidence import Description
from photodedup.core.keypoints import COARSE

_APART_PX = 4.0  # on the first preview: farther off, a match is chance


def matched_points(
    first: Description, second: Description, matrix: Matrix
) -> npt.NDArray[np.float32]:
    """Keypoints of both that agree with matrix (second's pixels to first's, see lay_over).

    Returns (N, 4) float32: x, y on the first and x, y on the second, as shares of width and height
    (0 to 1), from the left of the first to its right. N is 0 where no keypoints were used.
    """
    agreement = find_agreement(first.keypoints(COARSE), second.keypoints(COARSE), first.size)
    on_first, on_second = agreement.on_a.copy(), agreement.on_b
    if agreement.mirrored:
        on_first[:, 0] = agreement.a_width - 1 - on_first[:, 0]
    laid = np.column_stack([on_second, np.ones(len(on_second), np.float32)]) @ matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.linalg.norm(laid[:, :2] / laid[:, 2:] - on_first, axis=1)
    near = apart < _APART_PX
    shares = np.column_stack(
        [(on_first[near] + 0.5) / first.size, (on_second[near] + 0.5) / second.size]
    )
    return np.asarray(shares[np.argsort(shares[:, 0], kind="stable")], np.float32)
