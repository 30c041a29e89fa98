"""Many photos compared with one at once, against one pair at a time."""

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core import crowd
from photodedup.core.align import find_agreement
from photodedup.core.crowd import agreeing_keypoints
from photodedup.core.keypoints import GLANCE, Keypoints, detect, match_all
from photodedup.core.records import Photo
from tests.core.photo_shelf import PhotoShelf, jpeg
from tests.data.make_photos import textured_photo

SIZE = 300, 200


def keypoints_of(rgb: npt.NDArray[np.uint8]) -> Keypoints:
    return detect(np.ascontiguousarray(rgb[..., 1]), GLANCE)


def photo_and_others() -> tuple[Keypoints, list[Keypoints]]:
    photo = textured_photo(1, *SIZE)
    others = [photo[40:160, 60:240], photo[:, ::-1], np.rot90(photo), photo[:30, :30]]
    others += [textured_photo(seed, *SIZE) for seed in range(2, 6)]
    others.append(np.full((200, 300, 3), 90, np.uint8))  # without keypoints
    return keypoints_of(photo), [keypoints_of(other) for other in others]


@pytest.mark.parametrize("at_once", [1, 4, 50])
def test_all_at_once_is_one_by_one(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "AT_ONCE", at_once)
    own, theirs = photo_and_others()
    wanted = [len(find_agreement(own, other, SIZE)) for other in theirs]
    assert agreeing_keypoints(own, theirs, SIZE).tolist() == wanted
    assert min(wanted[:2]) > 20  # the crop and the mirrored one


def test_matches_with_many_are_those_with_each() -> None:
    own, theirs = photo_and_others()
    views = own, own.mirrored(SIZE[0])
    for view, together in zip(views, match_all(views, theirs), strict=True):
        for place, other in enumerate(theirs):
            rows = np.flatnonzero(together.which == place)
            (alone,) = match_all([view], [other])
            assert together.first[rows].tolist() == alone.first.tolist()
            assert together.second[rows].tolist() == alone.second.tolist()
    assert [found.which.tolist() for found in match_all(views, [])] == [[], []]


def test_a_photo_without_keypoints_shares_none() -> None:
    plain = keypoints_of(np.full((200, 300, 3), 90, np.uint8))
    theirs = [keypoints_of(textured_photo(seed, *SIZE)) for seed in range(2)]
    assert agreeing_keypoints(plain, theirs, SIZE).tolist() == [0, 0]
    assert agreeing_keypoints(theirs[0], [], SIZE).tolist() == []


def test_a_glance_tells_copies_from_look_alikes_and_says_where_it_cannot() -> None:
    shelf = PhotoShelf()
    scene = textured_photo(3, 600, 400)
    photos: list[Photo] = [shelf.put(scene, "a.jpg")]
    for seed in range(6):  # the same room, something else before it
        shot = scene.copy()
        shot[60:360, 120:480] = textured_photo(20 + seed, 360, 300)
        photos.append(shelf.put(jpeg(shot, 85), f"shot{seed}.jpg"))
    photos.append(shelf.put(jpeg(scene[50:350, 130:470].copy(), 85), "crop.jpg"))
    photos.append(shelf.put(textured_photo(40, 600, 400), "other.jpg"))
    photos.append(shelf.put(np.full((400, 600, 3), 120, np.uint8), "plain.jpg"))
    shared = shelf.verifier().glance(photos[0], photos[1:])
    assert int(np.argmax(shared)) == 6
    assert shared[7:] == [0, -1]
    assert shelf.verifier().verify(photos[0], photos[8], 0.6).relation is None
    assert shelf.verifier().glance(photos[9], photos[:2]) == [-1, -1]
