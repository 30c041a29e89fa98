"""Descriptions are made once while there is room, and again, the same, where there was none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from photodedup.core import previews
from photodedup.core.evidence import describe
from photodedup.core.keypoints import COARSE, GLANCE
from photodedup.core.prepare import prepare_photo
from photodedup.core.preview_jpeg import pixels_of_jpeg
from photodedup.core.previews import PreviewSource, describe_jpeg
from photodedup.core.records import Photo
from photodedup.core.scan import find_photos
from photodedup.core.store import CacheStore
from tests.data.make_photos import textured_photo
from tests.data.photo_files import encode
from tests.records_made import make_photo


class CountingStore(CacheStore):
    """Counts how often a preview is read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reads = 0

    def __enter__(self) -> "CountingStore":
        return self

    def preview(self, digest: bytes) -> bytes | None:
        self.reads += 1
        return super().preview(digest)


def store_of(folder: Path, photos: list[Photo]) -> CountingStore:
    store = CountingStore(folder)
    for seed, photo in enumerate(photos):
        done, jpeg = cv2.imencode(".jpg", textured_photo(seed, 400, 300))
        assert done
        store.add_previews([(photo.digest, jpeg.tobytes())])
    return store


def test_a_description_is_that_of_the_preview(tmp_path: Path) -> None:
    photo = make_photo("a.jpg")
    with store_of(tmp_path, [photo]) as store:
        made = PreviewSource(store).describe(photo)
        jpeg = store.preview(photo.digest)
        assert jpeg is not None
        wanted = describe(pixels_of_jpeg(jpeg))
        assert made.size == wanted.size == (400, 300)
        off = made.gray.astype(int) - wanted.gray
        assert np.abs(off).mean() < 0.5  # not by way of colours, which are cut off at 0 and 255
        assert np.array_equal(made.colour, wanted.colour)
        again = describe_jpeg(jpeg)
        for detail in (GLANCE, COARSE):
            assert np.array_equal(made.keypoints(detail).points, again.keypoints(detail).points)


def test_a_glance_is_kept_longer_than_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "KEPT_DESCRIPTIONS", 2)
    monkeypatch.setattr(previews, "KEPT_GLANCES", 4)
    photos = [make_photo(f"{n}.jpg") for n in range(5)]
    with store_of(tmp_path, photos) as store:
        source = PreviewSource(store)
        glances = [source.describe(photo).keypoints(GLANCE) for photo in photos[:4]]
        coarse = source.describe(photos[3]).keypoints(COARSE)
        assert store.reads == 4
        assert source.describe(photos[3]).keypoints(COARSE) is coarse
        for photo, glance in zip(photos[:4], glances, strict=True):
            assert source.describe(photo).keypoints(GLANCE) is glance
            assert source.describe(photo).size == (400, 300)
        assert store.reads == 4
        again = source.describe(photos[1]).keypoints(COARSE)  # its pixels had to go
        assert store.reads == 5
        assert len(again) > 100
        source.describe(photos[4])  # one more than there is room for: 0 was asked for longest ago
        assert source.describe(photos[0]).keypoints(GLANCE) is not glances[0]
        assert store.reads == 6


def test_a_damaged_preview_is_decoded_from_the_file_again(tmp_path: Path) -> None:
    photo = make_photo("a.jpg")
    pixels = textured_photo(1, 400, 300)

    class Source(PreviewSource):
        def load_pixels(self, photo: Photo, longest_px: int | None) -> previews.Pixels:
            return pixels

    with CacheStore(tmp_path) as store:
        for damaged in (b"no JPEG", b""):
            store.add_previews([(photo.digest, damaged)])
            assert np.array_equal(Source(store).describe(photo).gray, describe(pixels).gray)


def test_what_a_reader_saw_at_a_glance_is_what_the_preview_shows(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(encode(textured_photo(3, 900, 600), "PNG"))
    (file,) = find_photos([tmp_path / "photos"], [], lambda problem: None)
    prepared = prepare_photo(file, 64)
    with CountingStore(tmp_path) as store:
        store.add_previews([(prepared.photo.digest, prepared.preview_jpeg)])
        looked_at = PreviewSource(store).describe(prepared.photo)
        source = PreviewSource(store)
        source.keep_glance(prepared)
        told = source.describe(prepared.photo)
        assert np.array_equal(
            told.keypoints(GLANCE).descriptors, looked_at.keypoints(GLANCE).descriptors
        )
        assert told.size == looked_at.size == (400, 267)
        assert store.reads == 1  # by the one that was not told
        assert len(told.keypoints(COARSE)) > 100
        assert store.reads == 2
