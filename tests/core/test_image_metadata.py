import io
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photodedup.core.decode import decode_bytes
from photodedup.core.image_metadata import (
    ExifFields,
    estimate_jpeg_quality,
    read_exif,
    xmp_rating,
)
from photodedup.core.records import Metadata
from photodedup.core.tiff_tags import TiffTags
from tests.data.make_photos import textured_photo
from tests.data.photo_files import ENCODERS, encode
from tests.data.tiff_writer import ASCII, RATIONAL, SHORT, UNDEFINED, Entry, exif_block

CAMERA_IFD: dict[int, Entry] = {
    0x010F: (ASCII, b"NIKON CORPORATION\x00"),
    0x0110: (ASCII, b"NIKON D750\x00"),
    0x0112: (SHORT, [1]),
    0x0131: (ASCII, b"Ver.1.10 \x00"),
    0x4746: (SHORT, [4]),
}
CAMERA_EXIF: dict[int, Entry] = {
    0x9003: (ASCII, b"2019:07:21 18:05:59\x00"),
    0x9291: (ASCII, b"70\x00"),
    0xA434: (ASCII, b"24.0-70.0 mm f/2.8\x00"),
}
CAMERA_GPS: dict[int, Entry] = {
    1: (ASCII, b"S\x00"),
    2: (RATIONAL, [(33, 1), (51, 1), (3060, 100)]),
    3: (ASCII, b"E\x00"),
    4: (RATIONAL, [(151, 1), (12, 1), (0, 1)]),
}


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_everything_that_is_read(byte_order: str) -> None:
    fields = read_exif(exif_block(CAMERA_IFD, CAMERA_EXIF, CAMERA_GPS, byte_order))
    assert fields == ExifFields(
        captured_at="2019-07-21T18:05:59.700",
        camera="NIKON D750",
        lens="24.0-70.0 mm f/2.8",
        software="Ver.1.10",
        latitude=-(33 + 51 / 60 + 30.6 / 3600),
        longitude=151 + 12 / 60,
        rating=4,
        orientation=1,
    )


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "PSD"])
def test_exif_is_found_in_every_format(format_name: str) -> None:
    block = exif_block(CAMERA_IFD, CAMERA_EXIF)
    if format_name == "TIFF":  # written tag by tag
        exif = Image.Exif()
        exif.load(block)
        target = io.BytesIO()
        Image.fromarray(textured_photo(1, 64, 48)).save(target, "TIFF", exif=exif)
        data = target.getvalue()
    else:
        data = ENCODERS[format_name](textured_photo(1, 64, 48), block)
    metadata = decode_bytes(data, Path("photo"), None).metadata
    assert metadata.has_exif
    assert metadata.captured_at == "2019-07-21T18:05:59.700"
    assert metadata.camera == "NIKON D750"
    assert metadata.rating == 4


def test_a_cr3_keeps_its_directories_in_boxes() -> None:
    def box(name: bytes, tags: dict[int, Entry]) -> bytes:
        body = exif_block(tags)[6:]
        return (len(body) + 8).to_bytes(4, "big") + name + body

    start = b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom"
    boxes = box(b"CMT1", CAMERA_IFD) + box(b"CMT2", CAMERA_EXIF) + box(b"CMT4", CAMERA_GPS)
    assert read_exif(start + boxes) == read_exif(exif_block(CAMERA_IFD, CAMERA_EXIF, CAMERA_GPS))
    assert read_exif(start) == ExifFields()


def test_a_photo_without_exif_says_nothing() -> None:
    metadata = decode_bytes(encode(textured_photo(1, 64, 48), "PNG"), Path("photo"), None).metadata
    assert metadata == Metadata()


@pytest.mark.parametrize(
    ("taken", "fraction", "expected"),
    [
        (b"2019:07:21 18:05:59\x00", b"5\x00", "2019-07-21T18:05:59.500"),
        (b"2019:07:21 18:05:59\x00", b"05\x00", "2019-07-21T18:05:59.050"),
        (b"2019:07:21 18:05:59\x00", b"123456\x00", "2019-07-21T18:05:59.123"),
        (b"2019:07:21 18:05:59\x00", b"  \x00", "2019-07-21T18:05:59"),
        (b"2019:07:21 18:05:59\x00", b"", "2019-07-21T18:05:59"),
        (b"0000:00:00 00:00:00\x00", b"5\x00", None),
        (b"2019:06:31 10:00:00\x00", b"", None),
        (b"    :  :     :  :  \x00", b"", None),
        (b"yesterday\x00", b"", None),
        (b"\xff\xfe\x00", b"", None),
    ],
)
def test_capture_times(taken: bytes, fraction: bytes, expected: str | None) -> None:
    tags: dict[int, Entry] = {0x9003: (ASCII, taken)}
    if fraction:
        tags[0x9291] = (ASCII, fraction)
    fields = read_exif(exif_block({}, tags))
    assert fields is not None
    assert fields.captured_at == expected


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        (b"Canon\x00", b"Canon EOS R5\x00", "Canon EOS R5"),
        (b"SONY\x00", b"ILCE-7M3\x00", "SONY ILCE-7M3"),
        (b"Apple\x00", b"", "Apple"),
        (b"", b"Pixel 7\x00", "Pixel 7"),
        (b"\x00\x00\x00\x00\x00", b"\x00", None),
        (b"a\nb\x1b[31mc\x00", b"d\x00", "a b [31mc d"),
        (b"x" * 5000, b"", "x" * 200),
    ],
)
def test_camera_names(make: bytes, model: bytes, expected: str | None) -> None:
    tags: dict[int, Entry] = {}
    if make:
        tags[0x010F] = (ASCII, make)
    if model:
        tags[0x0110] = (ASCII, model)
    fields = read_exif(exif_block(tags))
    assert fields is not None
    assert fields.camera == expected


