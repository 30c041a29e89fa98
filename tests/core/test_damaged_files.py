"""Broken files of every format: read as far as possible, or refused with a reason; never more."""

import contextlib
import struct
import sys
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from photodedup.core.decode import Limits, decode_bytes
from photodedup.core.errors import PhotoProblem
from photodedup.core.prepare import PreparedPhoto
from photodedup.core.records import Problem, ProblemCode
from photodedup.core.scan import find_photos
from photodedup.core.workers import PhotoReader
from tests.data.make_photos import textured_photo
from tests.data.mutate import KINDS, mutated
from tests.data.photo_files import ENCODERS, EXTENSIONS, encode
from tests.data.tiff_writer import exif_block

MUTATED = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF", "AVIF")
MUTATIONS = 300


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "GIF", "BMP", "PSD"])
@pytest.mark.parametrize("share", [0.4, 0.8])
def test_what_can_be_read_in_part_is(format_name: str, share: float) -> None:
    rgb = textured_photo(6, 320, 240)
    whole = encode(rgb, "GIF", interlace=0) if format_name == "GIF" else b""
    data = whole or ENCODERS[format_name](rgb, b"")
    decoded = decode_bytes(data[: int(len(data) * share)], Path("photo"), None)
    assert decoded.damage
    assert decoded.rgb.shape == rgb.shape
    rows = slice(200, 230) if format_name == "BMP" else slice(0, 60)  # BMP begins at the bottom
    channel = 0 if format_name == "PSD" else slice(None)  # plane by plane
    read, expected = decoded.rgb[rows, :, channel].astype(int), rgb[rows, :, channel]
    assert np.abs(read - expected).mean() < (8 if format_name == "GIF" else 1)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_compressed_tiff_in_part(compression: str) -> None:
    rgb = textured_photo(6, 320, 240)
    data = bytearray(encode(rgb, "TIFF", compression=compression))
    data[len(data) // 2 : len(data) // 2 + 500] = bytes(500)
    with contextlib.suppress(PhotoProblem):
        decoded = decode_bytes(bytes(data), Path("photo"), None)
        assert decoded.rgb.shape == rgb.shape


def png_with(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    """A PNG with an extra chunk after its header."""
    data = encode(textured_photo(6, 64, 48), "PNG")
    crc = zlib.crc32(kind + body) if checksum is None else checksum
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize(
    "data",
    [
        png_with(b"tEXt", b"Comment\x00hello", checksum=1),
        png_with(b"iCCP", b"name\x00\x00" + b"not deflated"),
        png_with(b"zTXt", b"bomb\x00\x00" + zlib.compress(bytes(200_000_000), 9)),
        png_with(b"gAMA", b"\x01"),
        png_with(b"acTL", b""),
    ],
    ids=["checksum", "profile", "text bomb", "short gamma", "animation"],
)
def test_broken_extras_of_a_png_do_not_cost_the_photo(data: bytes) -> None:
    decoded = decode_bytes(data, Path("photo"), None)
    assert np.array_equal(decoded.rgb, textured_photo(6, 64, 48))


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "GIF", "BMP", "WEBP", "JPEG", "PSD"])
def test_huge_declared_sizes_cost_no_memory(format_name: str) -> None:
    """65,000 pixels wide or high, told by a small file."""
    data = bytearray(ENCODERS[format_name](textured_photo(6, 300, 200), b""))
    for order in ("<", ">"):
        for kind in ("H", "I"):
            for side in (300, 200):
                place = data.find(struct.pack(order + kind, side), 0, 2000)
                if place >= 0:
                    data[place : place + struct.calcsize(kind)] = struct.pack(order + kind, 65000)
    limits = Limits(max_pixels=1_000_000, max_whole_pixels=1_000_000)
    with contextlib.suppress(PhotoProblem):  # else the size stands elsewhere too, and that counts
        decoded = decode_bytes(bytes(data), Path("photo"), 400, limits)
        assert decoded.width * decoded.height <= 1_000_000


def corpus(folder: Path, count: int) -> None:
    """Damaged photos of seven formats, and one sound photo for every ten of them."""
    block = exif_block({0x010F: (2, b"Seeded\x00")}, {0x9003: (2, b"2020:02:02 02:02:02\x00")})
    whole = {name: ENCODERS[name](textured_photo(7, 160, 120), block) for name in MUTATED}
    for seed in range(count):
        name = MUTATED[seed % len(MUTATED)]
        kind, data = mutated(whole[name], seed // len(MUTATED))
        (folder / f"{seed:04}-{kind}{EXTENSIONS[name]}").write_bytes(data)
        if seed % 10 == 0:
            (folder / f"{seed:04}-sound{EXTENSIONS[name]}").write_bytes(whole[name])


def test_every_damaged_file_ends_as_a_photo_or_a_problem(tmp_path: Path) -> None:
    corpus(tmp_path, MUTATIONS)
    files = list(find_photos([tmp_path], [], lambda problem: None))
    assert len(files) == MUTATIONS * 11 // 10
    assert {file.path.stem.split("-")[1] for file in files} == {*KINDS, "sound"}
    outcomes = {}
    with PhotoReader(2, 64, timeout_s=30) as reader:
        for outcome in reader.prepare(files):
            path = outcome.path if isinstance(outcome, Problem) else outcome.photo.path
            assert path not in outcomes
            outcomes[path] = outcome
    assert len(outcomes) == len(files)
    codes: Counter[ProblemCode] = Counter()
    for path, outcome in outcomes.items():
        if isinstance(outcome, PreparedPhoto):
            assert outcome.photo.damaged == (outcome.damage is not None)
            assert outcome.network_input.shape == (64, 64, 3)
        else:
            codes[outcome.code] += 1
            assert outcome.reason
            assert outcome.reason.isprintable()
        if "sound" in path.name:
            assert isinstance(outcome, PreparedPhoto)
            assert outcome.damage is None
    assert set(codes) <= {ProblemCode.UNDECODABLE, ProblemCode.NOT_A_PHOTO, ProblemCode.TOO_LARGE}
    assert codes[ProblemCode.UNDECODABLE] > MUTATIONS / 10  # the damage is real
    if sys.platform == "linux":
        import resource

        largest_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        assert largest_kib < 2 * 1024 * 1024
