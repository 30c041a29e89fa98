import cv2
import numpy as np
import numpy.typing as npt
import pytest
from msgspec.structs import replace

from photodedup.core.align import mirror_matrix, scale_matrix
from photodedup.core.evidence import lay_over
from photodedup.core.keypoints import COARSE, FINE, GLANCE
from photodedup.core.records import Photo, Relation, Verification
from photodedup.core.verify import describe
from tests.core.photo_shelf import PhotoShelf, jpeg, toned
from tests.data.make_photos import textured_photo

RGB = npt.NDArray[np.uint8]


def _photo(seed: int, width: int = 480, height: int = 320) -> RGB:
    return textured_photo(seed, width, height)


def _verify(a: RGB, b: RGB, similarity: float = 0.8) -> Verification:
    shelf = PhotoShelf()
    first, second = shelf.put(a, "a.jpg"), shelf.put(b, "b.jpg")
    return shelf.verifier().verify(first, second, similarity)


def _scaled(rgb: RGB, longest: int) -> RGB:
    factor = longest / max(rgb.shape)
    return np.asarray(cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))


def test_equal_bytes_need_no_pixels() -> None:
    shelf = PhotoShelf()
    photo = shelf.put(_photo(1))
    found = shelf.verifier().verify(photo, replace(photo), 0.99)
    assert found.relation is Relation.IDENTICAL_FILE
    assert found.probability == 1.0
    assert shelf.decoded == []


def test_equal_pixels_are_confirmed_at_full_size() -> None:
    shelf = PhotoShelf()
    a, b = shelf.put(_photo(1), "a.png"), shelf.put(_photo(1), "b.bmp")
    found = shelf.verifier().verify(a, b, 0.99)
    assert found.relation is Relation.IDENTICAL_IMAGE
    assert found.probability == 1.0
    assert [size for _, size in shelf.decoded] == [None, None]


def test_equal_reduced_pixels_are_not_enough_for_identical() -> None:
    """Two files may agree at reduced scale and differ at full size."""
    shelf = PhotoShelf()
    changed = _photo(1)
    changed[100, 100] ^= 1
    a, b = shelf.put(_photo(1), "a.png"), shelf.put(changed, "b.png")
    b = replace(b, pixel_digest=a.pixel_digest)
    assert shelf.verifier().verify(a, b, 0.99).relation is Relation.RESAVED


@pytest.mark.parametrize("unreadable", [0, 1])
def test_photos_that_cannot_be_read_again_are_not_called_identical(unreadable: int) -> None:
    shelf = PhotoShelf()
    photos = shelf.put(_photo(1), "a.png"), shelf.put(_photo(1), "b.png")
    shelf.unreadable.add(photos[unreadable].digest)
    assert shelf.verifier().verify(*photos, 0.99).relation is Relation.RESAVED


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("quality", [8, 30, 90])
def test_recompressed_is_resaved(seed: int, quality: int) -> None:
    photo = _photo(seed)
    found = _verify(photo, jpeg(photo, quality))
    assert found.relation is Relation.RESAVED
    assert found.differs == ()
    assert found.edit.tone is None
    assert found.edit.scale == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("longest", [96, 240, 960])
def test_rescaled_is_resaved_with_its_scale(seed: int, longest: int) -> None:
    photo = _photo(seed)
    found = _verify(photo, jpeg(_scaled(photo, longest), 80))
    assert found.relation is Relation.RESAVED
    assert found.edit.scale == pytest.approx(longest / 480, rel=0.02)
    assert found.edit.kept_area == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("code", "degrees"),
    [
        (cv2.ROTATE_90_COUNTERCLOCKWISE, 90.0),
        (cv2.ROTATE_180, 180.0),
        (cv2.ROTATE_90_CLOCKWISE, -90.0),
    ],
)
def test_quarter_turns_are_named(code: int, degrees: float) -> None:
    photo = _photo(4)
    found = _verify(photo, np.asarray(cv2.rotate(photo, code), np.uint8))
    assert found.relation is Relation.EDITED
    assert found.edit.rotation_degrees == degrees
    assert found.edit.mirrored is False
    assert found.edit.border is False


