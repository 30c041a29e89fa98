"""Many photos compared with one at once, against one pair at a time."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core import crowd
from photodedup.core.align import find_agreement
from photodedup.core.crowd import Crowd, agreeing_keypoints
from photodedup.core.keypoints import GLANCE, Compared, Keypoints, detect, match
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


@pytest.mark.parametrize("at_once", [1, 250, 500, 5000])  # keypoints of others
def test_all_at_once_is_one_by_one(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "AT_ONCE", at_once)
    own, theirs = photo_and_others()
    crowds = [Crowd(own, SIZE, theirs), Crowd(theirs[2], SIZE[::-1], theirs[::-1])]
    crowds += [Crowd(theirs[8], SIZE, theirs), Crowd(own, SIZE, [])]  # without keypoints, alone
    wanted = [
        len(find_agreement(one.photo, other, one.size)) for one in crowds for other in one.others
    ]
    assert agreeing_keypoints(crowds).tolist() == wanted
    assert min(wanted[:2]) > 20  # the crop and the mirrored one


def test_matches_with_many_are_those_with_each() -> None:
    own, theirs = photo_and_others()
    photos = [Compared(own, SIZE[0], theirs), Compared(theirs[1], SIZE[0], theirs[:5])]
    together = match(photos)
    pairs = [replace(photo, others=[other]) for photo in photos for other in photo.others]
    for place, pair in enumerate(pairs):
        alone = match([pair])
        rows = together.which == place
        assert together.view[rows].tolist() == alone.view.tolist()
        assert together.first[rows].tolist() == alone.first.tolist()
        assert together.second[rows].tolist() == alone.second.tolist()
    assert len(match(photos[:1]).which) < len(together.which)


def test_nothing_compared_shares_nothing() -> None:
    assert agreeing_keypoints([]).tolist() == []
    assert match([]).which.tolist() == []


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
    verifier = shelf.verifier()
    shared, of_plain = verifier.glance([(photos[0], photos[1:]), (photos[9], photos[:2])])
    assert int(np.argmax(shared)) == 6
    assert shared[7:] == [0, -1]
    assert of_plain == [-1, -1]
    (first,) = verifier.first_look([(photos[0], photos[1:])])
    assert int(np.argmax(first)) == 6
    assert first[7:] == [0, -1]
    assert max(first) < max(shared)  # of fewer keypoints
    assert verifier.glance([]) == []
    assert verifier.verify(photos[0], photos[8], 0.6).relation is None
