"""The cache gives back what it was given, and never the wrong photo."""

import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from photodedup.core.cache_database import CacheRebuilt
from photodedup.core.database import open_database
from photodedup.core.records import (
    Edit,
    Evidence,
    Metadata,
    Problem,
    ProblemCode,
    Relation,
    Verification,
)
from photodedup.core.store import CACHE_MIGRATIONS, CacheStore
from photodedup.core.stored_rows import file_identity
from tests.records_made import make_photo

NOT_UTF8 = "caf\udce9\n'\".jpg"  # a Latin-1 name, as os.fsdecode gives it


def test_photos_come_back_whole(tmp_path: Path) -> None:
    metadata = Metadata(captured_at="2020-01-02T03:04:05.67", camera="X", latitude=-1.5, rating=4)
    sound, odd = make_photo("a.jpg", metadata=metadata), make_photo(NOT_UTF8, damaged=True)
    with CacheStore(tmp_path) as store:
        store.add_photos([(sound, None), (odd, "cut short")])
    with CacheStore(tmp_path) as store:
        assert store.photo(sound.file) == (sound, None)
        assert store.photo(odd.file) == (odd, "cut short")


@pytest.mark.parametrize("change", [{"size_bytes": 1}, {"mtime_ns": 1}])
def test_a_changed_file_is_not_known(tmp_path: Path, change: dict[str, int]) -> None:
    photo = make_photo("a.jpg")
    with CacheStore(tmp_path) as store:
        store.add_photos([(photo, None)])
        assert store.photo(replace(photo.file, **change)) is None


def test_a_moved_file_is_known_by_its_content(tmp_path: Path) -> None:
    photo = make_photo("a.jpg")
    moved = replace(photo.file, path=Path("/photos/elsewhere.jpg"))
    with CacheStore(tmp_path) as store:
        store.add_photos([(photo, None)])
        assert store.knows_size(moved.size_bytes)
        assert not store.knows_size(moved.size_bytes + 1)
        assert store.photo_of_content(moved, photo.digest) == (replace(photo, file=moved), None)


