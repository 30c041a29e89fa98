"""A HEIF file with holes: what describes it and its small pictures, zeros for all the rest.

libheif takes a file in memory, but looks only at what it is asked for. So of a photo of megabytes
the boxes at its beginning, the thumbnails and Exif are read, and the rest is left out.
Boxes: ISO/IEC 14496-12 and 23008-12.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from photodedup.core.raster import CannotDecode
from photodedup.core.records import ProblemCode

MOST_FILE_BYTES = 64 << 20  # beyond, the holes would cost more than they save
_MOST_META_BYTES = 4 << 20
_MOST_READ_BYTES = 4 << 20
_MOST_BOXES = 1000

Extents = list[tuple[int, int]]
"""Offset and length of each part of an item, in the file."""


@dataclass(slots=True)
class _Reader:
    """Big-endian numbers of a box, one after the other. Raises CannotDecode at its end."""

    data: bytes
    at: int = 0

    def number(self, size: int) -> int:
        if self.at + size > len(self.data):
            raise _broken("a box ends early")
        value = int.from_bytes(self.data[self.at : self.at + size], "big")
        self.at += size
        return value


def read_preview_parts(file: BinaryIO) -> bytes:
    """The file's bytes, all but its description, thumbnails and Exif left zero.

    Raises CannotDecode where it is not built as expected, and OSError.
    """
    size_bytes = file.seek(0, 2)
    if size_bytes > MOST_FILE_BYTES:
        raise _broken("too large a file")
    meta_at, meta = _find_meta(file, size_bytes)
    whole = bytearray(size_bytes)
    _fill(file, whole, 0, meta_at + len(meta))
    boxes = dict(_boxes(meta, 4))  # after its version
    wanted = _thumbnails(boxes.get(b"iref", b"")) | _exif_items(boxes.get(b"iinf", b""))
    extents = _locations(boxes.get(b"iloc", b""), wanted)
    if sum(length for _, length in extents) > _MOST_READ_BYTES:
        raise _broken("too large thumbnails")
    for at, length in extents:
        _fill(file, whole, at, length)
    return bytes(whole)


def _find_meta(file: BinaryIO, size_bytes: int) -> tuple[int, bytes]:
    """Place and content of the box that describes all pictures."""
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:], "big"), 16
        if head[4:8] == b"meta":
            if not header < length <= min(_MOST_META_BYTES, size_bytes - at):
                break
            file.seek(at + header)
            return at + header, file.read(length - header)
        if length < header:
            break
        at += length
    raise _broken("no description")


def _fill(file: BinaryIO, whole: bytearray, at: int, length: int) -> None:
    if at + length > len(whole):
        raise _broken("a place beyond its end")
    file.seek(at)
    whole[at : at + length] = file.read(length).ljust(length, b"\x00")


def _boxes(data: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of the boxes that stand side by side."""
    for _ in range(_MOST_BOXES):
        length = int.from_bytes(data[at : at + 4], "big")
        if length < 8 or at + length > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + length]
        at += length


def _thumbnails(iref: bytes) -> set[int]:
    """The items that are thumbnails of another."""
    wide = iref[:1] not in (b"", b"\x00")
    id_bytes = 4 if wide else 2
    return {
        int.from_bytes(content[:id_bytes], "big")
        for kind, content in _boxes(iref, 4)
        if kind == b"thmb"
    }


def _exif_items(iinf: bytes) -> set[int]:
    first = 6 if iinf[:1] == b"\x00" else 8
    found = set()
    for _, entry in _boxes(iinf, first):
        id_bytes = 2 if entry[:1] == b"\x02" else 4
        if entry[6 + id_bytes : 10 + id_bytes] == b"Exif":
            found.add(int.from_bytes(entry[4 : 4 + id_bytes], "big"))
    return found


def _locations(iloc: bytes, wanted: set[int]) -> Extents:
    """Where the wanted items stand; those inside the description are read with it."""
    reader = _Reader(iloc)
    version = reader.number(1)
    reader.number(3)
    sizes = reader.number(2)
    offset_bytes, length_bytes, base_bytes = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_bytes = sizes & 15 if version else 0
    id_bytes = 4 if version == 2 else 2
    extents: Extents = []
    for _ in range(reader.number(id_bytes)):
        item = reader.number(id_bytes)
        in_file = not version or reader.number(2) & 15 == 0
        reader.number(2)
        base = reader.number(base_bytes)
        for _ in range(reader.number(2)):
            reader.number(index_bytes)
            extent = base + reader.number(offset_bytes), reader.number(length_bytes)
            if item in wanted and in_file:
                extents.append(extent)
    return extents


def _broken(what: str) -> CannotDecode:
    return CannotDecode(ProblemCode.UNDECODABLE, f"could not be read as HEIF: {what}")
