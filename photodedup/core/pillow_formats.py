"""The formats that Pillow reads, and HEIF through pillow-heif's class for Pillow.

The class is taken by the format that was sniffed, not by Image.open: so nothing global is
registered or set, no other format is tried, and our own limit on pixels is the one that counts.
"""

import importlib
import io
import logging
import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import Image, ImageFile

from photodedup.core.raster import (
    CannotDecode,
    Limits,
    Raster,
    check_pixels,
    error_text,
    undecodable,
)
from photodedup.core.records import ProblemCode

logger = logging.getLogger(__name__)

_CLASSES = {  # format: module, class
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "PSD": ("PIL.PsdImagePlugin", "PsdImageFile"),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "HEIF": ("pillow_heif", "HeifImageFile"),
}
_ORIENTATION = 274  # Exif's tag
_PSD_EXIF = 1058  # the image resource that holds an Exif block
_FRAMES_BY_SEEKING = ("GIF", "TIFF")
_READABLE_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")

Opener = Callable[[io.BytesIO], ImageFile.ImageFile]


def open_with_pillow(data: bytes, format_name: str, limits: Limits) -> Raster:
    """Decode the first frame, as far as it can be read.

    Raises CannotDecode if nothing can be read, or the library for it is not installed.
    """
    opener = _opener(format_name)
    if format_name == "WEBP":
        check_pixels(*_webp_size(data), limits.max_whole_pixels)  # its class allocates at once
    file, damage = _open(opener, data, format_name)
    check_pixels(*file.size, limits.max_whole_pixels)
    if format_name in _FRAMES_BY_SEEKING:
        is_animated = _has_second_frame(opener, data)
    else:
        is_animated = format_name != "PSD" and bool(getattr(file, "is_animated", False))
    image, failure = _load(file, format_name)
    # Pillow turns a TIFF upright by itself, and then drops its tag
    is_upright = format_name == "TIFF" and _ORIENTATION not in getattr(file, "tag_v2", {})
    return Raster(
        image,
        image.width,
        image.height,
        exif=data if format_name == "TIFF" else _exif(file),
        xmp=_bytes(file.info.get("xmp")),
        icc_profile=_bytes(file.info.get("icc_profile")),
        orientation=1 if is_upright else None,
        is_animated=is_animated,
        damage=failure or damage,
    )


def open_heif_preview(data: bytes, longest_px: int, limits: Limits) -> Raster | None:
    """Decode a thumbnail of this long side or more in place of the photo; None if there is none.

    Only one that is a smaller copy of the photo, bars and all turns considered, as pillow-heif
    says (from 1.8 on; before, there is none). data: may have zeros for all that it does not need.
    Raises CannotDecode.
    """
    file, _ = _open(_opener("HEIF"), data, "HEIF")
    whole = max(file.size)
    least = tuple(max(1, side * longest_px // whole) for side in file.size)
    if whole <= longest_px or file.draft(None, (least[0], least[1])) is None:
        return None
    check_pixels(*file.size, limits.max_whole_pixels)
    image, damage = _load(file, "HEIF")
    if damage is not None:
        return None
    return Raster(
        image, *image.size, exif=_exif(file), icc_profile=_bytes(file.info.get("icc_profile"))
    )


def _opener(format_name: str) -> Opener:
    module, name = _CLASSES[format_name]
    try:
        opener: Opener = getattr(importlib.import_module(module), name)
    except ImportError as error:
        library = module.split(".")[0].replace("_", "-")
        raise CannotDecode(
            ProblemCode.UNSUPPORTED,
            f"{format_name} needs {library}, which is not installed or has no build for this "
            f"system ({error_text(error)})",
        ) from error
    return opener


def _open(opener: Opener, data: bytes, format_name: str) -> tuple[ImageFile.ImageFile, str | None]:
    """Read the header; a PNG with broken extras is opened without them, and called damaged."""
    try:
        return opener(io.BytesIO(data)), None
    except Exception as error:  # a decoder on one file: anything may come
        reason = error_text(error)
        if format_name != "PNG":
            raise undecodable(format_name, error) from error
    try:
        return opener(io.BytesIO(_png_without_extras(data))), reason
    except Exception as error:
        raise undecodable(format_name, error) from error


def _load(file: ImageFile.ImageFile, format_name: str) -> tuple[Image.Image, str | None]:
    """Decode the pixels; where the decoder gives up, keep what it has and say why."""
    try:
        file.load()
        return file, None
    except Exception as error:  # a decoder on one file: anything may come
        logger.debug("%s: %r", format_name, error)
        failure = error
    if isinstance(failure, MemoryError):
        raise undecodable(format_name, failure) from failure
    file.tile = []  # Pillow then takes what is decoded as all there is
    try:
        beginning = file.copy()
    except Exception:
        raise undecodable(format_name, failure) from failure
    if beginning.getbbox() is None:  # not one pixel was written
        raise undecodable(format_name, failure) from failure
    return beginning, error_text(failure)


def _has_second_frame(opener: Opener, data: bytes) -> bool:
    """Look for a second frame on a copy, as what is broken there must not spoil the first."""
    try:
        image = opener(io.BytesIO(data))
        image.seek(1)
    except Exception:  # end of file, or whatever a broken one brings
        return False
    return True


def _exif(file: ImageFile.ImageFile) -> bytes | None:
    exif = _bytes(file.info.get("exif"))
    if exif is None:  # Photoshop keeps it among its resources
        for resource, _, block in getattr(file, "resources", ()):
            if resource == _PSD_EXIF:
                exif = _bytes(block)
    return exif


def _bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else None


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height by the first chunk's header; (0, 0) if it has none."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _png_without_extras(data: bytes) -> bytes:
    """The chunks that make the picture, with right checksums: what Pillow needs to go on."""
    parts = [data[:8]]
    for kind, body in _png_chunks(data):
        if kind in _READABLE_CHUNKS:
            checksum = zlib.crc32(kind + body)
            parts += [struct.pack(">I", len(body)), kind, body, struct.pack(">I", checksum)]
    return b"".join(parts)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
