import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from photodedup.core.colour import flatten, has_transparency, to_srgb
from photodedup.core.decode import DecodedPhoto, decode_bytes
from tests.data.make_photos import textured_photo
from tests.data.tiff_writer import turned_primaries_profile

RGB = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def rgb() -> RGB:
    return textured_photo(5, 160, 120)


@pytest.fixture(scope="module")
def gray(rgb: RGB) -> RGB:
    return np.asarray(Image.fromarray(rgb).convert("L"))


def saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format_name, **options)
    return target.getvalue()


def decoded(image: Image.Image, format_name: str, **options: object) -> DecodedPhoto:
    return decode_bytes(saved(image, format_name, **options), Path("photo"), None)


def assert_close(actual: RGB, expected: RGB, mean: float = 0.0) -> None:
    assert actual.shape == expected.shape
    assert np.abs(actual.astype(int) - expected).mean() <= mean


def as_rgb(gray: RGB) -> RGB:
    return np.repeat(gray[..., None], 3, axis=2)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "JPEG", "WEBP", "GIF", "BMP"])
def test_gray(format_name: str, gray: RGB) -> None:
    assert_close(decoded(Image.fromarray(gray), format_name).rgb, as_rgb(gray), 7)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "GIF", "BMP"])
def test_black_and_white(format_name: str, gray: RGB) -> None:
    image = Image.fromarray(gray).convert("1")
    expected = as_rgb(np.asarray(image).astype(np.uint8) * 255)
    assert_close(decoded(image, format_name).rgb, expected)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("colours", [2, 16, 256])
def test_palette(format_name: str, colours: int, rgb: RGB) -> None:
    image = Image.fromarray(rgb).quantize(colours)
    photo = decoded(image, format_name)
    assert_close(photo.rgb, np.asarray(image.convert("RGB")))
    assert not photo.metadata.has_alpha


