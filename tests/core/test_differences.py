import cv2
import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.differences import places_that_differ
from photodedup.core.records import Box
from photodedup.core.shared_view import share
from tests.core.photo_shelf import jpeg, toned
from tests.data.make_photos import textured_photo

RGB = npt.NDArray[np.uint8]


def _differs(a: RGB, b: RGB, matrix: npt.NDArray[np.float64] | None = None) -> tuple[Box, ...]:
    view = share(np.eye(3) if matrix is None else matrix, a, b, 1024)
    assert view is not None
    return places_that_differ(view)


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share_of_area", [0.01, 0.04])
def test_foreign_patch_is_found_alone(seed: int, share_of_area: float) -> None:
    random = np.random.default_rng(seed)
    a = textured_photo(seed, 600, 400)
    side = round((share_of_area * 600 * 400) ** 0.5)
    x, y = int(random.integers(0, 600 - side)), int(random.integers(0, 400 - side))
    b = a.copy()
    b[y : y + side, x : x + side] = textured_photo(seed + 50, 600, 400)[:side, :side]
    found = _differs(a, jpeg(b, 75))
    assert _holds(found[0], (x + side / 2) / 600, (y + side / 2) / 400)
    assert sum(width * height for _, _, width, height in found) < 5 * share_of_area


@pytest.mark.parametrize("quality", [10, 30, 80])
def test_compression_is_no_difference(quality: int) -> None:
    photo = textured_photo(5, 600, 400)
    assert _differs(photo, jpeg(photo, quality)) == ()


@pytest.mark.parametrize(
    "curve",
    [lambda v: v * 0.6, lambda v: v * 1.35, lambda v: v**0.5, lambda v: (v - 0.5) * 1.5 + 0.5],
)
def test_tone_over_the_whole_photo_is_no_difference(curve: object) -> None:
    assert callable(curve)
    photo = textured_photo(6, 600, 400)
    assert _differs(photo, toned(curve, photo)) == ()
    assert _differs(toned(curve, photo), photo) == ()


def test_lost_colours_are_no_difference() -> None:
    photo = textured_photo(7, 600, 400)
    gray = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert _differs(photo, np.asarray(gray, np.uint8)) == ()


def test_a_plain_sticker_is_found() -> None:
    a = textured_photo(8, 600, 400)
    b = a.copy()
    b[100:160, 200:300] = (250, 220, 40)
    assert _holds(_differs(a, b)[0], 250 / 600, 130 / 400)


def test_boxes_are_on_photo_a_whichever_is_finer() -> None:
    """b is a crop at half the size; a place on it is told in fractions of a."""
    a = textured_photo(9, 800, 600)
    part = a[100:500, 200:800]
    b = np.asarray(cv2.resize(part, (300, 200), interpolation=cv2.INTER_AREA), np.uint8)
    b[80:110, 120:160] = (255, 255, 255)
    matrix = np.array([[2.0, 0.0, 200.5], [0.0, 2.0, 100.5], [0.0, 0.0, 1.0]])
    expected = (200 + 2 * 140) / 800, (100 + 2 * 95) / 600
    assert _holds(_differs(a, b, matrix)[0], *expected)
    backwards = _differs(b, a, np.linalg.inv(matrix))
    assert _holds(backwards[0], 140 / 300, 95 / 200)


def test_largest_place_comes_first() -> None:
    a = textured_photo(10, 600, 400)
    b = a.copy()
    b[20:50, 20:50] = 255
    b[200:320, 300:420] = 255
    found = _differs(a, b)
    assert _holds(found[0], 360 / 600, 260 / 400)
    assert any(_holds(box, 35 / 600, 35 / 400) for box in found[1:])


def test_identical_and_flat_pictures_do_not_differ() -> None:
    photo = textured_photo(11, 300, 200)
    flat = np.full((200, 300, 3), 77, np.uint8)
    assert _differs(photo, photo) == ()
    assert _differs(flat, flat) == ()
