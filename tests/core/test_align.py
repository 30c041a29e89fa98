import cv2
import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.align import (
    align,
    corners,
    find_agreement,
    inverse,
    is_plausible,
    local_scale,
    mirror_matrix,
    nearest_whole,
    overlap_shares,
    project,
    scale_matrix,
)
from photodedup.core.dense import align_by_pixels
from photodedup.core.edit_kind import is_whole, name_geometry, shows_more_each, turn
from photodedup.core.keypoints import detect
from photodedup.core.likeness import find_blocks
from photodedup.core.refine import BLOCKS_PX, refine, refine_by_blocks
from photodedup.core.shared_view import share
from tests.data.make_photos import textured_photo

Gray = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
SIZE = (360, 240)


def _gray(seed: int, width: int = SIZE[0], height: int = SIZE[1]) -> Gray:
    return np.ascontiguousarray(textured_photo(seed, width, height)[..., 1])


def _warped(picture: Gray, b_to_a: Matrix, size: tuple[int, int]) -> Gray:
    """Photo b, of that size, that b_to_a lays on the picture."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(picture, b_to_a, size, flags=flags), np.uint8)


def _turned(degrees: float, scale: float = 1.0) -> Matrix:
    """About the centre."""
    matrix = cv2.getRotationMatrix2D(((SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2), degrees, scale)
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def _error(found: Matrix, truth: Matrix, size: tuple[int, int]) -> float:
    """Largest distance of the four corners, in pixels of a."""
    off = project(found, corners(size)) - project(truth, corners(size))
    return float(np.abs(off).max())


TRUTHS: dict[str, Matrix] = {
    "same": np.eye(3),
    "turned": _turned(17.0, 0.8),
    "upside_down": _turned(180.0),
    "crop": np.array([[0.6, 0.0, 70.0], [0.0, 0.6, 40.0], [0.0, 0.0, 1.0]]),
    "mirrored": mirror_matrix(SIZE[0]),
    "mirrored_crop": mirror_matrix(SIZE[0]) @ np.diag([0.7, 0.7, 1.0]),
    "bent": np.array([[0.85, 0.05, 12.0], [0.02, 0.85, 14.0], [2e-4, 3e-4, 1.0]]),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_keypoints_find_the_mapping(name: str) -> None:
    truth = TRUTHS[name]
    a = _gray(1)
    b = _warped(a, truth, SIZE)
    found = align(find_agreement(detect(a), detect(b), SIZE))
    assert found is not None
    assert found.inliers > 25
    assert _error(found.matrix, truth, SIZE) < 2.5
    assert is_plausible(found.matrix, SIZE)


@pytest.mark.parametrize("seed", range(5))
def test_pictures_that_share_nothing_do_not_align(seed: int) -> None:
    assert len(find_agreement(detect(_gray(seed)), detect(_gray(seed + 30)), SIZE)) < 6


def test_refinement_brings_a_mapping_nearer() -> None:
    truth = TRUTHS["turned"]
    a = _gray(2)
    b = _warped(a, truth, SIZE)
    rough = np.array([[1.0, 0.003, 1.5], [-0.004, 1.0, -1.5], [0.0, 0.0, 1.0]]) @ truth
    refined = refine(rough, a, b)
    assert _error(refined, truth, SIZE) < 0.7 < 1.5 < _error(rough, truth, SIZE)


def test_blocks_bring_a_mapping_nearer_in_spite_of_a_sticker() -> None:
    a = _gray(2)
    truth = _turned(2.0, 1.05)
    b = _warped(a, truth, SIZE)
    b[150:230, 200:340] = 255
    rough = truth @ np.array([[1.003, 0.001, 0.9], [0.0, 1.0, -0.8], [0.0, 0.0, 1.0]])
    refined = refine_by_blocks(rough, a, b)
    assert _error(refined, truth, SIZE) < 0.7 < 1.5 < _error(rough, truth, SIZE)
    view = share(rough, a, b, BLOCKS_PX)
    assert view is not None
    assert np.array_equal(refine_by_blocks(rough, a, b, find_blocks(view)), refined)


def test_flat_pictures_are_not_refined() -> None:
    flat = np.full((240, 360), 90, np.uint8)
    assert np.array_equal(refine(np.eye(3), flat, flat), np.eye(3))


@pytest.mark.parametrize(
    "matrix",
    [
        np.full((3, 3), np.nan),
        np.diag([30.0, 30.0, 1.0]),
        np.diag([0.02, 0.02, 1.0]),
        np.diag([1.0, 3.0, 1.0]),
        np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-5e-3, 0.0, 1.0]]),  # a horizon inside
        np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [3e-3, 2e-3, 1.0]]),  # far too steep
    ],
)
def test_impossible_mappings_are_refused(matrix: Matrix) -> None:
    assert not is_plausible(matrix, SIZE)


def test_overlap_of_a_quarter() -> None:
    quarter = np.array([[0.5, 0.0, -0.25], [0.0, 0.5, -0.25], [0.0, 0.0, 1.0]])
    kept_a, kept_b = overlap_shares(quarter, SIZE, SIZE)
    assert kept_a == pytest.approx(0.25, abs=1e-3)
    assert kept_b == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarter", range(4))
def test_a_mapping_is_put_right_where_it_is_nearly_whole(quarter: int, mirrored: bool) -> None:
    a_size, b_size = (360, 240), (90, 61) if quarter % 2 == 0 else (60, 91)
    outer_a = np.roll(corners(a_size), quarter, axis=0)
    if mirrored:
        outer_a = project(mirror_matrix(a_size[0]), outer_a)
    truth, _ = cv2.findHomography(corners(b_size), outer_a)
    nearly = np.array([[1.004, 0.003, 0.5], [-0.002, 0.997, -0.4], [1e-6, -2e-6, 1.0]]) @ truth
    found = nearest_whole(nearly, a_size, b_size)
    assert found is not None
    assert _error(found, truth, b_size) < 1e-6


@pytest.mark.parametrize(
    "matrix",
    [
        np.array([[0.96, 0.0, 7.0], [0.0, 0.96, 5.0], [0.0, 0.0, 1.0]]),
        np.array([[1.0, 0.0, 6.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        _turned(2.0),
        _turned(45.0),
        np.full((3, 3), np.nan),
    ],
)
def test_a_part_or_a_turned_photo_is_not_nearly_whole(matrix: Matrix) -> None:
    assert nearest_whole(matrix, SIZE, SIZE) is None


def test_scale_matrix_keeps_the_outer_corners() -> None:
    moved = project(scale_matrix(0.5, 0.25), corners((40, 80)))
    assert moved == pytest.approx(corners((20, 20)))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarter", range(4))
def test_pixels_alone_find_the_orientation(quarter: int, mirrored: bool) -> None:
    """Without keypoints: a blurred photo in each of its 8 orientations."""
    a = np.asarray(cv2.GaussianBlur(_gray(3), (0, 0), 8.0), np.uint8)
    b = np.rot90(a[:, ::-1] if mirrored else a, quarter)
    b = np.ascontiguousarray(b)
    found = align_by_pixels(a, b)
    assert found is not None
    view = share(found.matrix, a, b, 400)
    assert view is not None
    off = np.abs(view.warped.astype(int) - view.target)[view.covered]
    assert view.covered.mean() > 0.9
    assert off.mean() < 6.0


def test_pixels_alone_find_a_bordered_thumbnail() -> None:
    a = np.asarray(cv2.GaussianBlur(_gray(4), (0, 0), 5.0), np.uint8)
    small = np.asarray(cv2.resize(a, (72, 48), interpolation=cv2.INTER_AREA), np.uint8)
    b = np.pad(small, ((12, 12), (0, 0)), constant_values=255)
    found = align_by_pixels(a, b)
    assert found is not None
    assert local_scale(found.matrix, (72, 72)) == pytest.approx(5.0, rel=0.15)


def test_flat_pictures_lie_nowhere() -> None:
    flat = np.full((60, 80), 120, np.uint8)
    assert align_by_pixels(flat, flat) is None
    assert align_by_pixels(flat, _gray(1)) is None


@pytest.mark.parametrize("degrees", [-170.0, -90.0, -5.0, 0.0, 33.0, 90.0, 180.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_turn_is_named_counter_clockwise(degrees: float, mirrored: bool) -> None:
    a_to_b = _turned(degrees)
    if mirrored:
        a_to_b = a_to_b @ mirror_matrix(SIZE[0])
    found, is_mirrored = turn(inverse(a_to_b), SIZE)
    assert found == pytest.approx(degrees, abs=0.1)
    assert is_mirrored is mirrored


def test_scale_is_told_in_full_size_pixels() -> None:
    """Both previews are alike, yet one photo has four times the pixels a side."""
    a = _gray(5)
    edit = name_geometry(np.eye(3), a, a, (1440, 960), SIZE)
    assert edit.scale == pytest.approx(0.25)
    assert edit.kept_area == 1.0


def test_a_crop_of_b_is_not_called_a_border() -> None:
    """b shows more of the scene than a: content, where a frame would be plain."""
    b = _gray(6)
    a = b[40:200, 60:300].copy()
    edit = name_geometry(
        np.array([[1.0, 0, -60], [0, 1.0, -40], [0, 0, 1.0]]), a, b, (240, 160), SIZE
    )
    assert edit.border is False
    assert edit.kept_area == pytest.approx(240 * 160 / (360 * 240), abs=0.01)


def test_whole_photos_and_crops_are_told_apart() -> None:
    assert is_whole(np.diag([2.0, 2.0, 1.0]), (720, 480), SIZE)
    assert not is_whole(np.diag([0.9, 0.9, 1.0]), SIZE, SIZE)
    assert not is_whole(mirror_matrix(SIZE[0]), SIZE, SIZE)


def test_two_frames_of_a_moving_camera_show_more_each() -> None:
    scene = _gray(7, 420, 300)
    a, b = scene[:240, :360].copy(), scene[12:252, 9:369].copy()
    shift = np.array([[1.0, 0.0, 9.0], [0.0, 1.0, 12.0], [0.0, 0.0, 1.0]])
    assert shows_more_each(shift, a, b)
    assert not shows_more_each(np.eye(3), a, a)
    framed = np.pad(a, 20, constant_values=255)
    inside = np.array([[1.0, 0.0, -20.0], [0.0, 1.0, -20.0], [0.0, 0.0, 1.0]])
    assert not shows_more_each(inside, a, framed)
