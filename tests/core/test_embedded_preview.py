"""The preview in a file is found, turned and cut as the photo is, and refused where it may lie."""

import functools
import io
import os
import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from photodedup.core.decode import decode_embedded_preview, decode_photo
from photodedup.core.embedded_preview import NoPreview, open_embedded_preview
from photodedup.core.records import PhotoFile
from tests.data.make_photos import textured_photo
from tests.data.mutate import mutated
from tests.data.preview_writer import (
    FULL_HD_PREVIEW,
    VGA_PREVIEW,
    jpeg_bytes,
    thumbnail_of,
    with_previews,
    with_segment,
    with_thumbnail,
)
from tests.data.tiff_writer import ASCII, LONG, SHORT, exif_block, orientation_block

PHOTO = Image.fromarray(textured_photo(1, 900, 600))
OTHER = Image.fromarray(textured_photo(2, 900, 600))
JPEG = jpeg_bytes(PHOTO, 90)


def file_of(path: Path, data: bytes) -> PhotoFile:
    path.write_bytes(data)
    info = os.stat(path)
    return PhotoFile(path, info.st_size, info.st_mtime_ns, info.st_dev, info.st_ino)


def preview_of(data: bytes, folder: Path) -> np.ndarray:
    return decode_embedded_preview(file_of(folder / "photo.jpg", data))


def assert_shows(preview: np.ndarray, photo: Image.Image) -> None:
    height, width = preview.shape[:2]
    expected = np.asarray(photo.resize((width, height), Image.Resampling.BOX), np.float32)
    assert abs(width / height / (photo.width / photo.height) - 1) < 0.05
    assert np.abs(preview.astype(np.float32) - expected).mean() < 20  # two photos: 67


@functools.cache
def heic(*thumbnails: int, exif: bytes = b"") -> bytes:
    target = io.BytesIO()
    photo = pillow_heif.from_pillow(PHOTO.resize((480, 320)))
    photo.save(target, quality=80, thumbnails=list(thumbnails), exif=exif or None)
    return target.getvalue()


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        return data


def test_the_thumbnail_of_exif_is_taken(tmp_path: Path) -> None:
    preview = preview_of(with_thumbnail(JPEG, thumbnail_of(PHOTO)), tmp_path)
    assert preview.shape == (107, 160, 3)
    assert_shows(preview, PHOTO)


def test_most_of_the_file_is_not_read() -> None:
    file = Counting(with_thumbnail(jpeg_bytes(PHOTO, 98), thumbnail_of(PHOTO)))
    open_embedded_preview(file, "JPEG")
    assert file.bytes_read < len(file.getvalue()) / 5


def test_it_is_turned_as_the_photo_is(tmp_path: Path) -> None:
    data = with_thumbnail(JPEG, thumbnail_of(PHOTO), ifd={0x0112: (SHORT, [6])})
    preview = preview_of(data, tmp_path)
    assert preview.shape == (160, 107, 3)
    assert_shows(preview, Image.fromarray(decode_photo(tmp_path / "photo.jpg", None).rgb))


@pytest.mark.parametrize("upright", [False, True])
def test_bars_that_fill_it_up_are_cut_off(tmp_path: Path, upright: bool) -> None:
    photo = PHOTO.transpose(Image.Transpose.ROTATE_90) if upright else PHOTO
    data = with_thumbnail(jpeg_bytes(photo, 90), thumbnail_of(photo, letterboxed=True))
    assert_shows(preview_of(data, tmp_path), photo)


def test_previews_of_mpf_are_found_behind_the_photo(tmp_path: Path) -> None:
    large = jpeg_bytes(OTHER.resize((1800, 1200)))
    small = jpeg_bytes(PHOTO.resize((640, 427)))
    data = with_previews(JPEG, [(FULL_HD_PREVIEW, large), (VGA_PREVIEW, small)])
    assert_shows(preview_of(data, tmp_path), PHOTO)  # the smaller one
    data = with_previews(JPEG, [(0, small), (FULL_HD_PREVIEW, large)])
    assert_shows(preview_of(data, tmp_path), OTHER)  # 0: a map of brightness, or anything


def test_mpf_stands_in_where_the_thumbnail_is_small(tmp_path: Path) -> None:
    tiny = jpeg_bytes(OTHER.resize((60, 40)))
    data = with_previews(with_thumbnail(JPEG, tiny), [(VGA_PREVIEW, thumbnail_of(PHOTO))])
    assert_shows(preview_of(data, tmp_path), PHOTO)


@pytest.mark.parametrize("orientation", [1, 6])
def test_thumbnails_of_heic_are_turned_as_the_photo_is(tmp_path: Path, orientation: int) -> None:
    data = heic(320, exif=orientation_block(orientation))
    preview = preview_of(data, tmp_path)
    assert max(preview.shape) == 320
    whole = decode_photo(tmp_path / "photo.jpg", None).rgb
    assert (preview.shape[0] > preview.shape[1]) == (whole.shape[0] > whole.shape[1])
    assert_shows(preview, Image.fromarray(whole))


def test_of_heic_only_the_beginning_and_the_thumbnail_are_read() -> None:
    file = Counting(heic(160))
    open_embedded_preview(file, "HEIF")
    assert file.bytes_read < len(file.getvalue()) / 3


