from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.shared_view import share
from photodedup.core.tone import name_tone
from photodedup.core.tone_curve import apply_curve, fit_curve
from tests.core.photo_shelf import jpeg, toned
from tests.data.make_photos import textured_photo

RGB = npt.NDArray[np.uint8]


def _name(a: RGB, b: RGB, scale: float = 1.0) -> str | None:
    view = share(np.eye(3), a, b, 400)
    assert view is not None
    return name_tone(view, scale)


def _gray(rgb: RGB) -> RGB:
    return np.repeat(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))[..., None], 3, axis=2)


def _equalised(rgb: RGB) -> RGB:
    ycc = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), np.uint8)
    ycc[..., 0] = cv2.equalizeHist(np.ascontiguousarray(ycc[..., 0]))
    return np.asarray(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB), np.uint8)


def _narrow(rgb: RGB) -> RGB:
    """A photo whose levels fill the middle only, so that equalising is seen."""
    return (rgb * 0.4 + 80).astype(np.uint8)


EDITS: dict[str, Callable[[RGB], RGB]] = {
    "gray": _gray,
    "sepia": lambda p: (_gray(p) * np.array([1.0, 0.85, 0.6])).astype(np.uint8),
    "brighter": lambda p: toned(lambda v: v**0.6, p),
    "darker": lambda p: toned(lambda v: v * 0.7, p),
    "contrast": lambda p: toned(lambda v: (v - p.mean() / 255) * 1.4 + p.mean() / 255, p),
    "colour": lambda p: np.clip(_gray(p) + 2.0 * (p - _gray(p).astype(float)), 0, 255).astype(
        np.uint8
    ),
    "inverted": lambda p: 255 - p,
    "blurred": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 1.5), np.uint8),
    "sharpened": lambda p: np.clip(
        p + 2.0 * (p - cv2.GaussianBlur(p, (0, 0), 2.0).astype(float)), 0, 255
    ).astype(np.uint8),
}


@pytest.mark.parametrize("name", EDITS)
def test_each_tone_is_named(name: str) -> None:
    photo = (textured_photo(1, 300, 200) * 0.7 + 35).astype(np.uint8)
    assert _name(photo, EDITS[name](photo)) == name


def test_equalising_is_named() -> None:
    photo = _narrow(textured_photo(2, 300, 200))
    assert _name(photo, _equalised(photo)) == "equalised"


@pytest.mark.parametrize("quality", [8, 30, 90])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_compression_is_no_tone(seed: int, quality: int) -> None:
    photo = textured_photo(seed, 300, 200)
    assert _name(photo, jpeg(photo, quality)) is None


def test_a_sticker_is_no_tone() -> None:
    photo = textured_photo(4, 300, 200)
    marked = photo.copy()
    marked[120:, :] = (marked[120:, :] * 0.2).astype(np.uint8)[:, :]
    marked[120:150, :] = photo[120:150, :]
    marked[170:, :] = photo[170:, :]
    assert _name(photo, marked) is None


def test_blur_is_not_told_from_scaling() -> None:
    photo = textured_photo(5, 300, 200)
    assert _name(photo, np.asarray(cv2.GaussianBlur(photo, (0, 0), 3.0)), scale=0.4) is None


def test_curve_follows_the_tone_and_not_the_sticker() -> None:
    before = np.random.default_rng(0).integers(10, 240, 20_000).astype(np.uint8)
    after = (0.5 * before + 40).astype(np.uint8)
    after[:5_000] = 255
    expected = apply_curve(fit_curve(before, after), before)
    assert np.abs(expected[5_000:] - after[5_000:]).max() < 4.0


def test_curve_of_one_level_is_a_shift() -> None:
    level = np.full(100, 50, np.uint8)
    curve = fit_curve(level, level + 30)
    assert apply_curve(curve, np.array([[50, 60]], np.uint8)).tolist() == [[80.0, 90.0]]
