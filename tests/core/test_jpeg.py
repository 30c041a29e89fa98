import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from photodedup.core.decode import DecodedPhoto, decode_bytes
from photodedup.core.errors import PhotoProblem
from tests.data.make_photos import textured_photo
from tests.data.photo_files import encode

RGB = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 800, 600


@pytest.fixture(scope="module")
def rgb() -> RGB:
    return textured_photo(4, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def jpeg(rgb: RGB) -> bytes:
    return encode(rgb, "JPEG")


def decoded(data: bytes, longest_px: int | None = None) -> DecodedPhoto:
    return decode_bytes(data, Path("photo"), longest_px)


def reference(data: bytes, factor: int) -> RGB:
    """What Pillow gives at 1 / factor."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (WIDTH // factor, HEIGHT // factor))
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize(
    ("longest_px", "factor"),
    [(None, 1), (800, 1), (401, 1), (400, 2), (201, 2), (200, 4), (100, 8)],
)
@pytest.mark.parametrize("options", [{}, {"subsampling": "4:4:4"}, {"progressive": True}])
def test_reduced_scale_is_that_of_libjpeg(
    longest_px: int | None, factor: int, options: dict[str, object], rgb: RGB
) -> None:
    data = encode(rgb, "JPEG", b"", **options)
    photo = decoded(data, longest_px)
    assert np.array_equal(photo.rgb, reference(data, factor))
    assert photo.damage is None


def test_sizes_that_are_no_multiple_of_eight() -> None:
    for width, height in [(801, 601), (807, 3), (1, 1), (9, 1000)]:
        data = encode(textured_photo(1, width, height), "JPEG")
        for longest_px in (1, 50, 101, 400):
            photo = decoded(data, longest_px)
            assert max(photo.rgb.shape) >= min(longest_px, width, height)
            assert (photo.width, photo.height) == (width, height)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_breaks_off_is_read_up_to_there(
    share: float, progressive: bool, rgb: RGB
) -> None:
    data = encode(rgb, "JPEG", progressive=progressive)
    photo = decoded(data[: int(len(data) * share)])
    assert photo.damage == "Premature end of JPEG file"
    assert photo.rgb.shape == rgb.shape
    rows = slice(None) if progressive else slice(int(HEIGHT * share * 0.6))
    coarse = [
        np.asarray(Image.fromarray(np.ascontiguousarray(image[rows])).reduce(8), float)
        for image in (photo.rgb, rgb)
    ]
    assert np.abs(coarse[0] - coarse[1]).mean() < 6


def test_lost_data_in_the_middle_is_noticed(jpeg: bytes) -> None:
    """Pillow reads such a file without a word."""
    middle = len(jpeg) // 2
    assert decoded(jpeg[:middle] + jpeg[middle + 4000 :]).damage is not None


def test_a_few_bytes_of_padding_are_no_damage(jpeg: bytes) -> None:
    padded = jpeg[:-2] + b"\x00" * 7 + jpeg[-2:]
    assert decoded(padded).damage is None
    assert decoded(jpeg[:-2] + b"\x00" * 700 + jpeg[-2:]).damage is not None


def test_what_follows_the_end_is_no_damage(jpeg: bytes) -> None:
    """Motion photos append a video."""
    assert decoded(jpeg + b"\x00\x00\x00\x18ftypmp42" * 999).damage is None


def test_a_missing_end_marker_is_damage_but_loses_nothing(jpeg: bytes) -> None:
    photo = decoded(jpeg[:-2])
    assert photo.damage == "Premature end of JPEG file"
    assert np.array_equal(photo.rgb, decoded(jpeg).rgb)


def test_a_broken_header_segment_does_not_lose_the_pixels(jpeg: bytes) -> None:
    """An application segment whose length Pillow chokes on."""
    broken = jpeg[:2] + b"\xff\xe1\x00\x08Exif\x00\x00" + b"\xff\xe2\x00\x0cICC_PROFILE" + jpeg[2:]
    photo = decoded(broken)
    assert photo.rgb.shape == (HEIGHT, WIDTH, 3)


def test_nothing_but_a_header_is_undecodable(jpeg: bytes) -> None:
    start_of_scan = jpeg.index(b"\xff\xda")
    for data in (jpeg[:start_of_scan], jpeg[:200], b"\xff\xd8\xff\xd9", b"\xff\xd8\xff"):
        with pytest.raises(PhotoProblem, match="could not be read as JPEG"):
            decoded(data)


def test_truncated_ink_is_read_in_part() -> None:
    target = io.BytesIO()
    Image.fromarray(textured_photo(1, 400, 300)).convert("CMYK").save(target, "JPEG", quality=90)
    whole = target.getvalue()
    photo = decoded(whole[: len(whole) // 2])
    assert photo.damage is not None
    assert np.abs(photo.rgb[:100].astype(int) - decoded(whole).rgb[:100]).mean() < 3