def test_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPreview, match="shape"):
        preview_of(with_thumbnail(JPEG, thumbnail_of(PHOTO.crop((0, 0, 600, 600)))), tmp_path)
    standing = PHOTO.transpose(Image.Transpose.ROTATE_90)
    with pytest.raises(NoPreview, match="shape"):
        preview_of(with_thumbnail(JPEG, thumbnail_of(standing)), tmp_path)


def test_what_an_editor_wrote_is_refused(tmp_path: Path) -> None:
    ifd = {0x0131: (ASCII, b"Adobe Photoshop Lightroom Classic 12.0\x00")}
    with pytest.raises(NoPreview, match="editor"):
        preview_of(with_thumbnail(JPEG, thumbnail_of(PHOTO), ifd=ifd), tmp_path)
    with pytest.raises(NoPreview, match="editor"):
        preview_of(heic(160, exif=exif_block(ifd)), tmp_path)


@pytest.mark.parametrize(("said", "is_refused"), [((1800, 1200), True), ((600, 900), False)])
def test_sizes_in_exif_must_be_those_of_the_pixels(
    tmp_path: Path, said: tuple[int, int], is_refused: bool
) -> None:
    exif = {0xA002: (LONG, [said[0]]), 0xA003: (LONG, [said[1]])}
    data = with_thumbnail(JPEG, thumbnail_of(PHOTO), exif=exif)
    if is_refused:
        with pytest.raises(NoPreview, match="size"):
            preview_of(data, tmp_path)
    else:  # some phones swap width and height
        assert_shows(preview_of(data, tmp_path), PHOTO)


def broken_block(at: int, size: int) -> bytes:
    """Exif whose second directory tells a place and size of the thumbnail that are not so."""
    block = bytearray(exif_block(thumbnail=thumbnail_of(PHOTO)))
    entry = block.index(struct.pack("<HHI", 0x0201, LONG, 1))
    struct.pack_into("<I", block, entry + 8, at)
    struct.pack_into("<I", block, entry + 20, size)
    return bytes(block)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        JPEG,
        JPEG[:300],
        with_segment(JPEG, 0xE1, broken_block(8, 1 << 31)),
        with_segment(JPEG, 0xE1, broken_block(0xFFFFFFFF, 100)),
        with_segment(JPEG, 0xE1, broken_block(8, 0)),
        with_segment(JPEG, 0xE1, broken_block(8, 900)),  # not the start of a JPEG
        with_segment(JPEG, 0xE1, exif_block(thumbnail=thumbnail_of(PHOTO))[:400]),
        with_thumbnail(JPEG, thumbnail_of(PHOTO)[:1500]),  # cut off
        with_thumbnail(JPEG, b"no picture at all"),
        with_thumbnail(JPEG, jpeg_bytes(PHOTO.resize((30, 20)))),
        with_previews(JPEG, [(VGA_PREVIEW, thumbnail_of(PHOTO))])[:-500],
        with_segment(JPEG, 0xE2, b"MPF\x00II*\x00\x08\x00\x00\x00\xff\xff"),
        heic(),
        heic(160)[:2000],
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\xff" * 400,
    ],
)
def test_without_a_sound_preview_there_is_none(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(NoPreview):
        preview_of(data, tmp_path)


def test_gigantic_previews_are_refused(tmp_path: Path) -> None:
    gigantic = bytearray(jpeg_bytes(PHOTO.resize((600, 400))))
    frame = gigantic.index(b"\xff\xc0")
    gigantic[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(NoPreview):
        preview_of(with_previews(JPEG, [(VGA_PREVIEW, bytes(gigantic))]), tmp_path)


def test_other_formats_and_files_that_changed_have_none(tmp_path: Path) -> None:
    png = io.BytesIO()
    PHOTO.save(png, "PNG")
    with pytest.raises(NoPreview, match="PNG"):
        preview_of(png.getvalue(), tmp_path)
    file = file_of(tmp_path / "photo.jpg", with_thumbnail(JPEG, thumbnail_of(PHOTO)))
    file.path.write_bytes(with_thumbnail(JPEG, thumbnail_of(OTHER)) + b"\x00")
    with pytest.raises(NoPreview, match="changed"):
        decode_embedded_preview(file)
    file.path.unlink()
    with pytest.raises(NoPreview, match="cannot be read"):
        decode_embedded_preview(file)


@pytest.mark.parametrize(
    "data",
    [
        with_thumbnail(JPEG, thumbnail_of(PHOTO))[:9000],
        with_previews(JPEG, [(VGA_PREVIEW, thumbnail_of(PHOTO))]),
        heic(160),
    ],
)
def test_any_damage_is_read_or_refused(data: bytes, tmp_path: Path) -> None:
    beginning, rest = data[:1500], data[1500:]  # what is looked at stands there, or behind
    refused = 0
    for seed in range(120):
        file = file_of(tmp_path / "photo.jpg", mutated(beginning, seed)[1] + rest)
        try:
            assert min(decode_embedded_preview(file).shape[:2]) > 0
        except NoPreview:
            refused += 1
    assert 0 < refused < 120
