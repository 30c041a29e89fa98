"""Pixels to network input: the one definition, shared with training."""

import numpy as np
import numpy.typing as npt
from PIL import Image

PREPROCESS_ID = "squash-bilinear-rgb8-1"  # changes whenever the same photo gives another input


def preprocess(rgb: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Resize one decoded photo to the network's square input.

    rgb: (H, W, 3) uint8, sRGB, already upright (see decode.py).
    Returns (size, size, 3) uint8, C-contiguous. The network normalises by itself, so that no
    constant stands in two places and a photo crosses processes as bytes, not floats.
    Raises ValueError if rgb is anything else.

    Squashed to a square, not cropped: the SSCD authors report that copy detection gains from it.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        raise ValueError(f"expected (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    squashed = Image.fromarray(rgb).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(squashed).copy()
