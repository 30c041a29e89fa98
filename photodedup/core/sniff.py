"""What a file holds, told from its first bytes; its name is asked where those leave a choice."""

import os
from pathlib import Path

from photodedup.core.scan import RAW_EXTENSIONS
from photodedup.core.tiff_tags import TiffTags

_SIGNATURES = (  # offset, bytes, format (Pillow's name)
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    (8, b"WEBP", "WEBP"),
    (0, b"8BPS\x00\x01", "PSD"),
    (0, b"8BPS\x00\x02", "PSB"),
    (0, b"\xff\x0a", "JXL"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JXL"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG2000"),
    (0, b"FUJIFILMCCD-RAW", "RAF"),
    (0, b"FOVb", "X3F"),
    (0, b"\x00MRM", "MRW"),
    (6, b"HEAPCCDR", "CRW"),
    (0, b"IIRO", "ORF"),
    (0, b"IIRS", "ORF"),
    (0, b"MMOR", "ORF"),
    (0, b"IIU\x00", "RW2"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),  # BigTIFF
    (0, b"MM\x00+", "TIFF"),
)
_FOREIGN = (
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"<?xml", "an XML text"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (8, b"AVI ", "a video"),
    (4, b"ftyp", "a video"),
    (0, b"\x00\x05\x16\x07", "a note of macOS about another file"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"}
_RAW_PHOTOMETRIC = {32803, 34892}  # colour filter array, linear raw
_RAW_FORMATS = frozenset({"RAW", "RAF", "X3F", "MRW", "CRW", "ORF", "RW2", "CR3"})
_TAG_PHOTOMETRIC, _TAG_SUB_IFDS, _TAG_DNG_VERSION = 262, 330, 50706


def sniff(data: bytes, path: Path) -> str | None:
    """The format's name, None if the bytes start no photo.

    Pillow's names ("JPEG", "HEIF", ...), "JXL", "PSB", and for camera RAW the kind's extension in
    capitals ("NEF", "DNG", "CR3", ...).
    """
    if data[4:8] == b"ftyp":
        return _iso_format(data)
    if data[:4] == b"RIFF" and data[8:12] != b"WEBP":
        return None
    for offset, signature, name in _SIGNATURES:
        if data.startswith(signature, offset):
            if name == "TIFF":
                return _raw_kind(data, path) or name
            return name
    return None


def is_raw(format_name: str) -> bool:
    """Whether it is a kind of camera RAW."""
    return format_name in _RAW_FORMATS or f".{format_name.lower()}" in RAW_EXTENSIONS


def describe_foreign(data: bytes) -> str:
    """What bytes that start no photo seem to be, for a message."""
    for offset, signature, name in _FOREIGN:
        if data[offset : offset + len(signature)].lower() == signature.lower():
            return name
    if not any(data[:4096]):
        return "zero bytes only"
    is_text = all(byte >= 32 or byte in b"\t\r\n\f" for byte in data[:1024])
    return "text" if is_text else "data of another kind"


def _iso_format(data: bytes) -> str | None:
    """Tell the kinds of ISO base media files by their brands."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    major = data[8:12]
    brands = {major} | {data[at : at + 4] for at in range(16, size, 4)}
    if major == b"crx ":
        return "CR3"
    if major in _AVIF_BRANDS:
        return "AVIF"
    if major in _HEIF_BRANDS:  # mif1 says only "an image": what it is coded in comes after
        return "AVIF" if brands & _AVIF_BRANDS and b"heic" not in brands else "HEIF"
    return None


def _raw_kind(data: bytes, path: Path) -> str | None:
    """Tell camera RAW from a picture in a TIFF container; None: a picture.

    Most RAW kinds are TIFF files whose first picture is a small preview. They are known by the
    tag of sensor data, and what even that misses by the name.
    """
    extension = os.path.splitext(path.name)[1].lower()
    named = extension[1:].upper() if extension in RAW_EXTENSIONS else None
    if data[8:10] == b"CR":
        return "CR2"
    tags = TiffTags.parse(data)
    if tags is None:
        return named
    first = tags.read_ifd(tags.first_ifd, {_TAG_PHOTOMETRIC, _TAG_SUB_IFDS, _TAG_DNG_VERSION})
    if _TAG_DNG_VERSION in first:
        return "DNG"
    ifds = [first]
    for offset in first.get(_TAG_SUB_IFDS, ())[:8]:
        if isinstance(offset, int):
            ifds.append(tags.read_ifd(offset, {_TAG_PHOTOMETRIC}))
    if any(ifd.get(_TAG_PHOTOMETRIC, (0,))[0] in _RAW_PHOTOMETRIC for ifd in ifds):
        return named or "RAW"
    return named
