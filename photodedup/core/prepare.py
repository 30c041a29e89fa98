"""One photo file to all that a scan keeps of it, from a single read and a single decode."""

import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.border import border_share
from photodedup.core.decode import (
    DecodedPhoto,
    Limits,
    NoPreview,
    decode_bytes,
    decode_embedded_preview,
    read_photo,
)
from photodedup.core.digest import digest_bytes
from photodedup.core.errors import PhotoProblem
from photodedup.core.keypoints import GLANCE, Keypoints, detect
from photodedup.core.preprocess import preprocess
from photodedup.core.preview_jpeg import encode, gray_of_jpeg
from photodedup.core.records import Photo, PhotoFile, ProblemCode

Pixels = npt.NDArray[np.uint8]

PREVIEW_PX = 400  # long side; verification was measured on this size
GLANCE_PX = 160  # long side of what Exif's thumbnails are
_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """One photo ready for the network, the cache and the window.

    network_input: (size, size, 3) uint8, see preprocess.py. preview_jpeg: upright, long side
    PREVIEW_PX at most. preview_size: its width and height. glance: the preview's few strongest
    keypoints. damage: why only a part could be read, None if all was.
    """

    photo: Photo
    network_input: Pixels
    preview_jpeg: bytes
    preview_size: tuple[int, int]
    glance: Keypoints
    damage: str | None


@dataclass(frozen=True, slots=True)
class PreparedGlance:
    """A file's embedded preview, ready for the network and for the cache.

    network_input: as in PreparedPhoto. preview_jpeg: gray, upright, long side GLANCE_PX at most.
    """

    path: Path
    network_input: Pixels
    preview_jpeg: bytes


@dataclass(frozen=True, slots=True)
class NoGlance:
    """A file whose embedded preview cannot stand for its photo, and why, for the log."""

    path: Path
    reason: str


def prepare_photo(
    file: PhotoFile, input_size: int, limits: Limits = _DEFAULT_LIMITS
) -> PreparedPhoto:
    """Read and decode one file, in this process. input_size: side of the network's input.

    Raises PhotoProblem; FILE_UNREADABLE too if the file is no longer as file says.
    """
    data = read_photo(file.path, limits)
    if len(data) != file.size_bytes:
        raise PhotoProblem(file.path, ProblemCode.FILE_UNREADABLE, "changed since it was found")
    decoded = decode_bytes(data, file.path, PREVIEW_PX, limits)
    preview = _preview(decoded.rgb, PREVIEW_PX)
    photo = Photo(
        file=file,
        digest=digest_bytes(data),
        pixel_digest=_pixel_digest(decoded),
        format=decoded.format,
        width=decoded.width,
        height=decoded.height,
        damaged=decoded.damage is not None,
        sharpness=_sharpness(preview),
        metadata=decoded.metadata,
        border_share=border_share(preview),
    )
    preview_jpeg = encode(np.asarray(cv2.cvtColor(preview, cv2.COLOR_RGB2BGR), np.uint8))
    return PreparedPhoto(
        photo,
        network_input=preprocess(decoded.rgb, input_size),
        preview_jpeg=preview_jpeg,
        preview_size=(preview.shape[1], preview.shape[0]),
        glance=detect(gray_of_jpeg(preview_jpeg), GLANCE),
        damage=decoded.damage,
    )


def prepare_glance(file: PhotoFile, input_size: int) -> PreparedGlance | NoGlance:
    """Read what a file carries as its preview, in this process; never raises for a broken file."""
    try:
        rgb = decode_embedded_preview(file)
    except NoPreview as reason:
        return NoGlance(file.path, str(reason))
    gray = np.asarray(cv2.cvtColor(_preview(rgb, GLANCE_PX), cv2.COLOR_RGB2GRAY), np.uint8)
    return PreparedGlance(file.path, preprocess(rgb, input_size), encode(gray))


def _preview(rgb: Pixels, longest_px: int) -> Pixels:
    height, width = rgb.shape[:2]
    factor = longest_px / max(height, width)
    if factor >= 1:
        return rgb
    size = max(1, round(width * factor)), max(1, round(height * factor))
    # by less than 2, so each pixel is in the mean of some 2 x 2; a sixth of an area's mean's time
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _pixel_digest(decoded: DecodedPhoto) -> bytes:
    """Digest of the decoded pixels and the full size.

    Equal for files that differ in metadata or container alone. Not for a JPEG and a PNG made of
    it: the JPEG is reduced while it is decoded, the PNG afterwards.
    """
    height, width, _ = decoded.rgb.shape
    sizes = struct.pack("<4I", decoded.width, decoded.height, width, height)
    return digest_bytes(sizes, decoded.rgb.data)


def _sharpness(preview: Pixels) -> float:
    """Variance of the 4-neighbour Laplacian of the luminance, in squared 8-bit steps."""
    gray = cv2.cvtColor(preview, cv2.COLOR_RGB2GRAY)
    if min(gray.shape) < 3:
        return 0.0
    inside = cv2.Laplacian(gray, cv2.CV_16S)[1:-1, 1:-1]
    # of sums, for meanStdDev takes ten times as long
    mean = cv2.sumElems(inside)[0] / inside.size
    return max(0.0, cv2.norm(inside, cv2.NORM_L2SQR) / inside.size - mean * mean)
