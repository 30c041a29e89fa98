"""A few keypoints that lay one photo on another: what lies between them must be alike too."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.align import Agreement
from photodedup.core.rough_look import rough_likeness
from tests.data.make_photos import textured_photo

Gray = npt.NDArray[np.uint8]


def gray(seed: int) -> Gray:
    picture = cv2.cvtColor(textured_photo(seed, 400, 300), cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(picture, np.uint8)


def corners_of_crop(noise_px: float, seed: int) -> Agreement:
    """Five places of a crop (from x 150, y 90; 140 x 110) and where a photo has them, roughly."""
    random = np.random.default_rng(seed)
    on_b = np.array([[15, 12], [120, 20], [70, 55], [20, 95], [125, 90]], np.float32)
    on_a = on_b + np.array([150, 90]) + random.normal(0, noise_px, on_b.shape)
    return Agreement(on_a.astype(np.float32), on_b, mirrored=False, a_width=400)


@pytest.mark.parametrize("seed", range(4))
def test_a_crop_is_alike_even_where_keypoints_are_some_pixels_off(seed: int) -> None:
    photo = gray(seed)
    crop = photo[90:200, 150:290].copy()
    assert rough_likeness(corners_of_crop(0.0, seed), photo, crop) > 0.97
    assert rough_likeness(corners_of_crop(2.0, seed), photo, crop) > 0.8


@pytest.mark.parametrize("seed", range(4))
def test_what_is_elsewhere_is_not_alike(seed: int) -> None:
    photo = gray(seed)
    other = gray(seed + 10)[90:200, 150:290].copy()
    assert rough_likeness(corners_of_crop(0.0, seed), photo, other) < 0.8


def test_one_keypoint_that_is_wrong_does_not_count() -> None:
    photo = gray(5)
    agreement = corners_of_crop(0.0, 5)
    agreement.on_a[2] += 12
    assert rough_likeness(agreement, photo, photo[90:200, 150:290].copy()) > 0.95


def test_a_mirrored_crop_lies_mirrored() -> None:
    photo = gray(6)
    mirrored = np.ascontiguousarray(photo[:, ::-1])
    agreement = corners_of_crop(0.0, 6)  # keypoints on a are of a as it is seen
    seen = Agreement(agreement.on_a, agreement.on_b, mirrored=True, a_width=400)
    assert rough_likeness(seen, photo, mirrored[90:200, 150:290].copy()) > 0.97


def test_keypoints_all_in_one_place_lay_it_nowhere() -> None:
    on = np.full((5, 2), 40, np.float32)
    agreement = Agreement(on, on, mirrored=False, a_width=400)
    assert rough_likeness(agreement, gray(7), gray(8)) == -1.0
