"""A file to pixels and metadata: the only module that opens photos.

What a decoder gives (Raster) is brought to one form here: reduced, in sRGB, upright.
"""

import errno
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from photodedup.core.colour import flatten, has_transparency, is_srgb, to_srgb
from photodedup.core.embedded_preview import NoPreview, open_embedded_preview
from photodedup.core.errors import PhotoProblem
from photodedup.core.image_metadata import (
    ExifFields,
    estimate_jpeg_quality,
    read_exif,
    xmp_rating,
)
from photodedup.core.jpeg import open_jpeg
from photodedup.core.jpeg_xl import open_jpeg_xl
from photodedup.core.pillow_formats import open_with_pillow
from photodedup.core.raster import (
    CannotDecode,
    Limits,
    Pixels,
    Raster,
    check_bytes,
    library_warnings_ignored,
    undecodable,
)
from photodedup.core.raw_preview import open_raw
from photodedup.core.records import Metadata, PhotoFile, ProblemCode
from photodedup.core.sniff import describe_foreign, is_raw, sniff

__all__ = [
    "DecodedPhoto",
    "Limits",
    "NoPreview",
    "decode_bytes",
    "decode_embedded_preview",
    "decode_photo",
    "read_photo",
]

logger = logging.getLogger(__name__)

_DEFAULT_LIMITS = Limits()
_STRIP_PIXELS = 4_000_000
_SNIFFED_BYTES = 4096
_HEAD_BYTES = 1 << 16  # read at once: Exif with its thumbnail is no longer
_TURNS: dict[int, Callable[[Pixels], cv2.typing.MatLike]] = {  # what brings upright, by Exif
    2: lambda rgb: cv2.flip(rgb, 1),
    3: lambda rgb: cv2.rotate(rgb, cv2.ROTATE_180),
    4: lambda rgb: cv2.flip(rgb, 0),
    5: cv2.transpose,
    6: lambda rgb: cv2.rotate(rgb, cv2.ROTATE_90_CLOCKWISE),
    7: lambda rgb: cv2.flip(cv2.transpose(rgb), -1),
    8: lambda rgb: cv2.rotate(rgb, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """One decoded photo.

    rgb: (H, W, 3) uint8, sRGB, upright, C-contiguous; perhaps smaller than the photo. width,
    height: the full size in pixels, upright. format: as in records.Photo. damage: why only a
    part could be read, None if all was.
    """

    rgb: npt.NDArray[np.uint8]
    width: int
    height: int
    format: str
    metadata: Metadata
    damage: str | None


def decode_photo(
    path: Path, longest_px: int | None, limits: Limits = _DEFAULT_LIMITS
) -> DecodedPhoto:
    """Read and decode one photo, animated ones by their first frame.

    longest_px: the long side that is needed; the photo's own where that is smaller, and up to
    twice as much is given, as scaling down further is the caller's. None: full size.
    Raises PhotoProblem.
    """
    return decode_bytes(read_photo(path, limits), path, longest_px, limits)


def read_photo(path: Path, limits: Limits = _DEFAULT_LIMITS) -> bytes:
    """Read a file whole. Raises PhotoProblem: EMPTY, TOO_LARGE or FILE_UNREADABLE.

    FILE_UNREADABLE also if the file changes while it is read, or is a pipe or a device, which
    might never end.
    """
    try:
        with open_regular(path) as file:
            before = os.fstat(file.fileno())
            check_bytes(before.st_size, limits.max_bytes)
            data = file.read()
            after = os.fstat(file.fileno())
    except CannotDecode as problem:
        raise PhotoProblem(path, problem.code, problem.reason) from problem
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.EACCES, errno.EPERM):
            reason = "no permission to read it"
        raise PhotoProblem(path, ProblemCode.FILE_UNREADABLE, reason) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(
        data
    ) != after.st_size:
        raise PhotoProblem(path, ProblemCode.FILE_UNREADABLE, "changed while it was read")
    if not data:
        raise PhotoProblem(path, ProblemCode.EMPTY, "empty: zero bytes")
    return data


def open_regular(path: Path, buffering: int = -1) -> BinaryIO:
    """Open a file to read, but no pipe or device. Raises OSError, or PhotoProblem for those."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    file = open(os.open(path, flags), "rb", buffering)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise PhotoProblem(path, ProblemCode.FILE_UNREADABLE, "not a regular file")
    return file


def decode_embedded_preview(file: PhotoFile) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8, sRGB, upright: the small picture that a file carries of its photo.

    Most of the file is not read. Raises NoPreview if there is none that can stand for the photo,
    whatever the reason, a file that cannot be read among them.
    """
    try:
        with open_regular(file.path, _HEAD_BYTES) as opened, library_warnings_ignored():
            found = os.fstat(opened.fileno())
            if (found.st_size, found.st_mtime_ns) != (file.size_bytes, file.mtime_ns):
                raise NoPreview("the file changed since it was found")
            format_name = sniff(opened.read(_SNIFFED_BYTES), file.path) or "foreign"
            return _finish(open_embedded_preview(opened, format_name), format_name, None).rgb
    except NoPreview:
        raise
    except (OSError, PhotoProblem) as error:
        raise NoPreview(f"the file cannot be read: {error}") from error
    except Exception as error:  # one file's edge: decoders raise anything on broken files
        logger.info("%r: preview: %r", os.fspath(file.path), error)
        raise NoPreview("its preview is damaged") from error


def decode_bytes(
    data: bytes,
    path_for_messages: Path,
    longest_px: int | None,
    limits: Limits = _DEFAULT_LIMITS,
) -> DecodedPhoto:
    """Decode a photo that is in memory; see decode_photo.

    path_for_messages: also tells kinds of RAW apart that look like TIFF. Raises PhotoProblem.
    """
    format_name = sniff(data, path_for_messages)
    if format_name is None:
        reason = f"not a photo: it holds {describe_foreign(data)}"
        raise PhotoProblem(path_for_messages, ProblemCode.NOT_A_PHOTO, reason)
    try:
        with library_warnings_ignored():
            raster = _open(data, format_name, longest_px, limits)
            return _finish(raster, format_name, longest_px)
    except CannotDecode as problem:
        raise PhotoProblem(path_for_messages, problem.code, problem.reason) from problem
    except Exception as error:  # one file's edge: decoders raise anything on broken files
        logger.info("%r: %r", os.fspath(path_for_messages), error)
        failure = undecodable(format_name, error)
        raise PhotoProblem(path_for_messages, failure.code, failure.reason) from error


def _open(data: bytes, format_name: str, longest_px: int | None, limits: Limits) -> Raster:
    if format_name == "JPEG":
        return open_jpeg(data, longest_px, limits)
    if format_name == "JXL":
        return open_jpeg_xl(data, limits)
    if format_name == "PSB":
        reason = "a Photoshop file of the large kind (PSB), which is not read yet"
        raise CannotDecode(ProblemCode.UNSUPPORTED, reason)
    if is_raw(format_name):
        try:
            return open_raw(data, format_name, longest_px, limits)
        except CannotDecode:
            if sniff(data, Path()) != "TIFF":
                raise
        return open_with_pillow(data, "TIFF", limits)  # RAW by its name alone
    return open_with_pillow(data, format_name, limits)


def _finish(raster: Raster, format_name: str, longest_px: int | None) -> DecodedPhoto:
    """Reduce, bring to sRGB and turn upright, in the order that costs least."""
    exif = read_exif(raster.exif) if raster.exif else None
    orientation = raster.orientation or (exif.orientation if exif else 1)
    has_alpha = not isinstance(raster.picture, np.ndarray) and has_transparency(raster.picture)
    is_turned = orientation >= 5
    return DecodedPhoto(
        rgb=_upright(_in_srgb(raster, longest_px), orientation),
        width=raster.height if is_turned else raster.width,
        height=raster.width if is_turned else raster.height,
        format=format_name,
        metadata=_metadata(raster, exif, format_name, has_alpha),
        damage=raster.damage,
    )


def _in_srgb(raster: Raster, longest_px: int | None) -> Pixels:
    """(H, W, 3) as stored, reduced to longest_px or a little more."""
    picture = raster.picture
    if isinstance(picture, np.ndarray) and _reduction(picture.shape[:2], longest_px) == 1:
        if picture.ndim == 3 and is_srgb(raster.icc_profile, "RGB"):
            return picture
        if picture.ndim == 2 and is_srgb(raster.icc_profile, "L"):
            return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
    return np.array(to_srgb(_flat_and_reduced(raster.image, longest_px), raster.icc_profile))


def _upright(rgb: Pixels, orientation: int) -> Pixels:
    turn = _TURNS.get(orientation)
    return rgb if turn is None else np.asarray(turn(rgb), np.uint8)


def _reduction(sides: tuple[int, ...], longest_px: int | None) -> int:
    return max(1, max(sides) // longest_px) if longest_px else 1


def _flat_and_reduced(image: Image.Image, longest_px: int | None) -> Image.Image:
    """Flatten, and reduce by a whole number to longest_px or a little more.

    Strip by strip, so that a photo of 200 megapixels is never in memory twice.
    """
    factor = _reduction(image.size, longest_px)
    if factor == 1:
        return flatten(image)
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // width // factor) * factor
    reduced: Image.Image | None = None
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        piece = flatten(strip).reduce(factor)
        if reduced is None:
            reduced = Image.new(piece.mode, (piece.width, -(-height // factor)))
        reduced.paste(piece, (0, top // factor))
    assert reduced is not None
    return reduced


def _metadata(
    raster: Raster, exif: ExifFields | None, format_name: str, has_alpha: bool
) -> Metadata:
    fields = exif or ExifFields()
    rating = xmp_rating(raster.xmp) if raster.xmp else None
    quality = estimate_jpeg_quality(raster.luminance_table) if format_name == "JPEG" else None
    return Metadata(
        captured_at=fields.captured_at,
        camera=fields.camera,
        lens=fields.lens,
        software=fields.software,
        latitude=fields.latitude,
        longitude=fields.longitude,
        rating=fields.rating if rating is None else rating,
        jpeg_quality=quality,
        has_exif=exif is not None and exif != ExifFields(),
        is_raw=is_raw(format_name),
        is_animated=raster.is_animated,
        has_alpha=has_alpha,
    )
