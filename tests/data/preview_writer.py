"""JPEGs with previews as cameras embed them: Exif's thumbnail, and MPF's larger pictures."""

import io
import struct
from collections.abc import Sequence

from PIL import Image

from tests.data.tiff_writer import LONG, UNDEFINED, Entry, TiffWriter, exif_block

THUMBNAIL_SIZE = (160, 120)
VGA_PREVIEW, FULL_HD_PREVIEW = 0x010001, 0x010002


def jpeg_bytes(image: Image.Image, quality: int = 75) -> bytes:
    """A bare JPEG."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality)
    return target.getvalue()


def thumbnail_of(photo: Image.Image, letterboxed: bool = False) -> bytes:
    """What cameras put into Exif: 160 pixels wide, with black bars to 4:3 where they do that."""
    small = photo.convert("RGB")
    small.thumbnail(THUMBNAIL_SIZE, Image.Resampling.BILINEAR)
    if letterboxed:
        filled = Image.new("RGB", THUMBNAIL_SIZE)
        left = (THUMBNAIL_SIZE[0] - small.width) // 2
        filled.paste(small, (left, (THUMBNAIL_SIZE[1] - small.height) // 2))
        small = filled
    return jpeg_bytes(small)


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """The JPEG with one more segment, as its first."""
    return (
        jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + jpeg[2:]
    )


def with_thumbnail(jpeg: bytes, thumbnail: bytes, **exif: object) -> bytes:
    """The JPEG with an Exif block that holds a thumbnail; exif: see exif_block."""
    return with_segment(jpeg, 0xE1, exif_block(thumbnail=thumbnail, **exif))  # type: ignore[arg-type]


def with_previews(jpeg: bytes, previews: Sequence[tuple[int, bytes]]) -> bytes:
    """The JPEG with further pictures behind it, each of a kind of MPF's, and the index of them."""

    def index(offsets: Sequence[int]) -> bytes:
        entries = struct.pack("<IIIHH", 0x030000, len(jpeg), 0, 0, 0)
        for (kind, data), offset in zip(previews, offsets, strict=True):
            entries += struct.pack("<IIIHH", kind, len(data), offset, 0, 0)
        writer = TiffWriter("<")
        tags: dict[int, Entry] = {0xB001: (LONG, [1 + len(previews)]), 0xB002: (UNDEFINED, entries)}
        return b"MPF\x00" + writer.finish(writer.add_ifd(tags))

    whole = len(with_segment(jpeg, 0xE2, index([0] * len(previews))))
    base = 2 + 4 + 4  # of the index's offsets: behind the JPEG's start, the segment's head, "MPF\0"
    offsets, at = [], whole - base
    for _, data in previews:
        offsets.append(at)
        at += len(data)
    indexed = with_segment(jpeg, 0xE2, index(offsets))
    return indexed + b"".join(data for _, data in previews)
