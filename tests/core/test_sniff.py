from pathlib import Path

import pytest

from photodedup.core.sniff import describe_foreign, is_raw, sniff
from tests.data.make_photos import textured_photo
from tests.data.photo_files import ENCODERS
from tests.data.tiff_writer import LONG, SHORT, TiffWriter, dng_bytes


@pytest.mark.parametrize("format_name", ENCODERS)
@pytest.mark.parametrize("name", ["photo", "photo.jpg", "photo.txt"])
def test_formats_are_told_by_content(format_name: str, name: str) -> None:
    data = ENCODERS[format_name](textured_photo(1, 32, 24), b"")
    assert sniff(data, Path(name)) == format_name


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + major + b"\x00\x00\x00\x00" + b"".join(compatible)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\x00" * 100


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ftyp(b"heic", b"mif1", b"heic"), "HEIF"),
        (ftyp(b"mif1", b"mif1", b"heic"), "HEIF"),
        (ftyp(b"mif1", b"avif", b"miaf"), "AVIF"),
        (ftyp(b"avis", b"avif"), "AVIF"),
        (ftyp(b"crx ", b"isom"), "CR3"),
        (ftyp(b"isom", b"mp42"), None),
        (ftyp(b"qt  "), None),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"FUJIFILMCCD-RAW 0201", "RAF"),
        (b"IIU\x00\x18\x00\x00\x00", "RW2"),
        (b"IIRO\x08\x00\x00\x00", "ORF"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "CR2"),
        (b"\xff\x0a" + b"\x00" * 20, "JXL"),
        (b"", None),
        (b"I", None),
        (b"II*\x00", "TIFF"),
    ],
)
def test_signatures(data: bytes, expected: str | None) -> None:
    assert sniff(data, Path("photo")) == expected


def tiff_with_sensor_data(in_sub_ifd: bool) -> bytes:
    writer = TiffWriter(">")
    if not in_sub_ifd:
        return writer.finish(writer.add_ifd({262: (SHORT, [32803])}))
    sensor = writer.add_ifd({262: (SHORT, [32803])})
    preview = writer.add_ifd({262: (SHORT, [2])})
    return writer.finish(
        writer.add_ifd({262: (SHORT, [6]), 330: (LONG, [preview, sensor, 0xFFFFFFFF])})
    )


@pytest.mark.parametrize("in_sub_ifd", [False, True])
def test_raw_kinds_that_look_like_tiff(in_sub_ifd: bool) -> None:
    data = tiff_with_sensor_data(in_sub_ifd)
    assert sniff(data, Path("photo.nef")) == "NEF"
    assert sniff(data, Path("photo.ARW")) == "ARW"
    assert sniff(data, Path("photo.tif")) == "RAW"


def test_a_dng_is_known_under_any_name() -> None:
    data = dng_bytes(None, textured_photo(1, 32, 24))
    assert sniff(data, Path("photo.tif")) == "DNG"


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [("NEF", True), ("CR3", True), ("RAW", True), ("TIFF", False), ("JPEG", False)],
)
def test_is_raw(format_name: str, expected: bool) -> None:
    assert is_raw(format_name) == expected


def test_what_is_no_photo_has_a_name() -> None:
    assert describe_foreign(b"PK\x03\x04...") == "a ZIP archive"
    assert describe_foreign(b"plain words\n") == "text"
    assert describe_foreign(b"\x01\x02\x03") == "data of another kind"