@pytest.mark.parametrize(
    "gps",
    [
        {1: (ASCII, b"N\x00"), 2: (RATIONAL, [(91, 1), (0, 1), (0, 1)])},
        {1: (ASCII, b"N\x00"), 2: (RATIONAL, [(45, 0), (0, 0), (0, 0)])},
        {2: (ASCII, b"45 degrees\x00")},
        {2: (RATIONAL, [(45, 1)] * 9)},
    ],
)
def test_positions_that_make_no_sense_are_left_out(gps: dict[int, Entry]) -> None:
    whole = gps | {3: (ASCII, b"E\x00"), 4: (RATIONAL, [(10, 1), (0, 1), (0, 1)])}
    fields = read_exif(exif_block({}, None, whole))
    assert fields is not None
    assert (fields.latitude, fields.longitude) == (None, None)


@pytest.mark.parametrize(("stored", "expected"), [(0, 1), (9, 1), (65535, 1), (8, 8)])
def test_orientations_out_of_range_count_as_none(stored: int, expected: int) -> None:
    fields = read_exif(exif_block({0x0112: (SHORT, [stored])}))
    assert fields is not None
    assert fields.orientation == expected


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (b'<rdf:Description xmp:Rating="3" xmp:Label="Red"/>', 3),
        (b"<xmp:Rating>5</xmp:Rating>", 5),
        (b"<xmp:Rating>-1</xmp:Rating>", None),
        (b'xmp:Rating="55"', None),
        (b"", None),
    ],
)
def test_xmp_ratings(packet: bytes, expected: int | None) -> None:
    assert xmp_rating(packet) == expected


def test_the_quality_of_a_jpeg_is_recovered() -> None:
    small = textured_photo(1, 32, 32)
    for quality in range(1, 101):
        data = encode(small, "JPEG", quality=quality)
        metadata = decode_bytes(data, Path("photo"), None).metadata
        assert metadata.jpeg_quality == quality


def test_other_tables_are_placed_among_the_standard_ones() -> None:
    assert estimate_jpeg_quality([1] * 64) == 100
    assert estimate_jpeg_quality([255] * 64) == 1
    assert estimate_jpeg_quality([16] * 63) is None


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize(
    "block",
    [
        b"Exif\x00\x00II*\x00\xff\xff\xff\xff",
        b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff" + b"\xff" * 40,
        exif_block(CAMERA_IFD, CAMERA_EXIF)[:60],
        exif_block({0x8769: (SHORT, [8])}),  # a directory that leads to itself
    ],
)
def test_malformed_exif_never_fails_the_photo(format_name: str, block: bytes) -> None:
    rgb = textured_photo(1, 64, 48)
    good = ENCODERS[format_name](rgb, exif_block(CAMERA_IFD, CAMERA_EXIF))
    start, bad = good.index(b"II*\x00"), block[6:66]
    data = good[:start] + bad + good[start + len(bad) :]
    decoded = decode_bytes(data, Path("photo"), None)
    assert decoded.rgb.shape == (48, 64, 3)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_without_an_error(block: bytes) -> None:
    read_exif(block)
    read_exif(b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + block)
    xmp_rating(block)


WHOLE = exif_block(CAMERA_IFD, CAMERA_EXIF | {0x927C: (UNDEFINED, b"maker's note")}, CAMERA_GPS)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=8))
@settings(max_examples=300, deadline=None)
def test_damaged_exif_is_read_without_an_error(changes: list[tuple[int, int]]) -> None:
    block = bytearray(WHOLE)
    for place, value in changes:
        block[place] = value
    fields = read_exif(bytes(block))
    if fields is not None:
        assert 1 <= fields.orientation <= 8
        assert fields.latitude is None or abs(fields.latitude) <= 90
        assert fields.rating is None or 0 <= fields.rating <= 5


def test_rationals_over_zero_and_counts_beyond_the_file() -> None:
    block = exif_block({1: (RATIONAL, [(1, 0)]), 2: (RATIONAL, [(1, 2), (3, 4)])})[6:]
    tags = TiffTags.parse(block)
    assert tags is not None
    ifd = tags.read_ifd(tags.first_ifd, {1, 2})
    assert isinstance(ifd[1][0], float)
    assert math.isnan(ifd[1][0])
    assert ifd[2] == (0.5, 0.75)
    entry = tags.first_ifd + 2 + 12
    longer = block[: entry + 4] + b"\xff\xff\xff\x7f" + block[entry + 8 :]
    damaged = TiffTags.parse(longer)
    assert damaged is not None
    assert 2 not in damaged.read_ifd(damaged.first_ifd, {1, 2})
