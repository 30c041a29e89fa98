import cv2
import numpy as np
import pytest

from photodedup.core.likeness import GRID, LOW, compare_blocks
from photodedup.core.shared_view import SharedView, share
from tests.core.photo_shelf import jpeg
from tests.data.make_photos import textured_photo

MISSING = 4.0


def _gray(seed: int, width: int = 360, height: int = 240) -> np.ndarray:
    return np.ascontiguousarray(textured_photo(seed, width, height)[..., 1])


def _view(a: np.ndarray, b: np.ndarray) -> SharedView:
    view = share(np.eye(3), a, b, 400)
    assert view is not None
    return view


def test_blocks_equal_plain_loops() -> None:
    """Count, share of low blocks and median, by visiting every block."""
    a = _gray(1)
    b = _gray(1)
    b[80:160, 100:220] = _gray(2)[80:160, 100:220]
    a[:60] = 128
    b[:60] = 128
    smooth_a = cv2.GaussianBlur(a.astype(np.float32), (0, 0), 1.0)
    smooth_b = cv2.GaussianBlur(b.astype(np.float32), (0, 0), 1.0)
    height, width = a.shape[0] // GRID, a.shape[1] // GRID
    correlations = []
    for row in range(GRID):
        for column in range(GRID):
            place = np.s_[row * height : (row + 1) * height, column * width : (column + 1) * width]
            block_a, block_b = smooth_a[place].ravel(), smooth_b[place].ravel()
            if max(block_a.std(), block_b.std()) > MISSING:
                correlations.append(np.corrcoef(block_a, block_b)[0, 1])
    found = compare_blocks(_view(a, b))
    assert found.blocks == len(correlations) < GRID * GRID
    assert found.low_blocks == pytest.approx(np.mean(np.array(correlations) < LOW))
    assert 0.0 < found.low_blocks < 0.3
    assert found.likeness == pytest.approx(float(np.median(correlations)), abs=1e-3)


@pytest.mark.parametrize("degrees", [3.0, 20.0, 70.0])
def test_only_blocks_wholly_inside_count(degrees: float) -> None:
    """As many as a visit of every pixel finds: textured throughout, so none is left out else."""
    picture = _gray(4)
    height, width = picture.shape
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    view = share(turn, picture, picture, 400)
    assert view is not None
    height, width = view.target.shape[0] // GRID, view.target.shape[1] // GRID
    inside = 0
    for row, column in np.ndindex(GRID, GRID):
        place = np.s_[row * height : (row + 1) * height, column * width : (column + 1) * width]
        inside += bool(view.covered[place].all())
    assert compare_blocks(view).blocks == inside < GRID * GRID


@pytest.mark.parametrize("shift", [0.3, 0.7, 1.2])
def test_displacement_is_the_distance_in_pixels(shift: float) -> None:
    picture = _gray(3)
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.5)
    moved = cv2.warpAffine(
        smooth,
        np.array([[1.0, 0.0, shift], [0.0, 1.0, 0.0]]),
        (smooth.shape[1], smooth.shape[0]),
        flags=cv2.INTER_CUBIC,
    )
    found = compare_blocks(_view(smooth, np.asarray(moved, np.uint8)))
    assert found.displacement_px == pytest.approx(shift, rel=0.25)


@pytest.mark.parametrize("quality", [8, 30, 90])
def test_compression_does_not_displace(quality: int) -> None:
    photo = textured_photo(4, 360, 240)
    found = compare_blocks(_view(photo[..., 1].copy(), jpeg(photo, quality)[..., 1].copy()))
    assert found.displacement_px < 0.25
    assert found.low_blocks < 0.05


def test_tone_does_not_count() -> None:
    picture = _gray(5)
    darker = (picture.astype(np.float32) * 0.6 + 20).astype(np.uint8)
    found = compare_blocks(_view(picture, darker))
    assert found.low_blocks == 0.0
    assert found.likeness > 0.99
    assert found.displacement_px < 0.05


@pytest.mark.parametrize("sigma", [2.0, 4.0])
def test_blur_does_not_displace(sigma: float) -> None:
    """The sharper picture is blurred before the two are compared."""
    picture = _gray(6)
    found = compare_blocks(_view(picture, np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma))))
    assert found.likeness > 0.97
    assert found.displacement_px < 0.2


def test_other_pictures_have_low_blocks() -> None:
    found = compare_blocks(_view(_gray(7), _gray(8)))
    assert found.low_blocks > 0.9


@pytest.mark.parametrize("shape", [(240, 360), (20, 20)])
def test_flat_pictures_have_no_blocks(shape: tuple[int, int]) -> None:
    flat = np.full(shape, 200, np.uint8)
    found = compare_blocks(_view(flat, flat))
    assert (found.blocks, found.low_blocks, found.likeness) == (0, 1.0, 0.0)
