"""Pixels to network input: the one definition, shared with training."""

import math

import cv2
import numpy as np
import numpy.typing as npt

PREPROCESS_ID = "squash-gaussian-rgb8-1"  # changes whenever the same photo gives another input

# A triangle over two of the smaller picture's pixels, the usual filter of "bilinear" reducing, has
# a variance of a sixth of the squared factor; interpolating between pixels gives one sixth of it.
_TRIANGLE_VARIANCE = 1 / 6
_KERNEL_SIGMAS = 2.2  # each way


def preprocess(rgb: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Resize one decoded photo to the network's square input.

    rgb: (H, W, 3) uint8, sRGB, already upright (see decode.py).
    Returns (size, size, 3) uint8, C-contiguous. The network normalises by itself, so that no
    constant stands in two places and a photo crosses processes as bytes, not floats.
    Raises ValueError if rgb is anything else.

    Squashed to a square, not cropped: the SSCD authors report that copy detection gains from it.
    Smoothed by a Gaussian, then interpolated: a third of the time of Pillow's bilinear reducing,
    with which the network was trained, and a quarter of a level away from it; embeddings of both
    have a cosine of 0.9999.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        raise ValueError(f"expected (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    height, width = rgb.shape[:2]
    across, down = _smoothing(width / size), _smoothing(height / size)
    smooth = cv2.sepFilter2D(rgb, -1, across, down) if len(across) + len(down) > 2 else rgb
    squashed = cv2.resize(smooth, (size, size), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(squashed, np.uint8)


def _smoothing(factor: float) -> npt.NDArray[np.float32]:
    """(K,) weights that leave nothing finer than what remains at 1 / factor of the size."""
    variance = _TRIANGLE_VARIANCE * (factor * factor - 1)
    if variance <= 0:
        return np.ones(1, np.float32)
    sigma = math.sqrt(variance)
    side = math.ceil(_KERNEL_SIGMAS * sigma)
    if side == 1:  # too short to sample a Gaussian: weights of its variance
        return np.array([variance / 2, 1 - variance, variance / 2], np.float32)
    return np.asarray(cv2.getGaussianKernel(2 * side + 1, sigma, cv2.CV_32F)[:, 0], np.float32)
