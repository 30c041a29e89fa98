"""One photo in every format that the installed libraries can write."""

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pillow_heif
import pylibjxl
from PIL import Image

from tests.data.tiff_writer import dng_bytes, psd_bytes

RGB = npt.NDArray[np.uint8]

STORED: dict[int, Callable[[RGB], RGB]] = {  # upright pixels to those a file stores
    1: lambda rgb: rgb,
    2: lambda rgb: rgb[:, ::-1],
    3: lambda rgb: rgb[::-1, ::-1],
    4: lambda rgb: rgb[::-1],
    5: lambda rgb: rgb.transpose(1, 0, 2),
    6: lambda rgb: np.rot90(rgb, 1),
    7: lambda rgb: rgb[::-1, ::-1].transpose(1, 0, 2),
    8: lambda rgb: np.rot90(rgb, -1),
}
"""By Exif's orientation."""


def encode(rgb: RGB, format_name: str, exif: bytes = b"", **options: object) -> bytes:
    """Encode with Pillow, at settings where the photo is well kept."""
    settings: dict[str, object] = {"exif": exif} if exif else {}
    if format_name in ("JPEG", "WEBP", "AVIF", "HEIF"):
        settings["quality"] = 92
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(target, format_name, **(settings | options))
    return target.getvalue()


def encode_heif(rgb: RGB, exif: bytes = b"") -> bytes:
    heif = pillow_heif.from_pillow(Image.fromarray(np.ascontiguousarray(rgb)))
    target = io.BytesIO()
    heif.save(target, quality=90, exif=exif or None)
    return target.getvalue()


def encode_jpeg_xl(rgb: RGB, exif: bytes = b"") -> bytes:
    """From a JPEG where there is Exif, as this is how its orientation gets into the stream."""
    if exif:
        return bytes(pylibjxl.jpeg_to_jxl(encode(rgb, "JPEG", exif)))
    return bytes(pylibjxl.encode(np.ascontiguousarray(rgb)))


def encode_dng(rgb: RGB, exif: bytes = b"") -> bytes:
    """A DNG with an embedded preview of full size; of exif only the orientation is kept."""
    entry = exif.find(b"\x12\x01\x03\x00")  # its tag and type
    orientation = exif[entry + 8] if entry >= 0 else 1
    return dng_bytes(encode(rgb, "JPEG"), np.ascontiguousarray(rgb), orientation)


ENCODERS: dict[str, Callable[[RGB, bytes], bytes]] = {
    "JPEG": lambda rgb, exif: encode(rgb, "JPEG", exif),
    "PNG": lambda rgb, exif: encode(rgb, "PNG", exif),
    "WEBP": lambda rgb, exif: encode(rgb, "WEBP", exif),
    "TIFF": lambda rgb, exif: encode(rgb, "TIFF", exif),
    "AVIF": lambda rgb, exif: encode(rgb, "AVIF", exif),
    "HEIF": encode_heif,
    "JXL": encode_jpeg_xl,
    "DNG": encode_dng,
    "PSD": psd_bytes,
    "GIF": lambda rgb, exif: encode(rgb, "GIF"),
    "BMP": lambda rgb, exif: encode(rgb, "BMP"),
    "JPEG2000": lambda rgb, exif: encode(rgb, "JPEG2000"),
}
"""By the format's name; the last three have no place for Exif and leave it out."""

ORIENTED = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JXL", "DNG")
"""Where an orientation counts; Photoshop turns the pixels themselves."""
EXTENSIONS = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "TIFF": ".tif",
    "AVIF": ".avif",
    "HEIF": ".heic",
    "JXL": ".jxl",
    "DNG": ".dng",
    "PSD": ".psd",
    "GIF": ".gif",
    "BMP": ".bmp",
    "JPEG2000": ".jp2",
}
