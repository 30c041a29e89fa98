import numpy as np
import pytest

from photodedup.core.evidence import describe, lay_over
from photodedup.core.matched_points import matched_points
from tests.data.make_photos import textured_photo


@pytest.mark.parametrize("mirrored", [False, True])
def test_points_lie_on_the_same_things(mirrored: bool) -> None:
    """The second is a crop: a share of its width is 0.6 of the first's, from 0.2 on."""
    photo = textured_photo(5, 400, 300)
    crop = photo[60:240, 80:320]
    if mirrored:
        crop = crop[:, ::-1]
    first, second = describe(photo), describe(crop.copy())
    laid = lay_over(first, second)
    assert laid is not None
    points = matched_points(first, second, laid.matrix)
    assert len(points) >= 20
    assert points.min() >= 0
    assert points.max() <= 1
    assert (np.diff(points[:, 0]) >= 0).all()
    across = 1 - points[:, 2] if mirrored else points[:, 2]
    np.testing.assert_allclose(points[:, 0], 0.2 + 0.6 * across, atol=0.02)
    np.testing.assert_allclose(points[:, 1], 0.2 + 0.6 * points[:, 3], atol=0.02)


def test_flat_photos_share_no_points() -> None:
    flat = describe(np.full((300, 400, 3), 128, np.uint8))
    assert matched_points(flat, flat, np.eye(3)).shape == (0, 4)
