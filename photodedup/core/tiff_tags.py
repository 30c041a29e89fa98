"""The tags of a TIFF structure: what Exif is, and what most camera RAW files are.

A reader of our own, because it meets every broken file there is: it never raises, follows a chain
by one link at most, and reads only the tags that are asked for.
"""

import math
import struct
from collections.abc import Collection
from dataclasses import dataclass

Value = int | float | bytes

_BYTE_ORDERS = {b"II": "<", b"MM": ">"}
_MAGICS = {42, 0x4F52, 0x5352, 0x55}  # TIFF, Olympus (two), Panasonic
_NUMBERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_RATIONALS = {5: "I", 10: "i"}
_BYTES = {1, 2, 7}  # BYTE, ASCII, UNDEFINED
_MAX_ENTRIES = 1000
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TiffTags:
    """A TIFF structure at an offset of some bytes.

    first_ifd: offset of the first directory, from the structure's start as all of its offsets.
    """

    data: bytes
    start: int
    byte_order: str
    first_ifd: int

    @classmethod
    def parse(cls, data: bytes, start: int = 0) -> "TiffTags | None":
        """Read the header; None if there is none."""
        byte_order = _BYTE_ORDERS.get(data[start : start + 2])
        if byte_order is None or len(data) < start + 8:
            return None
        magic, first_ifd = struct.unpack_from(byte_order + "HI", data, start + 2)
        return cls(data, start, byte_order, first_ifd) if magic in _MAGICS else None

    def read_ifd(self, offset: int, wanted: Collection[int]) -> dict[int, tuple[Value, ...]]:
        """Read the wanted tags of one directory; those missing or broken are left out.

        A value is a non-empty tuple of numbers (a rational is a float, NaN over zero), or of one
        bytes for text and raw bytes.
        """
        at = self.start + offset
        if offset < 8 or at + 2 > len(self.data):
            return {}
        (count,) = struct.unpack_from(self.byte_order + "H", self.data, at)
        tags: dict[int, tuple[Value, ...]] = {}
        for entry in range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12):
            if entry + 12 > len(self.data):
                break
            tag, kind, n = struct.unpack_from(self.byte_order + "HHI", self.data, entry)
            if tag in wanted and tag not in tags:
                values = self._values(kind, n, entry + 8)
                if values:
                    tags[tag] = values
        return tags

    def next_ifd(self, offset: int) -> int:
        """Where the directory after this one stands; 0 if there is none."""
        at = self.start + offset
        if offset < 8 or at + 2 > len(self.data):
            return 0
        (count,) = struct.unpack_from(self.byte_order + "H", self.data, at)
        end = at + 2 + 12 * count
        if end + 4 > len(self.data):
            return 0
        return int(struct.unpack_from(self.byte_order + "I", self.data, end)[0])

    def _values(self, kind: int, n: int, at: int) -> tuple[Value, ...]:
        """Read n values of a kind; four bytes stand in the entry, more elsewhere."""
        item = "c" if kind in _BYTES else _NUMBERS.get(kind) or 2 * _RATIONALS.get(kind, "")
        size = n * struct.calcsize(self.byte_order + item) if item else 0
        if not 0 < size <= _MAX_BYTES:
            return ()
        if size > 4:
            at = self.start + struct.unpack_from(self.byte_order + "I", self.data, at)[0]
        if at + size > len(self.data):
            return ()
        if kind in _BYTES:
            return (self.data[at : at + size],)
        numbers = struct.unpack_from(f"{self.byte_order}{n * len(item)}{item[0]}", self.data, at)
        if kind not in _RATIONALS:
            return numbers
        halves = zip(numbers[::2], numbers[1::2], strict=True)
        return tuple(over / under if under else math.nan for over, under in halves)
