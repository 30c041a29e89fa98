"""What two aligned photos share: the pixels of the coarser one that the finer one covers."""

import cv2
import numpy as np
import pytest

from photodedup.core.shared_view import share
from tests.data.make_photos import textured_photo

WHOLE = np.eye(3)
MIRRORED = np.array([[-1.0, 0.0, 199.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
TURNED = np.array([[0.96, 0.17, 5.3], [-0.17, 0.96, 21.7], [0.0, 0.0, 1.0]])
SHIFTED = np.array([[1.0, 0.0, 30.4], [0.0, 1.0, -12.6], [0.0, 0.0, 1.0]])
WHOLE_SHIFTED = np.array([[1.0, 0.0, 30.0], [0.0, 1.0, -12.0], [0.0, 0.0, 1.0]])
FORESHORTENED = np.array([[0.9, 0.05, 8.0], [-0.03, 0.8, 12.0], [-6e-4, 3e-4, 1.0]])
CROPPED = np.array([[0.4, 0.0, 60.2], [0.0, 0.4, 40.7], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    "matrix", [WHOLE, MIRRORED, TURNED, SHIFTED, FORESHORTENED, -FORESHORTENED, CROPPED]
)
def test_covered_is_where_a_white_picture_stays_white(matrix: np.ndarray) -> None:
    photo = textured_photo(1, 200, 150)
    view = share(matrix, photo, photo, 160)
    assert view is not None
    white = np.full(view.source.shape[:2], 255, np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(white, view.matrix, view.target.shape[1::-1], flags=flags)
    assert np.array_equal(view.covered, laid == 255)


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirror", [False, True])
def test_what_lies_pixel_on_pixel_is_moved_as_it_is(
    quarters: int, mirror: bool, gray: bool
) -> None:
    """The photo laid over a part of it, turned by quarters and perhaps mirrored."""
    photo = textured_photo(5, 200, 150)[..., 1 if gray else slice(None)].copy()
    turned = np.rot90(photo[20:120, 30:190], quarters)
    part = np.ascontiguousarray(turned[:, ::-1] if mirror else turned)
    rows, columns = np.indices((100, 160))
    x, y = (np.rot90(numbers, quarters) for numbers in (columns + 30.0, rows + 20.0))
    if mirror:
        x, y = x[:, ::-1], y[:, ::-1]
    to_photo = np.array(
        [
            [x[0, 1] - x[0, 0], x[1, 0] - x[0, 0], x[0, 0]],
            [y[0, 1] - y[0, 0], y[1, 0] - y[0, 0], y[0, 0]],
            [0.0, 0.0, 1.0],
        ]
    )
    view = share(-2.0 * to_photo, photo, part, 400)
    assert view is not None
    assert np.array_equal(view.warped, part)
    assert np.array_equal(view.warped, view.target)


@pytest.mark.parametrize("matrix", [SHIFTED, TURNED, FORESHORTENED, CROPPED, WHOLE_SHIFTED])
def test_what_does_not_is_warped(matrix: np.ndarray) -> None:
    photo = textured_photo(6, 200, 150)
    view = share(matrix, photo, photo, 400)
    assert view is not None
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpPerspective(view.source, view.matrix, view.target.shape[1::-1], flags=flags)
    assert np.array_equal(view.warped, laid)


def test_a_whole_photo_covers_all() -> None:
    photo = textured_photo(2, 200, 150)
    for matrix in (WHOLE, MIRRORED):
        view = share(matrix, photo, photo, 400)
        assert view is not None
        assert view.covered.all()
        assert view.inside.all()


def test_inside_is_a_pixel_away_from_what_is_not_covered() -> None:
    photo = textured_photo(3, 200, 150)
    view = share(TURNED, photo, photo, 400)
    assert view is not None
    for row, column in np.ndindex(view.covered.shape):
        near = view.covered[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        assert view.inside[row, column] == near.all()


def test_photos_that_hardly_meet_share_nothing() -> None:
    photo = textured_photo(4, 200, 150)
    beside = np.array([[1.0, 0.0, 195.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert share(beside, photo, photo, 400) is None
