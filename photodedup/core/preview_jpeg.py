"""Previews as they are kept: what is found in one does not depend on when it is looked at."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_QUALITY = 85


def encode(picture: Pixels) -> bytes:
    """JPEG of (H, W) gray or (H, W, 3) BGR uint8; at 4:2:0, for only the eye looks at colour."""
    _, encoded = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return encoded.tobytes()


def pixels_of_jpeg(preview_jpeg: bytes) -> Pixels:
    """(H, W, 3) uint8 RGB of a preview that was made here. Raises ValueError if it is none."""
    bgr = cv2.imdecode(np.frombuffer(preview_jpeg, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("not a preview")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def gray_of_jpeg(preview_jpeg: bytes) -> Pixels:
    """(H, W) uint8, its luminance alone: half the time. Raises ValueError as pixels_of_jpeg."""
    gray = cv2.imdecode(np.frombuffer(preview_jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        raise ValueError("not a preview")
    return np.asarray(gray, np.uint8)