def test_mirroring_is_named() -> None:
    found = _verify(_photo(5), np.ascontiguousarray(_photo(5)[:, ::-1]))
    assert found.relation is Relation.EDITED
    assert found.edit.mirrored is True
    assert found.edit.rotation_degrees == 0.0


@pytest.mark.parametrize("area", [0.9, 0.7, 0.5, 0.3])
def test_crops_are_edited_with_the_area_kept(area: float) -> None:
    photo = _photo(6)
    height, width = round(320 * area**0.5), round(480 * area**0.5)
    found = _verify(photo, jpeg(photo[10 : 10 + height, 5 : 5 + width], 85))
    assert found.relation is Relation.EDITED
    assert found.edit.kept_area == pytest.approx(area, abs=0.02)
    assert found.edit.border is False
    assert found.edit.scale == pytest.approx(1.0, abs=0.01)


def test_border_is_named_and_keeps_the_whole_photo() -> None:
    photo = _photo(7)
    framed = cv2.copyMakeBorder(photo, 30, 90, 30, 30, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    found = _verify(photo, np.asarray(framed, np.uint8))
    assert found.relation is Relation.EDITED
    assert found.edit.border is True
    assert found.edit.kept_area == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("edited", "tone"),
    [
        (lambda p: np.repeat(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2), "gray"),
        (lambda p: toned(lambda v: v**0.6, p), "brighter"),
        (lambda p: toned(lambda v: v * 0.6, p), "darker"),
    ],
)
def test_tonal_edits_are_named(edited: object, tone: str) -> None:
    assert callable(edited)
    found = _verify(_photo(8), edited(_photo(8)))
    assert found.relation is Relation.EDITED
    assert found.edit.tone == tone


@pytest.mark.parametrize("seed", range(6))
def test_unrelated_photos_are_nothing_to_each_other(seed: int) -> None:
    found = _verify(_photo(seed), _photo(seed + 100), similarity=0.99)
    assert found.relation is None
    assert found.probability == 0.0


def test_result_repeats_exactly_and_does_not_depend_on_the_order() -> None:
    shelf = PhotoShelf()
    photo = _photo(9)
    a = shelf.put(photo, "a.jpg")
    b = shelf.put(jpeg(photo[40:300, 60:420], 40), "b.jpg")
    verifier = shelf.verifier()
    forth, again, back = (verifier.verify(*pair, 0.8) for pair in ((a, b), (a, b), (b, a)))
    assert forth == again
    assert (back.relation, back.probability) == (forth.relation, forth.probability)
    assert back.evidence.inliers == forth.evidence.inliers
    assert back.edit.kept_area == forth.edit.kept_area


