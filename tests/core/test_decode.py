import functools
import io
import os
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from photodedup.core.decode import DecodedPhoto, Limits, decode_bytes, decode_photo, read_photo
from photodedup.core.errors import PhotoProblem
from photodedup.core.records import ProblemCode
from tests.data.make_photos import textured_photo
from tests.data.photo_files import ENCODERS, ORIENTED, STORED, encode
from tests.data.tiff_writer import dng_bytes, orientation_block

NAME = Path("photo")
LOSSLESS = {"PNG", "TIFF", "BMP", "PSD", "JPEG2000"}
TOLERANCE = {"GIF": 6.0, "JXL": 6.0}  # mean of 0 to 255; GIF: 256 colours, dithered
ORIENTATIONS = [
    (name, orientation)
    for name in ORIENTED
    for orientation in ((1, 3, 6, 8) if name == "DNG" else range(1, 9))  # cameras do not mirror
]


@functools.cache
def encoded(format_name: str) -> bytes:
    return ENCODERS[format_name](textured_photo(1, 320, 240), b"")


@pytest.fixture(scope="module")
def rgb() -> npt.NDArray[np.uint8]:
    return textured_photo(1, 320, 240)


def difference(decoded: DecodedPhoto, expected: npt.NDArray[np.uint8]) -> float:
    assert decoded.rgb.shape == expected.shape
    return float(np.abs(decoded.rgb.astype(int) - expected).mean())


@pytest.mark.parametrize("format_name", ENCODERS)
def test_every_format_gives_the_photo(format_name: str, rgb: npt.NDArray[np.uint8]) -> None:
    decoded = decode_bytes(encoded(format_name), NAME, None)
    limit = 0.0 if format_name in LOSSLESS else TOLERANCE.get(format_name, 4.0)
    assert difference(decoded, rgb) <= limit
    assert decoded.rgb.dtype == np.uint8
    assert decoded.rgb.flags.c_contiguous
    assert (decoded.width, decoded.height) == (320, 240)
    assert decoded.format == format_name
    assert decoded.damage is None
    assert decoded.metadata.is_raw == (format_name == "DNG")
    assert not decoded.metadata.is_animated
    assert not decoded.metadata.has_alpha


@pytest.mark.parametrize(("format_name", "orientation"), ORIENTATIONS)
def test_every_orientation_is_turned_upright(
    format_name: str, orientation: int, rgb: npt.NDArray[np.uint8]
) -> None:
    data = ENCODERS[format_name](STORED[orientation](rgb), orientation_block(orientation))
    decoded = decode_bytes(data, NAME, None)
    assert difference(decoded, rgb) <= (0.0 if format_name in LOSSLESS else 6.0)
    assert (decoded.width, decoded.height) == (320, 240)


@pytest.mark.parametrize("format_name", ENCODERS)
@pytest.mark.parametrize("longest_px", [1, 50, 100, 319, 320, 5000])
def test_reduced_photos_keep_what_was_asked_for_and_the_full_size(
    format_name: str, longest_px: int, rgb: npt.NDArray[np.uint8]
) -> None:
    decoded = decode_bytes(encoded(format_name), NAME, longest_px)
    assert (decoded.width, decoded.height) == (320, 240)
    given = max(decoded.rgb.shape[:2])
    assert min(longest_px, 320) <= given <= max(2 * longest_px, 2)
    expected = Image.fromarray(rgb).resize(decoded.rgb.shape[1::-1], Image.Resampling.BOX)
    assert difference(decoded, np.asarray(expected)) < 12


def test_orientation_and_reduction_work_together(rgb: npt.NDArray[np.uint8]) -> None:
    data = encode(STORED[6](rgb), "JPEG", orientation_block(6))
    decoded = decode_bytes(data, NAME, 80)
    assert decoded.rgb.shape == (60, 80, 3)
    assert (decoded.width, decoded.height) == (320, 240)


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_animated_files_give_their_first_frame(
    format_name: str, rgb: npt.NDArray[np.uint8]
) -> None:
    frames = [Image.fromarray(textured_photo(seed, 320, 240)) for seed in (2, 3)]
    data = encode(rgb, format_name, save_all=True, append_images=frames)
    decoded = decode_bytes(data, NAME, None)
    assert decoded.metadata.is_animated
    assert difference(decoded, rgb) < 8


def test_a_jpeg_with_a_second_picture_inside_is_not_animated(rgb: npt.NDArray[np.uint8]) -> None:
    target = io.BytesIO()
    second = Image.fromarray(textured_photo(2, 320, 240))
    Image.fromarray(rgb).save(target, "MPO", save_all=True, append_images=[second])
    decoded = decode_bytes(target.getvalue(), NAME, None)
    assert decoded.format == "JPEG"
    assert not decoded.metadata.is_animated
    assert difference(decoded, rgb) < 8


