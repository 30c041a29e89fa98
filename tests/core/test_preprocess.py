import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from photodedup.core.preprocess import preprocess
from tests.data.make_photos import textured_photo


@pytest.mark.parametrize(
    ("width", "height"), [(500, 375), (375, 500), (800, 600), (1600, 200), (300, 250), (192, 192)]
)
def test_it_is_near_the_reducing_that_the_network_was_trained_with(width: int, height: int) -> None:
    photo = textured_photo(7, width, height)
    pillow = Image.fromarray(photo).resize((192, 192), Image.Resampling.BILINEAR)
    difference = preprocess(photo, 192).astype(float) - np.asarray(pillow, float)
    assert np.abs(difference).mean() < 1.5
    assert abs(difference.mean()) < 0.3


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 700), (90, 60), (191, 193), (640, 2)])
def test_any_size_gives_the_networks(width: int, height: int) -> None:
    plain = np.full((height, width, 3), (10, 130, 250), np.uint8)
    squashed = preprocess(plain, 192)
    assert squashed.shape == (192, 192, 3)
    assert squashed.flags.c_contiguous
    assert np.array_equal(np.unique(squashed.reshape(-1, 3), axis=0), [[10, 130, 250]])


def test_nothing_finer_than_the_result_can_hold_is_left() -> None:
    checks = np.indices((768, 768)).sum(axis=0) % 2 * 255
    squashed = preprocess(np.repeat(checks[..., None], 3, axis=2).astype(np.uint8), 192)
    assert squashed.min() > 120
    assert squashed.max() < 135


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_anything_but_rgb_bytes_is_refused(picture: npt.NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match="expected"):
        preprocess(picture, 192)  # type: ignore[arg-type]