@pytest.mark.parametrize("longest", [480, 1600])
def test_a_patch_is_found_where_it_is_and_the_pair_is_not_clean(longest: int) -> None:
    photo = textured_photo(10, longest, longest * 2 // 3)
    height, width = photo.shape[:2]
    changed = photo.copy()
    x, y, side = round(0.55 * width), round(0.3 * height), round(0.14 * height)
    changed[y : y + side, x : x + side] = textured_photo(77, side, side)
    found = _verify(photo, jpeg(changed, 80))
    assert found.relation is Relation.EDITED
    assert found.differs
    left, top, box_width, box_height = found.differs[0]
    centre = left + box_width / 2, top + box_height / 2
    assert centre == pytest.approx(((x + side / 2) / width, (y + side / 2) / height), abs=0.03)
    assert box_width < 0.25
    assert box_height < 0.3


def test_large_pairs_that_would_be_preselected_are_compared_closely() -> None:
    shelf = PhotoShelf()
    photo = textured_photo(11, 1500, 1000)
    a, b = shelf.put(photo, "a.jpg"), shelf.put(jpeg(photo, 60), "b.jpg")
    assert shelf.verifier().verify(a, b, 0.9).relation is Relation.RESAVED
    assert [size for _, size in shelf.decoded] == [1000, 1000]


def test_differences_seen_on_the_previews_need_no_closer_look() -> None:
    shelf = PhotoShelf()
    photo = textured_photo(10, 1600, 1067)
    changed = photo.copy()
    changed[300:550, 800:1050] = textured_photo(77, 250, 250)
    a, b = shelf.put(photo, "a.jpg"), shelf.put(jpeg(changed, 80), "b.jpg")
    found = shelf.verifier().verify(a, b, 0.9)
    assert found.relation is Relation.EDITED
    assert found.differs
    assert shelf.decoded == []


@pytest.mark.parametrize("seed", [3, 4])
def test_a_whole_copy_is_laid_exactly(seed: int) -> None:
    photo = textured_photo(seed, 400, 300)
    half = np.asarray(cv2.resize(photo, (200, 150), interpolation=cv2.INTER_AREA), np.uint8)
    laid = lay_over(describe(photo), describe(np.ascontiguousarray(half[:, ::-1])))
    assert laid is not None
    np.testing.assert_allclose(laid.matrix, mirror_matrix(400) @ scale_matrix(2, 2), atol=1e-9)
    assert laid.evidence.displacement_px < 0.1
    assert laid.evidence.inliers >= 12


def test_previews_serve_where_the_files_are_gone() -> None:
    shelf = PhotoShelf()
    photo = textured_photo(11, 900, 600)
    a, b = shelf.put(photo, "a.jpg"), shelf.put(jpeg(photo, 60), "b.jpg")
    shelf.unreadable.update((a.digest, b.digest))
    assert shelf.verifier().verify(a, b, 0.9).relation is Relation.RESAVED


def _timed(first: str | None, second: str | None) -> tuple[PhotoShelf, Photo, Photo]:
    shelf = PhotoShelf()
    photo = _photo(12)
    return (
        shelf,
        shelf.put(photo, "a.jpg", captured_at=first),
        shelf.put(jpeg(photo, 60), "b.jpg", captured_at=second),
    )


def test_other_sub_seconds_are_another_exposure() -> None:
    shelf, a, b = _timed("2024-05-01T10:00:00.120", "2024-05-01T10:00:00.480")
    found = shelf.verifier().verify(a, b, 0.99)
    assert found.relation is Relation.SIMILAR_SHOT
    assert found.probability > 0.9


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-05-01T10:00:00.120", "2024-05-01T10:00:00.12"),
        ("2024-05-01T10:00:00.120", "2024-05-01T10:00:01"),
        ("2024-05-01T10:00:00", "2024-05-01T10:00:05"),
        ("2024-05-01T10:00:00.120", None),
        (None, None),
    ],
)
def test_equal_missing_and_whole_second_times_prove_nothing(
    first: str | None, second: str | None
) -> None:
    shelf, a, b = _timed(first, second)
    assert shelf.verifier().verify(a, b, 0.99).relation is Relation.RESAVED


def test_equal_pixels_are_one_exposure_whatever_the_times_say() -> None:
    shelf = PhotoShelf()
    a = shelf.put(_photo(12), "a.jpg", captured_at="2024-05-01T10:00:00.120")
    b = shelf.put(_photo(12), "b.jpg", captured_at="2024-05-01T10:00:00.480")
    assert shelf.verifier().verify(a, b, 0.99).relation is Relation.IDENTICAL_IMAGE


def _shapes() -> list[RGB]:
    flat = [np.full((h, w, 3), 90, np.uint8) for h, w in ((1, 1), (1, 300), (300, 1), (200, 300))]
    return [*flat, textured_photo(1, 8, 8), textured_photo(1, 20, 14), textured_photo(1, 300, 3)]


