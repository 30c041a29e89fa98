"""Many photos compared with one at once, against one pair at a time."""

import numpy as np
import pytest

from photodedup.core import crowd
from photodedup.core.crowd import shared_keypoints
from photodedup.core.keypoints import GLANCE, Keypoints, detect, match
from photodedup.core.records import Photo
from tests.core.photo_shelf import PhotoShelf, jpeg
from tests.data.make_photos import textured_photo


def one_by_one(photo: Keypoints, others: list[Keypoints]) -> list[int]:
    return [max(len(match(seen, o)) for seen in (photo, photo.mirrored(0))) for o in others]


def keypoints_of(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Keypoints:
    return detect(np.ascontiguousarray(rgb[..., 1]), GLANCE)


@pytest.mark.parametrize("at_once", [1, 4, 50])
def test_all_at_once_is_one_by_one(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "AT_ONCE", at_once)
    photo = textured_photo(1, 300, 200)
    others = [photo[40:160, 60:240], photo[:, ::-1], np.rot90(photo), photo[:30, :30]]
    others += [textured_photo(seed, 300, 200) for seed in range(2, 6)]
    others.append(np.full((200, 300, 3), 90, np.uint8))  # without keypoints
    own, theirs = keypoints_of(photo), [keypoints_of(other) for other in others]
    assert shared_keypoints(own, theirs).tolist() == one_by_one(own, theirs)


def test_a_photo_without_keypoints_shares_none() -> None:
    plain = keypoints_of(np.full((200, 300, 3), 90, np.uint8))
    theirs = [keypoints_of(textured_photo(seed, 300, 200)) for seed in range(2)]
    assert shared_keypoints(plain, theirs).tolist() == [0, 0]
    assert shared_keypoints(theirs[0], []).tolist() == []


def test_the_verifier_puts_copies_before_look_alikes() -> None:
    shelf = PhotoShelf()
    scene = textured_photo(3, 600, 400)
    photos: list[Photo] = [shelf.put(scene, "a.jpg")]
    for seed in range(6):  # the same room, something else before it
        shot = scene.copy()
        shot[60:360, 120:480] = textured_photo(20 + seed, 360, 300)
        photos.append(shelf.put(jpeg(shot, 85), f"shot{seed}.jpg"))
    photos.append(shelf.put(jpeg(scene[50:350, 130:470].copy(), 85), "crop.jpg"))
    assert shelf.verifier().most_alike(photos[0], photos[1:])[0] == 6