def test_embeddings_keep_order_length_and_model(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    digests = [bytes([n]) * 16 for n in range(3)]
    with CacheStore(tmp_path) as store:
        store.add_embeddings("m", digests, rows)
        found = store.embeddings("m", digests[::-1], 8)
        assert store.has_embedding("m", digests[0])
        assert not store.has_embedding("other", digests[0])
        with pytest.raises(KeyError):
            store.embeddings("other", digests, 8)
    np.testing.assert_allclose(found, rows[::-1], atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_only_lasting_problems_are_remembered(tmp_path: Path) -> None:
    crashed, locked = make_photo("a.jpg").file, make_photo("b.jpg").file
    crash = Problem(crashed.path, ProblemCode.DECODER_CRASHED, "signal 11")
    lock = Problem(locked.path, ProblemCode.FILE_UNREADABLE, "permission denied")
    with CacheStore(tmp_path) as store:
        store.add_problems([(crashed, crash), (locked, lock)])
        assert store.problem(crashed) == crash
        assert store.problem(locked) is None
        assert store.problem(replace(crashed, mtime_ns=1)) is None


def test_a_cache_from_before_the_time_limit_was_kept_means_the_usual_one(tmp_path: Path) -> None:
    file = make_photo("a.jpg").file
    with closing(open_database(tmp_path / "cache.db", CACHE_MIGRATIONS[:1])) as old:
        row = (*file_identity(file), ProblemCode.TIMED_OUT.value, "slow")
        old.execute("INSERT INTO unreadable VALUES (?,?,?,?,?)", row)
        old.commit()
    with CacheStore(tmp_path) as store:
        assert store.problem(file, 60) is not None
        assert store.problem(file, 61) is None


def test_verifications_come_back_by_verifier(tmp_path: Path) -> None:
    found = Verification(
        Relation.EDITED,
        0.75,
        0.9,
        Edit(scale=0.5, mirrored=True, tone="gray"),
        ((0.1, 0.2, 0.3, 0.4),),
        Evidence(inliers=30, method="keypoints"),
    )
    with CacheStore(tmp_path) as store:
        store.add_verifications("v1", [(b"a", b"b", found), (b"b", b"c", Verification(None, 0, 0))])
        assert store.verifications("v1") == {
            (b"a", b"b"): found,
            (b"b", b"c"): Verification(None, 0, 0),
        }
        assert store.verifications("v2") == {}
        store.add_verifications("v1", [(b"all", b"all", Verification(None, 0, 0))])
        assert set(store.verifications("v1", only_alike=True)) == {(b"a", b"b"), (b"all", b"all")}


def test_paths_below_a_folder_are_not_those_beside_it(tmp_path: Path) -> None:
    inside, beside = make_photo("trip/a.jpg"), make_photo(f"trip-2/{NOT_UTF8}")
    other = make_photo("trip/b.jpg")
    listed = {photo: (os.fsencode(photo.path), photo.digest) for photo in (inside, beside)}
    with CacheStore(tmp_path) as store:
        store.add_photos([(inside, None), (beside, None), (other, None)])
        store.add_embeddings("m", [inside.digest, beside.digest], np.eye(2, dtype=np.float32))
        store.add_embeddings("n", [other.digest], np.eye(1, 2, dtype=np.float32))
        assert store.embedded_paths("m", Path("/photos/trip")) == [listed[inside]]
        assert store.embedded_paths("m") == [listed[beside], listed[inside]]
        kept = store.photos_at([path for path, _ in listed.values()] + [b"/photos/unknown.jpg"])
        assert {photo.path: photo.digest for photo in kept} == {
            photo.path: photo.digest for photo in (inside, beside)
        }


def test_a_path_that_is_none_begins_the_cache_anew(tmp_path: Path) -> None:
    with CacheStore(tmp_path) as store:
        store.add_photos([(replace(make_photo("a.jpg"), digest=b""), None)])
        store.add_embeddings("m", [b""], np.eye(1, 2, dtype=np.float32))
        with pytest.raises(CacheRebuilt):
            store.embedded_paths("m")
        assert store.embedded_paths("m") == []


def test_the_oldest_previews_are_evicted(tmp_path: Path) -> None:
    digests = [bytes([n]) * 16 for n in range(5)]
    with CacheStore(tmp_path) as store:
        store.add_previews((digest, bytes(100)) for digest in digests)
        store.evict_previews(limit_bytes=250)
        assert [store.preview(digest) is not None for digest in digests] == [0, 0, 0, 1, 1]


def test_a_damaged_cache_is_set_aside_and_begun_anew(tmp_path: Path) -> None:
    photo = make_photo("a.jpg")
    with CacheStore(tmp_path) as store:
        store.add_photos([(photo, None)])
    (tmp_path / "cache.db").write_bytes(b"noise" * 4000)
    with CacheStore(tmp_path) as store:
        assert store.photo(photo.file) is None
        store.add_photos([(photo, None)])
        assert store.photo(photo.file) == (photo, None)
    assert len(list(tmp_path.glob("cache.db.damaged-*"))) == 1


def test_embedded_photos_are_those_that_are_unchanged_and_embedded(tmp_path: Path) -> None:
    photos = [make_photo(f"{n}.jpg", damaged=n == 5) for n in range(1203)]  # three queries' worth
    rows = np.eye(8, dtype=np.float32)[np.arange(1203) % 8]
    changed = replace(photos[3].file, mtime_ns=1)
    with CacheStore(tmp_path) as store:
        store.add_photos((photo, "cut short" if n == 5 else None) for n, photo in enumerate(photos))
        store.add_embeddings("m", [photo.digest for photo in photos[:-1]], rows[:-1])
        files = [photo.file for photo in photos]
        files[3] = changed
        found = store.embedded_photos(files, "m")
        embedded = store.embedded_digests("m")
        assert embedded == {photo.digest for photo in photos[:-1]}
        assert store.embedded_photos(files, "m", embedded) == found
        # first and last: so much lies between them that it is not read
        assert store.embedded_photos([files[0], files[-2]], "m", embedded) == [found[0], found[-2]]
        assert store.embedded_photos([], "m", embedded) == []
        assert store.embedded_photos(files, "other") == [None] * len(files)
        assert store.embeddings("m", [photo.digest for photo in photos[:-1]], 8).shape == (1202, 8)
    assert found[3] is None
    assert found[-1] is None
    assert found[5] == (photos[5], "cut short")
    expected = [(photo, None) for photo in photos]
    assert [f for n, f in enumerate(found) if n not in (3, 5, 1202)] == [
        one for n, one in enumerate(expected) if n not in (3, 5, 1202)
    ]