def test_the_content_counts_not_the_name(tmp_path: Path, rgb: npt.NDArray[np.uint8]) -> None:
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(encode(rgb, "PNG"))
    assert decode_photo(path, None).format == "PNG"


def test_a_tiff_that_is_called_raw_is_read_as_tiff(rgb: npt.NDArray[np.uint8]) -> None:
    decoded = decode_bytes(encode(rgb, "TIFF"), Path("scan.nef"), None)
    assert difference(decoded, rgb) == 0


class TestRaw:
    def test_a_preview_that_is_too_small_is_not_used(self, rgb: npt.NDArray[np.uint8]) -> None:
        thumbnail = textured_photo(9, 64, 48)  # another picture, to tell which was used
        decoded = decode_bytes(dng_bytes(encode(thumbnail, "JPEG"), rgb), NAME, 200)
        assert max(decoded.rgb.shape) >= 200
        assert difference_at_size(decoded, rgb) < 25 < difference_at_size(decoded, thumbnail)

    def test_a_preview_that_is_large_enough_is_used(self, rgb: npt.NDArray[np.uint8]) -> None:
        preview = textured_photo(9, 160, 120)
        decoded = decode_bytes(dng_bytes(encode(preview, "JPEG"), rgb), NAME, 100)
        assert difference_at_size(decoded, preview) < 8
        assert (decoded.width, decoded.height) == (320, 240)

    @pytest.mark.parametrize("orientation", [1, 3, 6, 8])
    def test_without_a_preview_the_sensor_is_developed_upright(
        self, orientation: int, rgb: npt.NDArray[np.uint8]
    ) -> None:
        stored = np.ascontiguousarray(STORED[orientation](rgb))
        decoded = decode_bytes(dng_bytes(None, stored, orientation), NAME, 100)
        assert (decoded.width, decoded.height) == (320, 240)
        assert difference_at_size(decoded, rgb) < 25
        assert decoded.metadata.camera == "Seeded Textured One"

    @pytest.mark.parametrize("longest_px", [100, None])  # reduced by Pillow, and as it comes
    def test_a_sensor_without_colours_gives_gray(
        self, longest_px: int | None, rgb: npt.NDArray[np.uint8]
    ) -> None:
        gray = np.repeat(rgb[..., 1:2], 3, axis=2)
        decoded = decode_bytes(dng_bytes(None, gray, monochrome=True), NAME, longest_px)
        assert np.ptp(decoded.rgb, axis=2).max() == 0
        assert difference_at_size(decoded, gray) < 25


def difference_at_size(decoded: DecodedPhoto, expected: npt.NDArray[np.uint8]) -> float:
    """Mean difference of luminance contrast at 40 x 30, for developments of other brightness."""
    small = [
        np.asarray(Image.fromarray(image).convert("L").resize((40, 30)), float)
        for image in (decoded.rgb, expected)
    ]
    a, b = (64 * (image - image.mean()) / image.std() for image in small)
    return float(np.abs(a - b).mean())


