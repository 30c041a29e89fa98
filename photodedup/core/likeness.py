"""How alike two aligned photos are, block by block: what tells a copy from another shot."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.shared_view import SharedView

GRID = 12  # blocks each way over the overlap
LOW = 0.5  # correlation below which a block does not show the same
_TEXTURE = 4.0  # gray levels of standard deviation; below it a block shows nothing
_SMOOTHING_PX = 1.0  # evens out JPEG's blocks and half a pixel of misalignment


@dataclass(frozen=True, slots=True)
class BlockLikeness:
    """Correlations of the blocks of an overlap.

    blocks: how many have texture and lie wholly inside. low_blocks: their share below LOW;
    1.0 if there are none. likeness: their median correlation; 0.0 if there are none.
    """

    blocks: int
    low_blocks: float
    likeness: float


def compare_blocks(view: SharedView) -> BlockLikeness:
    """Correlate the blocks of the overlap of two (h, w) gray pictures."""
    correlations = block_correlations(view)
    if len(correlations) == 0:
        return BlockLikeness(0, 1.0, 0.0)
    low = float(np.mean(correlations < LOW))
    return BlockLikeness(len(correlations), low, float(np.median(correlations)))


def block_correlations(view: SharedView) -> npt.NDArray[np.float32]:
    """The (N,) correlations of the blocks that have texture and lie wholly inside."""
    warped, covered = view.source_on_target()
    height, width = warped.shape[0] // GRID, warped.shape[1] // GRID
    if min(height, width) < 3:
        return np.empty(0, np.float32)
    a = _blocks(_smooth(view.target), height, width)
    b = _blocks(_smooth(warped), height, width)
    inside = _blocks(covered.astype(np.float32), height, width).min(axis=1) > 0
    a -= a.mean(axis=1, keepdims=True)
    b -= b.mean(axis=1, keepdims=True)
    deviation_a, deviation_b = a.std(axis=1), b.std(axis=1)
    textured = np.maximum(deviation_a, deviation_b) > _TEXTURE
    chosen = inside & textured
    covariance = (a[chosen] * b[chosen]).mean(axis=1)
    spread = deviation_a[chosen] * deviation_b[chosen]
    return np.asarray(covariance / np.maximum(spread, 1e-3), np.float32)


def _smooth(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _SMOOTHING_PX))


def _blocks(picture: npt.NDArray[np.float32], height: int, width: int) -> npt.NDArray[np.float32]:
    """The (GRID * GRID, height * width) blocks of a picture, what is left over cut away."""
    cut = picture[: GRID * height, : GRID * width]
    return (
        cut.reshape(GRID, height, GRID, width)
        .transpose(0, 2, 1, 3)
        .reshape(GRID * GRID, height * width)
    )
