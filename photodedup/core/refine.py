"""Better an alignment from all pixels of the overlap."""

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.shared_view import share

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

_LONGEST_PX = 200  # long side on which the alignment is refined: a tenth of a pixel there will do
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-4)
_SMOOTHING_PX = 5  # size of ECC's Gaussian


def refine(matrix: Matrix, a: Gray, b: Gray) -> Matrix:
    """Improve a mapping of b's pixels to a's by ECC (Evangelidis and Psarakis 2008).

    Returns the matrix unchanged where there is too little texture to improve on it.
    """
    view = share(matrix, a, b, _LONGEST_PX)
    if view is None:
        return matrix
    start = (view.matrix / view.matrix[2, 2]).astype(np.float32)
    everywhere = np.full(view.source.shape, 255, np.uint8)
    try:
        _, refined = cv2.findTransformECC(
            view.target,
            view.source,
            start,
            cv2.MOTION_HOMOGRAPHY,
            _STEPS,
            everywhere,
            _SMOOTHING_PX,
        )
    except cv2.error:  # no convergence, or no texture
        return matrix
    return view.b_to_a(refined.astype(np.float64))