@pytest.mark.parametrize("first", range(7))
def test_flat_and_tiny_photos_never_crash(first: int) -> None:
    photos = [*_shapes(), _photo(1)]
    for second in photos:
        found = _verify(photos[first], second)
        assert 0.0 <= found.probability <= 1.0


def test_description_is_small() -> None:
    made = describe(textured_photo(13, 400, 400))
    found = [made.keypoints(detail) for detail in (GLANCE, COARSE, FINE)]
    arrays = [made.gray, made.colour]
    arrays += [array for some in found for array in (some.points, some.descriptors)]
    assert sum(array.nbytes for array in arrays) < 420_000


def test_a_sky_that_was_cut_away_is_no_frame() -> None:
    photo = textured_photo(21, 800, 600)
    sky = np.linspace(170, 225, 240)[:, None, None] * np.array([0.8, 0.9, 1.0])
    noise = np.random.default_rng(3).normal(0, 2, (240, 800, 3))
    photo[:240] = np.clip(sky + noise, 0, 255)
    shelf = PhotoShelf()
    a, b = shelf.put(photo, "a.jpg"), shelf.put(jpeg(photo[200:].copy(), 80), "b.jpg")
    edit = shelf.verifier().verify(a, b, 0.9).edit
    assert edit is not None
    assert edit.border is False
    assert edit.kept_area == pytest.approx(2 / 3, abs=0.02)
    back = shelf.verifier().verify(b, a, 0.9).edit
    assert back is not None
    assert back.border is False


def _from_the_hand(scene: RGB, degrees: float, shift: tuple[float, float]) -> RGB:
    """The middle of a scene, seen by a camera that was turned and moved."""
    height, width = scene.shape[:2]
    seen = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.08)
    seen[:, 2] += np.array(shift)
    return np.asarray(cv2.warpAffine(scene, seen, (width, height), flags=cv2.INTER_CUBIC))


@pytest.mark.parametrize("seed", range(3))
def test_what_moved_before_a_camera_that_moved_is_another_shot(seed: int) -> None:
    scene = _photo(30 + seed)
    later = scene.copy()
    later[120:190, 200:300] = textured_photo(90 + seed, 100, 70)
    shot, next_shot = _from_the_hand(scene, 0.3, (2, -1)), _from_the_hand(later, -0.2, (-2, 2))
    assert _verify(jpeg(shot, 92), jpeg(next_shot, 92)).relation is Relation.SIMILAR_SHOT


@pytest.mark.parametrize("seed", range(3))
def test_what_was_pasted_onto_a_copy_is_an_edit_also_when_it_was_turned(seed: int) -> None:
    photo = _photo(30 + seed)
    pasted = photo.copy()
    pasted[120:190, 200:300] = textured_photo(90 + seed, 100, 70)
    for copy in (pasted, np.rot90(pasted), pasted[:, ::-1]):
        found = _verify(photo, jpeg(np.ascontiguousarray(copy), 92))
        assert found.relation is Relation.EDITED
        assert found.differs


def test_soft_photos_are_laid_by_pixels_only_where_the_network_finds_them_alike() -> None:
    soft = np.asarray(cv2.GaussianBlur(_photo(7), (0, 0), 20), np.uint8)
    assert len(describe(soft).keypoints(GLANCE)) < 20
    shelf = PhotoShelf()
    a, b = shelf.put(soft, "a.jpg"), shelf.put(jpeg(soft, 60), "b.jpg")
    near, far = (shelf.verifier().verify(a, b, similarity) for similarity in (0.95, 0.45))
    assert near.relation is Relation.RESAVED
    assert far == Verification(None, 0.0, 0.45)
    sharp = _photo(7)
    assert _verify(sharp, jpeg(sharp, 60), 0.45).relation is Relation.RESAVED
