"""The small picture of itself that a photo carries: Exif's thumbnail, MPF's preview, HEIC's.

Only it and what describes it are read: some ten kilobytes of the beginning of a file of megabytes.
What comes of it is not the photo, so every doubt sends the file to the reader of whole photos:
a preview that is missing, broken or small, one of another shape than the photo, and one in a file
that an editor wrote, since some change the photo and leave its preview as it was.
"""

import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from PIL import Image

from photodedup.core.image_metadata import read_exif
from photodedup.core.jpeg import open_jpeg
from photodedup.core.keep_rules import EDITORS
from photodedup.core.pillow_formats import open_heif_preview
from photodedup.core.raster import CannotDecode, Limits, Raster, check_bytes
from photodedup.core.sparse_heif import read_preview_parts
from photodedup.core.tiff_tags import TiffTags

logger = logging.getLogger(__name__)

LEAST_PX = 120  # of a preview's long side; cameras write 160
_ENOUGH_PX = 160
_LIMITS = Limits(4_000_000, 4_000_000, 4 << 20)  # an MPF preview has 2 megapixels
_SHAPE_TOLERANCE = 0.03  # 160 x 104 for 3:2, as sides are rounded to whole blocks
_DARK = 40  # of 255, in a bar beside the picture; JPEG leaves no clean black
_MOST_SEGMENTS = 300
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_EXIF, _MPF = b"Exif\x00\x00", b"MPF\x00"
_EXIF_IFD, _PIXELS_X, _PIXELS_Y = 0x8769, 0xA002, 0xA003
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202
_MP_ENTRIES = 0xB002
_MP_ENTRY = "IIIHH"  # attributes, size, offset, two dependent images
_MP_TYPE, _MP_PREVIEWS = 0xFFFFFF, (0x010001, 0x010002)  # VGA's and full HD's size


class NoPreview(Exception):
    """Why a file's preview cannot stand for its photo; its text is for the log."""


@dataclass(slots=True)
class _Header:
    """What the segments before a JPEG's pixels say. mpf_at: the place of MPF's own offsets."""

    size: tuple[int, int] = (0, 0)
    exif: bytes = b""
    mpf: bytes = b""
    mpf_at: int = 0


def open_embedded_preview(file: BinaryIO, format_name: str) -> Raster:
    """Decode the preview of a JPEG or HEIF file, to be turned upright as the photo is.

    file: open at any place, seekable. The raster's width and height are the preview's. Raises
    NoPreview, or OSError where the file cannot be read.
    """
    try:
        if format_name == "JPEG":
            return _open_in_jpeg(file)
        if format_name == "HEIF":
            return _open_in_heif(file)
    except CannotDecode as problem:
        raise NoPreview(f"its preview: {problem.reason}") from problem
    raise NoPreview(f"{format_name} files have none")


def _open_in_heif(file: BinaryIO) -> Raster:
    raster = open_heif_preview(read_preview_parts(file), _ENOUGH_PX, _LIMITS)
    if raster is None:
        raise NoPreview("none that is a smaller copy of the photo")
    _refuse_edited(raster.exif or b"", (0, 0))
    return raster


def _open_in_jpeg(file: BinaryIO) -> Raster:
    header = _read_header(file)
    orientation = _refuse_edited(header.exif, header.size)
    for data in _previews(file, header):
        raster = _opened(data)
        if raster is not None:
            image = _without_bars(raster.image, header.size)
            return replace(raster, picture=image, orientation=orientation, icc_profile=None)
    raise NoPreview("none, or too small a one")


def _refuse_edited(exif: bytes, frame: tuple[int, int]) -> int:
    """The orientation of the photo; NoPreview if somebody has worked on it since the camera.

    frame: the size of the stored pixels, zeros if that is not to be compared with Exif's.
    """
    fields = read_exif(exif)
    if fields is None:
        return 1
    if fields.software is not None and EDITORS.search(fields.software):
        raise NoPreview("an editor wrote it")
    tags = TiffTags.parse(exif, len(_EXIF))
    if tags is not None:
        sub_ifd = tags.read_ifd(tags.first_ifd, {_EXIF_IFD}).get(_EXIF_IFD, (0,))[0]
        sides = tags.read_ifd(int(sub_ifd), {_PIXELS_X, _PIXELS_Y})
        said = [sides.get(tag, (0,))[0] for tag in (_PIXELS_X, _PIXELS_Y)]
        # some phones swap them in portraits
        if all(said) and all(frame) and sorted(map(float, said)) != sorted(map(float, frame)):
            raise NoPreview("its size is not what its camera wrote")
    return fields.orientation


