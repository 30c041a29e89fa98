"""What a photo's file says about it: Exif, an XMP rating, and the quality of a JPEG."""

import datetime
import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.tiff_tags import TiffTags, Value

Ifd = Mapping[int, tuple[Value, ...]]

_MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _RATING = 0x010F, 0x0110, 0x0112, 0x0131, 0x4746
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TAKEN, _TAKEN_FRACTION, _LENS = 0x9003, 0x9291, 0xA434
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_IFD_TAGS = frozenset({_MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _RATING, _EXIF_IFD, _GPS_IFD})
_EXIF_TAGS = frozenset({_TAKEN, _TAKEN_FRACTION, _LENS})
_GPS_TAGS = frozenset({_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE})
_CR3_HEADER_BYTES = 1 << 16
_MAX_TEXT = 200
_XMP_RATING = re.compile(rb"""xmp:Rating(?:\s*=\s*["']|>)\s*([0-5])\b""")
_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)")
# fmt: off
_LUMINANCE = (  # ITU T.81, annex K
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)
# fmt: on


@dataclass(frozen=True, slots=True)
class ExifFields:
    """What is read of Exif; the meanings are those of records.Metadata.

    orientation: 1 to 8, 1 where the file says nothing that makes sense.
    """

    captured_at: str | None = None
    camera: str | None = None
    lens: str | None = None
    software: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    rating: int | None = None
    orientation: int = 1


def read_exif(block: bytes) -> ExifFields | None:
    """Read an Exif block, a TIFF file, or a RAW file that is built like one or is a CR3.

    Never raises: what is broken is left out. None if it does not start as one of these does.
    """
    if block[4:12] == b"ftypcrx ":
        return _read_cr3(block)
    tags = TiffTags.parse(block, 6 if block.startswith(b"Exif\x00\x00") else 0)
    if tags is None:
        return None
    ifd = tags.read_ifd(tags.first_ifd, _IFD_TAGS)
    exif = tags.read_ifd(_int(ifd, _EXIF_IFD) or 0, _EXIF_TAGS)
    gps = tags.read_ifd(_int(ifd, _GPS_IFD) or 0, _GPS_TAGS)
    return _fields(ifd, exif, gps)


def _read_cr3(data: bytes) -> ExifFields:
    """Canon's CR3 is no TIFF: each directory stands as a structure of its own in a box."""

    def first_ifd(box: bytes, wanted: frozenset[int]) -> Ifd:
        at = data.find(box, 0, _CR3_HEADER_BYTES)
        tags = TiffTags.parse(data, at + 4) if at >= 0 else None
        return tags.read_ifd(tags.first_ifd, wanted) if tags else {}

    return _fields(
        first_ifd(b"CMT1", _IFD_TAGS), first_ifd(b"CMT2", _EXIF_TAGS), first_ifd(b"CMT4", _GPS_TAGS)
    )


def _fields(ifd: Ifd, exif: Ifd, gps: Ifd) -> ExifFields:
    latitude = _degrees(gps, _LATITUDE, _LATITUDE_REF, b"S", 90)
    longitude = _degrees(gps, _LONGITUDE, _LONGITUDE_REF, b"W", 180)
    has_position = latitude is not None and longitude is not None
    rating, orientation = _int(ifd, _RATING), _int(ifd, _ORIENTATION)
    return ExifFields(
        captured_at=_captured_at(exif),
        camera=_camera(_text(ifd, _MAKE), _text(ifd, _MODEL)),
        lens=_text(exif, _LENS),
        software=_text(ifd, _SOFTWARE),
        latitude=latitude if has_position else None,
        longitude=longitude if has_position else None,
        rating=rating if rating is not None and 0 <= rating <= 5 else None,
        orientation=orientation if orientation is not None and 1 <= orientation <= 8 else 1,
    )


def xmp_rating(packet: bytes) -> int | None:
    """The rating of an XMP packet, 0 to 5; where most photo programs write it."""
    match = _XMP_RATING.search(packet)
    return int(match[1]) if match else None


def estimate_jpeg_quality(luminance: Sequence[int]) -> int | None:
    """The quality, 1 to 100, whose standard table is nearest to a photo's luminance table.

    luminance: the 64 entries of the quantisation table in any order, which does not matter here;
    None if there are not 64. Exact for libjpeg's own tables (and what copies them); for the
    tables of cameras and Photoshop it says how coarsely they quantise.
    """
    return _nearest_quality(tuple(luminance)) if len(luminance) == 64 else None


@functools.lru_cache(maxsize=256)  # a camera writes few tables, thousands of times
def _nearest_quality(luminance: tuple[int, ...]) -> int:
    table = np.sort(np.asarray(luminance, np.float64))
    distances = np.abs(_standard_tables() - table).sum(axis=1)
    # for equals the higher: below 1, tables are cut off and alike
    return 100 - int(np.argmin(distances[::-1]))


@functools.cache
def _standard_tables() -> npt.NDArray[np.float64]:
    """The standard table at qualities 1 to 100; (100, 64), each row sorted."""
    base = np.array(_LUMINANCE)
    quality = np.arange(1, 101)[:, None]
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)  # libjpeg's scaling
    tables = np.clip((base * percent + 50) // 100, 1, 255)
    return np.sort(tables, axis=1)


def _int(ifd: Ifd, tag: int) -> int | None:
    value = ifd.get(tag, (None,))[0]
    return value if isinstance(value, int) else None


def _text(ifd: Ifd, tag: int) -> str | None:
    """Decode a text: up to its first NUL, printable, shortened; None if nothing is left."""
    value = ifd.get(tag, (None,))[0]
    if not isinstance(value, bytes):
        return None
    text = value.split(b"\x00", 1)[0][:_MAX_TEXT].decode("utf-8", "replace")
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split()) or None


def _camera(make: str | None, model: str | None) -> str | None:
    """Name the camera once: some models begin with their maker."""
    if make is None or model is None:
        return model or make
    if model.lower().startswith(make.split()[0].lower()):
        return model
    return f"{make} {model}"


def _captured_at(exif: Ifd) -> str | None:
    match = _DATE.match(_text(exif, _TAKEN) or "")
    if match is None:
        return None
    try:
        taken = datetime.datetime.strptime(match[0].replace("T", " "), "%Y:%m:%d %H:%M:%S")
    except ValueError:  # 0000:00:00, or the 31st of June
        return None
    fraction = re.match(r"\d+", _text(exif, _TAKEN_FRACTION) or "")
    return taken.isoformat() + (f".{fraction[0][:3]:0<3}" if fraction else "")


def _degrees(gps: Ifd, tag: int, ref_tag: int, negative: bytes, limit: int) -> float | None:
    """Degrees, minutes and seconds as signed degrees; None where they make no sense."""
    parts: list[float] = [float(part) for part in gps.get(tag, ()) if isinstance(part, float | int)]
    if not 1 <= len(parts) <= 3 or not all(map(math.isfinite, parts)):
        return None
    degrees = sum(part / float(60**place) for place, part in enumerate(parts))
    if not 0 <= degrees <= limit:
        return None
    (ref,) = gps.get(ref_tag, (b"",))[:1]
    return -degrees if isinstance(ref, bytes) and ref.upper().startswith(negative) else degrees
