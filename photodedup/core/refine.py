"""Better an alignment: from all pixels of the overlap, or from its blocks."""

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import is_plausible, local_scale
from photodedup.core.likeness import Blocks, find_blocks
from photodedup.core.shared_view import share

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

_LONGEST_PX = 200  # long side on which the alignment is refined: a tenth of a pixel there will do
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-4)
_SMOOTHING_PX = 5  # size of ECC's Gaussian
BLOCKS_PX = 400  # long side on which blocks are laid anew
_ROUNDS = 3
_FEWEST_BLOCKS = 16  # twice what a homography needs
_BLOCK_PX = 0.5  # blocks that fit worse than this do not count


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


def refine_by_blocks(matrix: Matrix, a: Gray, b: Gray, blocks: Blocks | None = None) -> Matrix:
    """Improve a mapping of b's pixels to a's from where the single blocks lie.

    blocks: those of a and b as matrix lays them, seen at BLOCKS_PX, if they are known.
    Unlike ECC it leaves out what bars, words and stickers cover. Returns the matrix unchanged
    where too few blocks are alike, or they fit no homography.
    """
    for _ in range(_ROUNDS):
        if blocks is None:
            view = share(matrix, a, b, BLOCKS_PX)
            blocks = None if view is None else find_blocks(view)
        if blocks is None or len(blocks.centres) < _FEWEST_BLOCKS:
            return matrix
        view = blocks.view
        on_target, on_source = blocks.matched_places()
        height, width = view.target.shape[:2]
        tolerance = _BLOCK_PX * local_scale(view.matrix, (width, height))
        found, _ = cv2.findHomography(on_target, on_source, cv2.USAC_MAGSAC, tolerance, None, 500)
        if found is None or abs(np.linalg.det(found)) < 1e-12:
            return matrix
        moved = view.b_to_a(np.asarray(found, np.float64))
        if not is_plausible(moved, (b.shape[1], b.shape[0])):
            return matrix
        matrix, blocks = moved, None
    return matrix
