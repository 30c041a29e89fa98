"""TIFF structures for tests: Exif blocks, a DNG with an embedded preview, a PSD, an ICC profile."""

import struct
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
_PACKED = {SHORT: "H", LONG: "I", RATIONAL: "II", SRATIONAL: "ii"}

Entry = tuple[int, bytes | list[int] | list[tuple[int, int]]]
"""A tag's type and values: bytes for BYTE, ASCII, UNDEFINED; pairs for rationals."""


class TiffWriter:
    """Builds a TIFF structure from its leaves up: data, then directories that point to it."""

    def __init__(self, byte_order: str = "<") -> None:
        self._order = byte_order
        mark = b"II" if byte_order == "<" else b"MM"
        self._data = bytearray(mark + struct.pack(byte_order + "HI", 42, 0))

    def add_data(self, data: bytes) -> int:
        """Append data; returns its offset."""
        self._data += b"\x00" * (len(self._data) % 2)
        offset = len(self._data)
        self._data += data
        return offset

    def add_ifd(self, entries: Mapping[int, Entry], next_ifd: int = 0) -> int:
        """Append a directory; returns its offset."""
        fields = b""
        for tag in sorted(entries):
            kind, values = entries[tag]
            packed = self._packed(kind, values)
            if len(packed) > 4:
                place = struct.pack(self._order + "I", self.add_data(packed))
            else:
                place = packed.ljust(4, b"\x00")
            fields += struct.pack(self._order + "HHI", tag, kind, len(values)) + place
        count = struct.pack(self._order + "H", len(entries))
        return self.add_data(count + fields + struct.pack(self._order + "I", next_ifd))

    def finish(self, first_ifd: int) -> bytes:
        """The structure, with its first directory."""
        struct.pack_into(self._order + "I", self._data, 4, first_ifd)
        return bytes(self._data)

    def _packed(self, kind: int, values: bytes | list[int] | list[tuple[int, int]]) -> bytes:
        if isinstance(values, bytes):
            return values
        parts = [value if isinstance(value, tuple) else (value,) for value in values]
        return b"".join(struct.pack(self._order + _PACKED[kind], *part) for part in parts)


def exif_block(
    ifd: Mapping[int, Entry] | None = None,
    exif: Mapping[int, Entry] | None = None,
    gps: Mapping[int, Entry] | None = None,
    byte_order: str = "<",
    thumbnail: bytes = b"",
) -> bytes:
    """An Exif block, with the six bytes before it that JPEG has."""
    writer = TiffWriter(byte_order)
    first = dict(ifd or {})
    second = 0
    if thumbnail:
        place, size = (LONG, [writer.add_data(thumbnail)]), (LONG, [len(thumbnail)])
        second = writer.add_ifd({0x0103: (SHORT, [6]), 0x0201: place, 0x0202: size})
    if exif is not None:
        first[0x8769] = (LONG, [writer.add_ifd(exif)])
    if gps is not None:
        first[0x8825] = (LONG, [writer.add_ifd(gps)])
    return b"Exif\x00\x00" + writer.finish(writer.add_ifd(first, second))


def orientation_block(orientation: int) -> bytes:
    """An Exif block that holds an orientation alone."""
    return exif_block({0x0112: (SHORT, [orientation])})


def dng_bytes(
    preview_jpeg: bytes | None,
    rgb: npt.NDArray[np.uint8],
    orientation: int = 1,
    monochrome: bool = False,
) -> bytes:
    """A DNG: a preview in the first directory, 16-bit sensor data (RGGB) in a sub-directory.

    rgb: (H, W, 3) uint8 with even sides, as the sensor saw it, before turning upright.
    preview_jpeg: its size is free; None leaves it out. monochrome: a sensor without colour filters.
    """
    writer = TiffWriter()
    sensor = _sensor_ifd(writer, rgb)
    if monochrome:
        sensor[262] = (SHORT, [34892])
        del sensor[33421], sensor[33422]
    raw_ifd = writer.add_ifd(sensor)
    first: dict[int, Entry] = {
        271: (ASCII, b"Seeded\x00"),
        272: (ASCII, b"Textured One\x00"),
        274: (SHORT, [orientation]),
        330: (LONG, [raw_ifd]),
        50706: (BYTE, bytes([1, 4, 0, 0])),  # DNG version
        50707: (BYTE, bytes([1, 1, 0, 0])),
        50708: (ASCII, b"Seeded Textured One\x00"),
        50721: (SRATIONAL, _XYZ_TO_CAMERA),
        50728: (RATIONAL, [(1, 1), (1, 1), (1, 1)]),  # the neutral as shot
        50778: (SHORT, [21]),  # D65
    }
    if preview_jpeg is not None:
        height, width = _jpeg_size(preview_jpeg)
        first |= {
            254: (LONG, [1]),
            256: (LONG, [width]),
            257: (LONG, [height]),
            258: (SHORT, [8, 8, 8]),
            259: (SHORT, [7]),
            262: (SHORT, [6]),
            273: (LONG, [writer.add_data(preview_jpeg)]),
            277: (SHORT, [3]),
            278: (LONG, [height]),
            279: (LONG, [len(preview_jpeg)]),
        }
    return writer.finish(writer.add_ifd(first))


