"""JPEG: decoded at reduced scale, and honest about damage.

The pixels come from libjpeg-turbo through simplejpeg: bit for bit those of Pillow, about 5 %
sooner, and, what matters more, with libjpeg's warnings. Pillow drops them, and then calls a
photo sound whose data breaks off or lost its way in the middle.
"""

import io
import re

import numpy as np
import simplejpeg
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from photodedup.core.raster import (
    CannotDecode,
    Limits,
    Pixels,
    Raster,
    check_pixels,
    error_text,
    fits_scale,
    undecodable,
)
from photodedup.core.records import ProblemCode

_DAMAGE = ("corrupt jpeg data", "premature end", "unsupported marker")
_LEFT_OVER = re.compile(r"Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9")
_PADDING_BYTES = 16  # what some cameras leave between the last row and the end
_END_OF_IMAGE = b"\xff\xd9"

Picture = Image.Image | Pixels


def open_jpeg(data: bytes, longest_px: int | None, limits: Limits) -> Raster:
    """Decode at the smallest of 1/8, 1/4, 1/2, 1 whose long side is at least longest_px.

    Where the data breaks off or is corrupt, the rest is gray or black and damage says why.
    Raises CannotDecode if nothing can be read.
    """
    header = _read_header(data)
    if header is None:
        return _open_without_header(data, longest_px, limits)
    width, height = header.size
    is_progressive = bool(header.info.get("progressive"))
    check_pixels(width, height, limits.max_whole_pixels if is_progressive else limits.max_pixels)
    factor = _scale_factor(width, height, longest_px)
    if header.mode in ("RGB", "L"):
        picture, damage = _decode(data, width, height, factor, header.mode)
    else:
        picture, damage = _decode_ink(data, factor)
    tables = getattr(header, "quantization", {})
    return Raster(
        picture,
        width,
        height,
        exif=header.info.get("exif"),
        xmp=header.info.get("xmp"),
        icc_profile=header.info.get("icc_profile"),
        luminance_table=tuple(tables[min(tables)]) if tables else (),
        damage=damage,
    )


def _read_header(data: bytes) -> JpegImageFile | None:
    try:
        return JpegImageFile(io.BytesIO(data))
    except (SyntaxError, OSError, ValueError, OverflowError):
        return None  # libjpeg may think otherwise


def _open_without_header(data: bytes, longest_px: int | None, limits: Limits) -> Raster:
    """Decode what Pillow cannot parse: the pixels alone, without metadata."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data, strict=False)
    except ValueError as error:
        raise undecodable("JPEG", error) from error
    check_pixels(width, height, limits.max_whole_pixels)
    mode = "L" if colours.lower() == "gray" else "RGB"
    factor = _scale_factor(width, height, longest_px)
    picture, damage = _decode(data, width, height, factor, mode)
    return Raster(picture, width, height, damage=damage or "its header is damaged")


def _scale_factor(width: int, height: int, longest_px: int | None) -> int:
    if longest_px is None:
        return 1
    return next(f for f in (8, 4, 2, 1) if f == 1 or fits_scale(width, height, f, longest_px))


def _decode(
    data: bytes, width: int, height: int, factor: int, mode: str
) -> tuple[Picture, str | None]:
    """Decode gray or colour at 1 / factor; also says what is wrong with the data, if anything."""
    try:
        return _turbo(data, width, height, factor, mode, strict=True), None
    except ValueError as error:
        damage = error_text(error)
    try:
        pixels = _turbo(data, width, height, factor, mode, strict=False)
    except ValueError:
        return _decode_beginning(data, factor, damage), damage
    return pixels, damage if _is_damage(damage) else None


def _turbo(data: bytes, width: int, height: int, factor: int, mode: str, strict: bool) -> Pixels:
    pixels = simplejpeg.decode_jpeg(
        data,
        "GRAY" if mode == "L" else "RGB",
        min_height=-(-height // factor),
        min_width=-(-width // factor),
        strict=strict,
    )
    return np.asarray(pixels[..., 0] if mode == "L" else pixels, np.uint8)


def _is_damage(warning: str) -> bool:
    """Tell lost data from the oddities of healthy cameras."""
    left_over = _LEFT_OVER.fullmatch(warning)
    if left_over and int(left_over[1]) <= _PADDING_BYTES:
        return False
    return warning.lower().startswith(_DAMAGE)


def _decode_ink(data: bytes, factor: int) -> tuple[Picture, str | None]:
    """Decode CMYK through Pillow, which knows of Adobe's inverted ink."""
    image = _drafted(data, factor)
    try:
        image.load()
        return image, None
    except (OSError, SyntaxError, ValueError) as error:
        damage = error_text(error)
    return _decode_beginning(data, factor, damage), damage


def _decode_beginning(data: bytes, factor: int, reason: str) -> Image.Image:
    """Decode up to the place where libjpeg gives up; the rest stays black."""
    image = _drafted(data + _END_OF_IMAGE, factor)
    try:
        image.load()
    except (OSError, SyntaxError, ValueError):
        image.tile = []  # Pillow then takes what is decoded as all there is
    if image.getbbox() is None:
        raise CannotDecode(ProblemCode.UNDECODABLE, f"could not be read as JPEG: {reason}")
    return image


def _drafted(data: bytes, factor: int) -> JpegImageFile:
    try:
        image = JpegImageFile(io.BytesIO(data))
    except (SyntaxError, OSError, ValueError) as error:
        raise undecodable("JPEG", error) from error
    if factor > 1:
        image.draft(None, (max(1, image.width // factor), max(1, image.height // factor)))
    return image