class TestUnreadable:
    def code(self, data: bytes, name: str = "photo.jpg", limits: Limits | None = None) -> str:
        with pytest.raises(PhotoProblem) as caught:
            decode_bytes(data, Path(name), 400, limits or Limits())
        assert caught.value.reason
        assert caught.value.reason.isprintable()
        assert str(caught.value).startswith(name)
        return caught.value.code.value

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"Dear diary, today ...", "text"),
            (b"\x00" * 5000, "zero bytes"),
            (b"%PDF-1.7 ...", "a PDF document"),
            (b"<!doctype html><p>404", "a web page"),
            (b"\x00\x00\x00\x18ftypmp42isom", "a video"),
            (b"RIFF\x10\x00\x00\x00AVI LIST", "a video"),
            (b"\x00\x01\xfe\xdc" * 100, "data of another kind"),
        ],
    )
    def test_what_is_no_photo_is_named(self, data: bytes, said: str) -> None:
        with pytest.raises(PhotoProblem, match=f"not a photo: it holds {said}") as caught:
            decode_bytes(data, Path("photo.jpg"), 400)
        assert caught.value.code is ProblemCode.NOT_A_PHOTO

    @pytest.mark.parametrize("format_name", ENCODERS)
    def test_a_photo_cut_off_after_its_first_bytes_is_undecodable(self, format_name: str) -> None:
        data = ENCODERS[format_name](textured_photo(1, 64, 48), b"")
        assert self.code(data[:20]) in ("undecodable", "not_a_photo", "unsupported")

    def test_a_large_photoshop_file_is_unsupported(self) -> None:
        assert self.code(b"8BPS\x00\x02" + b"\x00" * 100) == "unsupported"

    @pytest.mark.parametrize(
        ("format_name", "module", "library"),
        [
            ("JXL", "pylibjxl", "pylibjxl"),
            ("HEIF", "pillow_heif", "pillow-heif"),
            ("DNG", "rawpy", "rawpy"),
        ],
    )
    def test_a_missing_library_is_named(
        self, format_name: str, module: str, library: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = ENCODERS[format_name](textured_photo(1, 64, 48), b"")
        monkeypatch.setitem(sys.modules, module, None)  # import then fails
        with pytest.raises(PhotoProblem, match=f"needs {library}") as caught:
            decode_bytes(data, NAME, 400)
        assert caught.value.code is ProblemCode.UNSUPPORTED

    def test_an_enormous_png_is_refused_at_once(self) -> None:
        ihdr = (30_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
        data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", ihdr) + png_chunk(b"IDAT", b"")
        assert self.code(data) == "too_large"

    @pytest.mark.parametrize("format_name", ENCODERS)
    def test_limits_hold_for_every_format(self, format_name: str) -> None:
        data = ENCODERS[format_name](textured_photo(1, 64, 48), b"")
        limits = Limits(max_pixels=64 * 48 - 1, max_whole_pixels=64 * 48 - 1)
        assert self.code(data, limits=limits) == "too_large"

    def test_a_progressive_jpeg_counts_as_decoded_whole(self) -> None:
        limits = Limits(max_whole_pixels=64 * 48 - 1)
        rgb = textured_photo(1, 64, 48)
        assert self.code(encode(rgb, "JPEG", progressive=True), limits=limits) == "too_large"
        assert decode_bytes(encode(rgb, "JPEG"), NAME, 400, limits).width == 64


def png_chunk(kind: bytes, body: bytes) -> bytes:
    import zlib

    checksum = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + checksum


class TestReadPhoto:
    def problem(self, path: Path, limits: Limits | None = None) -> ProblemCode:
        with pytest.raises(PhotoProblem) as caught:
            read_photo(path, limits or Limits())
        assert caught.value.path == path
        return caught.value.code

    def test_the_whole_file_is_given(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        path.write_bytes(bytes(range(256)) * 1000)
        assert read_photo(path) == bytes(range(256)) * 1000

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").touch()
        assert self.problem(tmp_path / "a.jpg") is ProblemCode.EMPTY

    def test_a_missing_file_and_a_folder(self, tmp_path: Path) -> None:
        assert self.problem(tmp_path / "gone.jpg") is ProblemCode.FILE_UNREADABLE
        assert self.problem(tmp_path) is ProblemCode.FILE_UNREADABLE

    def test_a_file_over_the_limit(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(b"x" * 101)
        assert self.problem(tmp_path / "a.jpg", Limits(max_bytes=100)) is ProblemCode.TOO_LARGE

    @pytest.mark.skipif(sys.platform != "linux", reason="needs a file that grows: /proc has them")
    def test_a_file_that_is_longer_than_it_said(self) -> None:
        with pytest.raises(PhotoProblem, match="changed while it was read"):
            read_photo(Path("/proc/version"))

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jpg")
        assert self.problem(tmp_path / "pipe.jpg") is ProblemCode.FILE_UNREADABLE

    @pytest.mark.skipif(
        sys.platform == "win32" or os.geteuid() == 0, reason="permissions bind no administrator"
    )
    def test_no_permission(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jpg"
        path.write_bytes(b"x")
        path.chmod(0)
        with pytest.raises(PhotoProblem, match="no permission"):
            read_photo(path)


def test_warnings_of_decoders_are_ignored_in_all_threads_and_restored(
    rgb: npt.NDArray[np.uint8],
) -> None:
    """A palette photo with transparency makes Pillow warn; here a warning is an error."""
    palette = Image.fromarray(rgb).quantize(16)
    target = io.BytesIO()
    palette.save(target, "PNG", transparency=bytes(range(0, 256, 16)))
    failures: list[Exception] = []

    def decode_often() -> None:
        try:
            for _ in range(20):
                decode_bytes(target.getvalue(), NAME, 100)
        except Exception as error:
            failures.append(error)

    before = list(warnings.filters)
    threads = [threading.Thread(target=decode_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(warnings.filters) == before