_XYZ_TO_CAMERA = [  # a camera that sees as linear sRGB does
    (32405, 10000), (-15371, 10000), (-4985, 10000),
    (-9693, 10000), (18760, 10000), (416, 10000),
    (556, 10000), (-2040, 10000), (10572, 10000),
]  # fmt: skip


def _sensor_ifd(writer: TiffWriter, rgb: npt.NDArray[np.uint8]) -> dict[int, Entry]:
    linear = (rgb / 255.0) ** 2.2 * 16000
    height, width = rgb.shape[:2]
    mosaic = np.empty((height, width), "<u2")
    mosaic[0::2, 0::2] = linear[0::2, 0::2, 0]
    mosaic[0::2, 1::2] = linear[0::2, 1::2, 1]
    mosaic[1::2, 0::2] = linear[1::2, 0::2, 1]
    mosaic[1::2, 1::2] = linear[1::2, 1::2, 2]
    data = mosaic.tobytes()
    return {
        254: (LONG, [0]),
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [16]),
        259: (SHORT, [1]),
        262: (SHORT, [32803]),
        273: (LONG, [writer.add_data(data)]),
        277: (SHORT, [1]),
        278: (LONG, [height]),
        279: (LONG, [len(data)]),
        33421: (SHORT, [2, 2]),
        33422: (BYTE, bytes([0, 1, 1, 2])),
        50714: (LONG, [0]),  # black
        50717: (LONG, [16000]),  # white
    }


def _jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Height and width, from the start-of-frame segment."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    size: tuple[int, int] = struct.unpack_from(">HH", jpeg, at + 5)
    return size


def psd_bytes(rgb: npt.NDArray[np.uint8], exif: bytes | None = None) -> bytes:
    """A Photoshop file without layers, its merged picture uncompressed."""
    height, width = rgb.shape[:2]
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, 8, 3)
    resources = b""
    if exif is not None:
        block = exif.removeprefix(b"Exif\x00\x00")
        resources = b"8BIM" + struct.pack(">HHI", 1058, 0, len(block)) + block
        resources += b"\x00" * (len(block) % 2)
    sections = struct.pack(">II", 0, len(resources)) + resources + struct.pack(">I", 0)
    return header + sections + struct.pack(">H", 0) + rgb.transpose(2, 0, 1).tobytes()


def turned_primaries_profile() -> bytes:
    """An ICC profile like sRGB whose red is sRGB's green, green its blue, and blue its red."""
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    gamma = b"curv\x00\x00\x00\x00" + struct.pack(">IH", 1, round(2.2 * 256))
    name = b"turned primaries\x00"
    description = b"desc\x00\x00\x00\x00" + struct.pack(">I", len(name)) + name + b"\x00" * 78
    tags = {
        b"desc": description,
        b"cprt": b"text\x00\x00\x00\x00nobody's\x00",
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": _xyz(*green),
        b"gXYZ": _xyz(*blue),
        b"bXYZ": _xyz(*red),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        padded = data + b"\x00" * (-len(data) % 4)
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += padded
    size = at + len(body)
    header = struct.pack(">I4xI4s4s4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\x00" * 28
    header += _xyz(0.9642, 1.0, 0.8249)[8:]
    return header.ljust(128, b"\x00") + struct.pack(">I", len(tags)) + table + body


def _xyz(x: float, y: float, z: float) -> bytes:
    fixed = [round(value * 65536) for value in (x, y, z)]
    return b"XYZ \x00\x00\x00\x00" + struct.pack(">3i", *fixed)
