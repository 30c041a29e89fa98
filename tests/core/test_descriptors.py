import math

import cv2
import numpy as np
import pytest

from photodedup.core.descriptors import describe_keypoints
from tests.data.make_photos import textured_photo

WIDTH, HEIGHT = 120, 90
SMALL = 2.0  # size of a keypoint whose samples are of the first level, not reduced


def _picture(seed: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    return textured_photo(seed, width, height)[..., 1].copy()


def _keypoints(seed: int, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    points = random.uniform((30, 25), (WIDTH - 30, HEIGHT - 25), (12, 2)).astype(np.float32)
    angles = random.uniform(0, 2 * math.pi, 12).astype(np.float32)
    return points, np.full(12, size, np.float32), angles


def _level_at(picture: np.ndarray, x: float, y: float) -> float:
    left, top = math.floor(x), math.floor(y)
    across, down = x - left, y - top
    upper = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    lower = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    return float(upper * (1 - down) + lower * down)


def _plain(picture: np.ndarray, x: float, y: float, scale: float, angle: float) -> np.ndarray:
    """One descriptor, sample by sample."""
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), math.sqrt(0.75))

    def level(column: int, row: int) -> float:
        u, v = (column - 5.5) * scale, (row - 5.5) * scale  # 12 samples for 4 cells of 3 scales
        turned_u = u * math.cos(angle) - v * math.sin(angle)
        turned_v = u * math.sin(angle) + v * math.cos(angle)
        return _level_at(smooth, x + turned_u, y + turned_v)

    bins = np.zeros((4, 4, 8))
    for row in range(12):
        for column in range(12):
            across = level(column + 1, row) - level(column - 1, row)
            down = level(column, row + 1) - level(column, row - 1)
            cell_x, cell_y = (column + 0.5) / 3 - 0.5, (row + 0.5) / 3 - 0.5
            weight = math.exp(-((cell_x - 1.5) ** 2 + (cell_y - 1.5) ** 2) / (2 * 2.0**2))
            for i, j in np.ndindex(4, 4):
                near = max(0.0, 1 - abs(cell_y - i)) * max(0.0, 1 - abs(cell_x - j))
                for k in range(8):
                    off = math.atan2(down, across) - k * math.pi / 4
                    share = math.cos(off) - abs(math.sin(off))
                    bins[i, j, k] += weight * near * math.hypot(across, down) * max(0.0, share)
    unit = bins.ravel() / np.linalg.norm(bins)
    return np.minimum(unit, 0.2)


@pytest.mark.parametrize("seed", [1, 2])
def test_descriptors_equal_plain_loops(seed: int) -> None:
    picture = _picture(seed)
    points, sizes, angles = _keypoints(seed, SMALL)
    found = describe_keypoints(picture, points, sizes, angles)
    assert found.shape == (12, 128)
    for row in range(0, 12, 4):
        x, y = float(points[row, 0]), float(points[row, 1])
        expected = _plain(picture, x, y, SMALL / 2, float(angles[row]))
        np.testing.assert_allclose(found[row], expected, atol=2e-3)  # remap's steps of 1/32 pixel


@pytest.mark.parametrize("size", [SMALL, 6.0])
def test_descriptors_turn_with_the_picture(size: float) -> None:
    picture = _picture(3)
    points, sizes, angles = _keypoints(3, size)
    upright = describe_keypoints(picture, points, sizes, angles)
    clockwise = np.ascontiguousarray(np.rot90(picture, -1))
    moved = np.stack([HEIGHT - 1 - points[:, 1], points[:, 0]], axis=1)
    turned = describe_keypoints(clockwise, moved, sizes, angles + np.float32(math.pi / 2))
    np.testing.assert_allclose(turned, upright, atol=0.01)


@pytest.mark.parametrize("size", [SMALL, 3.0, 5.0])
def test_descriptors_stay_when_the_picture_grows(size: float) -> None:
    picture = np.asarray(cv2.GaussianBlur(_picture(4), (0, 0), 1.0), np.uint8)
    points, sizes, angles = _keypoints(4, size)
    before = describe_keypoints(picture, points, sizes, angles)
    doubled = 2 * WIDTH, 2 * HEIGHT
    large = np.asarray(cv2.resize(picture, doubled, interpolation=cv2.INTER_CUBIC), np.uint8)
    after = describe_keypoints(large, points * 2 + np.float32(0.5), sizes * 2, angles)
    cosines = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1)
    assert (cosines / np.linalg.norm(after, axis=1)).min() > 0.93


def test_light_does_not_count() -> None:
    picture = _picture(5) // 2
    keypoints = _keypoints(5, SMALL)
    dark, light = (describe_keypoints(p, *keypoints) for p in (picture, picture * 2))
    np.testing.assert_allclose(dark, light, atol=1e-4)


@pytest.mark.parametrize("shape", [(16, 16), (17, 40)])
def test_keypoints_larger_than_the_picture_are_described(shape: tuple[int, int]) -> None:
    picture = _picture(6)[: shape[0], : shape[1]].copy()
    points = np.array([[0.0, 0.0], [shape[1] - 1, shape[0] - 1]], np.float32)
    sizes = np.array([1.0, 90.0], np.float32)
    found = describe_keypoints(picture, points, sizes, np.zeros(2, np.float32))
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def test_a_flat_picture_has_empty_descriptors() -> None:
    flat = np.full((40, 40), 128, np.uint8)
    point, one = np.array([[20.0, 20.0]], np.float32), np.ones(1, np.float32)
    assert not describe_keypoints(flat, point, 2 * one, 0 * one).any()