def _read_header(file: BinaryIO) -> _Header:
    """Read a JPEG up to the size of its pixels. Raises NoPreview if that does not come."""
    header = _Header()
    for marker, at, length in _segments(file):
        if marker in _FRAMES:
            beginning = file.read(5)
            if len(beginning) == 5:
                height, width = struct.unpack(">xHH", beginning)
                header.size = width, height
            break
        if marker == 0xE1 and not header.exif and file.read(len(_EXIF)) == _EXIF:
            header.exif = _EXIF + file.read(length - len(_EXIF))
        elif marker == 0xE2 and not header.mpf and file.read(len(_MPF)) == _MPF:
            header.mpf_at = at + len(_MPF)
            header.mpf = file.read(length - len(_MPF))
    if not all(header.size):
        raise NoPreview("its header is damaged")
    return header


def _segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment's content, the file standing there."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        file.seek(at)
        mark = file.read(4)
        if len(mark) < 4 or mark[0] != 0xFF:
            return
        marker = mark[1]
        if marker == 0xFF or marker in _STANDALONE:  # 0xFF may be repeated before a marker
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(mark[2:], "big")
        if length < 2 or marker in (0xD9, 0xDA):
            return
        yield marker, at + 4, length - 2
        at += 2 + length


def _previews(file: BinaryIO, header: _Header) -> Iterator[bytes]:
    """Exif's thumbnail, then MPF's previews from the smallest."""
    thumbnail = _exif_thumbnail(header.exif)
    if thumbnail:
        yield thumbnail
    for size, offset in sorted(_mpf_previews(header.mpf)):
        check_bytes(size, _LIMITS.max_bytes)
        file.seek(header.mpf_at + offset)
        data = file.read(size)
        if len(data) == size:
            yield data


def _exif_thumbnail(exif: bytes) -> bytes:
    """The JPEG of Exif's second directory; empty if there is none that is whole."""
    tags = TiffTags.parse(exif, len(_EXIF))
    if tags is None:
        return b""
    second = tags.read_ifd(tags.next_ifd(tags.first_ifd), {_THUMBNAIL_AT, _THUMBNAIL_BYTES})
    at, size = (second.get(tag, (0,))[0] for tag in (_THUMBNAIL_AT, _THUMBNAIL_BYTES))
    if not isinstance(at, int) or not isinstance(size, int) or at < 8 or size <= 0:
        return b""
    data = exif[tags.start + at : tags.start + at + size]
    return data if len(data) == size else b""


def _mpf_previews(mpf: bytes) -> list[tuple[int, int]]:
    """Size and offset of each picture that MPF calls a preview (CIPA DC-007)."""
    tags = TiffTags.parse(mpf)
    if tags is None:
        return []
    (entries,) = tags.read_ifd(tags.first_ifd, {_MP_ENTRIES}).get(_MP_ENTRIES, (b"",))[:1]
    if not isinstance(entries, bytes):
        return []
    whole = len(entries) // 16 * 16
    listed = struct.iter_unpack(tags.byte_order + _MP_ENTRY, entries[:whole])
    return [(size, at) for kind, size, at, _, _ in listed if kind & _MP_TYPE in _MP_PREVIEWS]


def _opened(data: bytes) -> Raster | None:
    """Decode a JPEG within a JPEG; None if it is none, damaged or too small."""
    try:
        raster = open_jpeg(data, _ENOUGH_PX, _LIMITS)
    except CannotDecode as problem:
        logger.debug("preview: %s", problem.reason)
        return None
    is_small = max(raster.width, raster.height) < LEAST_PX
    return None if raster.damage is not None or is_small else raster


def _without_bars(preview: Image.Image, frame: tuple[int, int]) -> Image.Image:
    """Cut off the bars that fill a preview of 4:3 up; NoPreview if it has another shape.

    frame: width and height of the photo's stored pixels.
    """
    width, height = preview.size
    shape = frame[0] / frame[1]
    if abs(width / height / shape - 1) <= _SHAPE_TOLERANCE:
        return preview
    inner_width, inner_height = min(width, height * shape), min(height, width / shape)
    # a pixel inside, as the edge between a bar and the picture is blurred
    left, top = round((width - inner_width) / 2), round((height - inner_height) / 2)
    left, top = left + (left > 0), top + (top > 0)
    box = left, top, width - left, height - top
    if min(box[2] - box[0], box[3] - box[1]) < LEAST_PX // 4:
        raise NoPreview("its shape is not the photo's")
    gray = np.asarray(preview.convert("L")).copy()
    gray[max(0, top - 3) : height - top + 3, max(0, left - 3) : width - left + 3] = 0
    if gray.max() > _DARK:
        raise NoPreview("its shape is not the photo's")
    return preview.crop(box)
