"""Photos that exist only in memory, for tests of what compares them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.calibration import FEATURES, Calibration
from photodedup.core.errors import PhotoError
from photodedup.core.records import Metadata, Photo, PhotoFile
from photodedup.core.verify import PREVIEW_PX, Description, Verifier, describe

RGB = npt.NDArray[np.uint8]

# Hand-made, for tests only: copies have few low blocks and high likeness.
CALIBRATION = Calibration(
    propose_cosine=0.4,
    intercept=4.0,
    weights=tuple(
        {"low blocks": -12.0, "likeness": 2.0, "displacement": -8.0}.get(name, 0.0)
        for name in FEATURES
    ),
    strict=0.99,
    balanced=0.9,
    broad=0.5,
)


class PhotoShelf:
    """Hands out Photo records for arrays, and what a Verifier asks for; counts the decodes."""

    def __init__(self) -> None:
        self._pixels: dict[bytes, RGB] = {}
        self.unreadable: set[bytes] = set()
        self.decoded: list[tuple[bytes, int | None]] = []

    def put(self, rgb: RGB, name: str = "photo.jpg", captured_at: str | None = None) -> Photo:
        """A Photo of these pixels; another name is another file of the same pixels."""
        height, width = rgb.shape[:2]
        pixel_digest = hashlib.md5(rgb.tobytes() + bytes(str(rgb.shape), "ascii")).digest()
        digest = hashlib.md5(pixel_digest + name.encode()).digest()
        self._pixels[digest] = rgb
        return Photo(
            file=PhotoFile(Path("/photos") / name, rgb.nbytes, 0, 0, 0),
            digest=digest,
            pixel_digest=pixel_digest,
            format="JPEG",
            width=width,
            height=height,
            damaged=False,
            sharpness=0.0,
            metadata=Metadata(captured_at=captured_at),
        )

    def describe(self, photo: Photo) -> Description:
        """From the preview, as the program does."""
        return describe(reduced(self._pixels[photo.digest], PREVIEW_PX))

    def load_pixels(self, photo: Photo, longest_px: int | None) -> RGB:
        """Decode again; PhotoError for the unreadable."""
        self.decoded.append((photo.digest, longest_px))
        if photo.digest in self.unreadable:
            raise PhotoError(photo.path, "gone")
        pixels = self._pixels[photo.digest]
        return pixels if longest_px is None else reduced(pixels, longest_px)

    def verifier(self, calibration: Calibration = CALIBRATION) -> Verifier:
        """A verifier of the photos put here."""
        return Verifier(calibration, self.describe, self.load_pixels)


def reduced(rgb: RGB, longest_px: int) -> RGB:
    """Scaled down by area to that long side; smaller photos as they are."""
    height, width = rgb.shape[:2]
    factor = longest_px / max(height, width)
    if factor >= 1:
        return rgb
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(rgb: RGB, quality: int) -> RGB:
    """What is left after JPEG."""
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)


def toned(curve: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], rgb: RGB) -> RGB:
    """The photo with another tone curve on 0 to 1."""
    table = np.clip(curve(np.arange(256) / 255.0) * 255.0, 0, 255).astype(np.uint8)
    return table[rgb]