@pytest.mark.parametrize("format_name", ["JPEG", "TIFF"])
def test_ink(format_name: str, rgb: RGB) -> None:
    image = Image.fromarray(rgb).convert("CMYK")
    assert_close(decoded(image, format_name).rgb, rgb, 7)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_sixteen_bit_gray_is_scaled_not_cut(format_name: str, gray: RGB) -> None:
    deep = Image.fromarray(gray.astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    assert_close(decoded(deep, format_name).rgb, as_rgb(gray))


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_colour(extension: str, channels: int, rgb: RGB) -> None:
    deep = rgb[..., ::-1].astype(np.uint16) * 257
    if channels == 1:
        deep = deep[..., 0]
    if channels == 4:
        deep = np.dstack([deep, np.full(rgb.shape[:2], 65535, np.uint16)])
    written, data = cv2.imencode(extension, deep)
    assert written
    expected = as_rgb(rgb[..., 2]) if channels == 1 else rgb
    photo = decode_bytes(data.tobytes(), Path("photo"), None)
    assert np.abs(photo.rgb.astype(int) - expected).max() <= 1
    assert not photo.metadata.has_alpha  # there is one, but it hides nothing


def test_floating_point_and_32_bits(gray: RGB) -> None:
    assert_close(decoded(Image.fromarray(gray / np.float32(255)), "TIFF").rgb, as_rgb(gray))
    wide = Image.fromarray(gray.astype(np.int32) * 8_421_504)
    assert_close(decoded(wide, "TIFF").rgb, as_rgb(gray), 1)
    broken = gray / np.float32(255)
    broken[0, :3] = [np.nan, np.inf, -np.inf]
    assert_close(decoded(Image.fromarray(broken), "TIFF").rgb[1:], as_rgb(gray)[1:])


def test_lab_and_ycbcr_tiff(rgb: RGB) -> None:
    assert_close(decoded(Image.fromarray(rgb).convert("YCbCr"), "TIFF").rgb, rgb, 2)
    lab = ImageCms.profileToProfile(
        Image.fromarray(rgb),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert lab is not None
    assert_close(decoded(lab, "TIFF").rgb, rgb, 3)


def half_transparent(rgb: RGB) -> tuple[Image.Image, RGB]:
    """A photo that fades out to the right, and what it looks like on white."""
    alpha = np.tile(np.linspace(0, 255, rgb.shape[1]).astype(np.uint8), (rgb.shape[0], 1))
    share = alpha[..., None] / 255
    on_white = np.rint(rgb * share + 255 * (1 - share)).astype(np.uint8)
    return Image.fromarray(np.dstack([rgb, alpha])), on_white


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP", "AVIF", "JPEG2000"])
def test_transparency_lies_on_white_and_is_noted(format_name: str, rgb: RGB) -> None:
    image, on_white = half_transparent(rgb)
    options = {"lossless": True} if format_name == "WEBP" else {}
    photo = decoded(image, format_name, **options)
    assert_close(photo.rgb, on_white, 4 if format_name == "AVIF" else 1)
    assert photo.metadata.has_alpha


def test_reduced_transparency_equals_reduction_on_white(rgb: RGB) -> None:
    image, on_white = half_transparent(rgb)
    reduced = decode_bytes(saved(image, "PNG"), Path("photo"), 40).rgb
    assert_close(reduced, np.asarray(Image.fromarray(on_white).reduce(4)), 1)


def test_gray_with_alpha_and_transparent_palettes(rgb: RGB) -> None:
    image, _ = half_transparent(rgb)
    with_alpha = image.convert("LA")
    expected = np.asarray(Image.new("RGB", image.size, "white"))
    ground = Image.fromarray(expected.copy())
    ground.paste(with_alpha.convert("RGBA"), mask=with_alpha.getchannel("A"))
    assert_close(decoded(with_alpha, "PNG").rgb, np.asarray(ground), 1)

    palette = Image.fromarray(rgb).quantize(4)
    for format_name in ("PNG", "GIF"):
        photo = decoded(palette, format_name, transparency=2)
        expected = np.asarray(palette.convert("RGB")).copy()
        expected[np.asarray(palette) == 2] = 255
        assert_close(photo.rgb, expected)
        assert photo.metadata.has_alpha


def test_one_transparent_colour(rgb: RGB) -> None:
    photo = decoded(Image.fromarray(rgb), "PNG", transparency=tuple(int(c) for c in rgb[3, 7]))
    expected = rgb.copy()
    expected[(rgb == rgb[3, 7]).all(axis=2)] = 255
    assert_close(photo.rgb, expected)
    assert photo.metadata.has_alpha


def test_an_opaque_alpha_channel_is_not_transparency(rgb: RGB) -> None:
    assert not has_transparency(Image.fromarray(rgb).convert("RGBA"))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_profile_is_converted_to_srgb(format_name: str, rgb: RGB) -> None:
    """The profile calls sRGB's green red, blue green, and red blue."""
    turned = Image.fromarray(np.ascontiguousarray(rgb[..., [1, 2, 0]]))
    options = {} if format_name in ("PNG", "TIFF") else {"quality": 95}
    photo = decoded(turned, format_name, icc_profile=turned_primaries_profile(), **options)
    assert_close(photo.rgb, rgb, 8)  # its gamma is 2.2, not quite sRGB's curve


def test_an_srgb_profile_changes_nothing(rgb: RGB) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_close(decoded(Image.fromarray(rgb), "PNG", icc_profile=profile).rgb, rgb)


@pytest.mark.parametrize("profile", [b"nonsense", turned_primaries_profile()[:200], b"\x00" * 5000])
def test_a_broken_profile_is_left_aside(profile: bytes, rgb: RGB) -> None:
    photo = decoded(Image.fromarray(rgb), "PNG", icc_profile=profile)
    assert_close(photo.rgb, rgb)
    assert photo.damage is None


def test_a_profile_for_other_channels_is_left_aside(gray: RGB) -> None:
    profile = turned_primaries_profile()
    assert_close(decoded(Image.fromarray(gray), "PNG", icc_profile=profile).rgb, as_rgb(gray))


def test_plain_photos_are_not_copied(rgb: RGB) -> None:
    image = Image.fromarray(rgb)
    assert to_srgb(flatten(image), None) is image
