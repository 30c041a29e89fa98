import numpy as np
import pytest

from photodedup.core.keypoints import (
    COARSE,
    FINE,
    RATIO,
    Compared,
    Detail,
    Keypoints,
    Matches,
    detect,
    match,
)
from tests.data.make_photos import textured_photo


def _gray(seed: int, width: int = 300, height: int = 200) -> np.ndarray:
    return textured_photo(seed, width, height)[..., 1].copy()


def matches_of(a: Keypoints, b: Keypoints) -> Matches:
    """Of a as it is; its mirrored view has its own."""
    found = match([Compared(a, 300, [b])])
    rows = found.view == 0
    return Matches(found.which[rows], found.view[rows], found.first[rows], found.second[rows])


def test_the_strongest_keypoints_come_first() -> None:
    """With fewer asked for, the first of them."""
    picture = _gray(5)
    few, many = (detect(picture, Detail(200, most)) for most in (20, 100))
    assert len(few) < len(many)
    assert np.array_equal(few.points, many.points[: len(few)])


def test_mirrored_keypoints_equal_the_keypoints_of_the_mirrored_picture() -> None:
    """Exchanged halves of descriptors stand in for describing every photo twice."""
    picture = _gray(1, FINE.longest_px, 300)  # not resized: both detections see equal pixels
    seen = detect(picture, FINE)
    mirrored = seen.mirrored(picture.shape[1])
    detected = detect(np.ascontiguousarray(picture[:, ::-1]), FINE)
    same = 0
    for point, angle, descriptor in zip(
        mirrored.points, mirrored.angles, np.roll(seen.descriptors, 64, axis=1), strict=True
    ):
        near = np.flatnonzero(np.abs(detected.points - point).max(axis=1) < 0.5)
        turns = np.angle(np.exp(1j * (detected.angles[near] - angle)))
        near = near[np.abs(turns) < 0.05]
        errors = np.abs(detected.descriptors[near].astype(int) - descriptor.astype(int))
        same += len(near) > 0 and errors.max(axis=1).min() <= 2
    assert same > 0.7 * len(seen)  # each side drops other ties at the limit


@pytest.mark.parametrize("most", [40, 64, 65, 120, 600])  # one block of products, and several
@pytest.mark.parametrize("view", [0, 1])
def test_match_equals_two_plain_loops(most: int, view: int) -> None:
    a, b = detect(_gray(2), Detail(300, most)), detect(_gray(2, 240, 160), Detail(300, most))
    seen = np.roll(a.descriptors, 64 * view, axis=1).astype(float)
    squared = 2 * 512.0**2 - 2 * seen @ b.descriptors.astype(float).T
    expected = set()
    for i in range(len(a)):
        j = int(squared[i].argmin())
        others = np.delete(squared[i], j)
        nearer, farther = max(squared[i, j], 0.0), max(others.min(), 1.0)
        if int(squared[:, j].argmin()) == i and nearer < RATIO**2 * farther:
            expected.add((i, j))
    found = match([Compared(a, 300, [b])])
    rows = found.view == view
    first, second = found.first[rows].tolist(), found.second[rows].tolist()
    assert set(zip(first, second, strict=True)) == expected
    assert len(expected) > most / 20


def test_matches_are_sorted_by_certainty() -> None:
    a, b = detect(_gray(3)), detect(_gray(3, 240, 160))
    found = matches_of(a, b)
    dots = a.descriptors.astype(float) @ b.descriptors.astype(float).T
    squared = np.maximum(2 * 512.0**2 - 2 * np.sort(dots, axis=1)[:, ::-1], 0)
    ratios = squared[found.first, 0] / squared[found.first, 1]
    assert (np.diff(ratios) >= -1e-6).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (15, 15), (40, 40)])
def test_flat_and_tiny_pictures_have_no_keypoints(shape: tuple[int, int]) -> None:
    nothing = detect(np.full(shape, 127, np.uint8))
    assert len(nothing) == 0
    assert nothing.descriptors.shape == (0, 128)
    found = matches_of(nothing, detect(_gray(1)))
    assert len(found.first) == 0


def test_thumbnail_keypoints_are_in_the_pixels_of_the_thumbnail() -> None:
    """They are found on an enlarged picture; scaled back they must meet those of the photo."""
    large, small = detect(_gray(4, 384, 256)), detect(_gray(4, 96, 64))
    found = matches_of(large, small)
    scaled = (large.points[found.first] + 0.5) / 4 - 0.5
    errors = np.abs(scaled - small.points[found.second]).max(axis=1)
    assert np.median(errors) < 0.3
    assert len(found.first) > 20


def test_keypoints_are_few_and_small() -> None:
    found = detect(_gray(5, 400, 300))
    assert 100 < len(found) <= COARSE.most + 5  # SIFT keeps ties
    stored = sum(x.nbytes for x in (found.points, found.sizes, found.angles, found.descriptors))
    assert stored < 40_000
    assert isinstance(found, Keypoints)


@pytest.mark.parametrize("size", [(401, 303), (400, 300), (403, 299), (130, 101)])
def test_places_stay_however_a_picture_is_reduced(size: tuple[int, int]) -> None:
    """Halved once or twice, an odd row or column cut away, or not at all."""
    width, height = size
    middle = np.array([0.7 * width, 0.6 * height])
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(x - middle[0], y - middle[1])
    blob = 60 + 150 * np.exp(-(distance**2) / (2 * (width / 40) ** 2))
    found = detect(blob.astype(np.uint8), Detail(100, 1))
    assert np.abs(found.points[0] - middle).max() < 0.004 * width
