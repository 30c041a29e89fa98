"""cache.db and previews.db on a bad disk: made again, or refused with the reason."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from photodedup.core.background import Background
from photodedup.core.cache_database import CacheRebuilt
from photodedup.core.database import DatabaseNewer, DatabaseUnusable
from photodedup.core.decisions import reject, rejected_pairs
from photodedup.core.digest import digest_file
from photodedup.core.environment import DataFolders, default_folders
from photodedup.core.job import JobControl
from photodedup.core.kept_pairs import PairKeeper
from photodedup.core.library import open_library
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import Problem, ProblemCode, ScanResult
from photodedup.core.store import CacheStore
from tests.core.spoiled import (
    WHOLE_FILE,
    Spoil,
    cut_in_half,
    overwrite,
    read_only,
    run_sql,
    small_disk,
    spoil_table,
)
from tests.data.mutate import mutated
from tests.library_made import make_library
from tests.records_made import make_photo

READABLE = 9  # of the library's files, two of them with the same bytes


class Scanned:
    """A library that was scanned once, with a decision of its user, copied for each test."""

    def __init__(self, root: Path, model: Path) -> None:
        self._root = root
        self.request = ScanRequest(
            (make_library(root / "library"),), device="cpu", model=model, workers=1
        )
        self.folders = default_folders(root / "data")
        self.first = self.scan()
        trip = root / "library" / "trip"
        with open_library(self.folders.data) as library:
            reject(library, [(digest_file(p), p) for p in (trip / "2.jpg", trip / "3.jpg")])

    def copy(self, root: Path) -> DataFolders:
        shutil.copytree(self._root / "data", root / "data")
        return default_folders(root / "data")

    def scan(self, folders: DataFolders | None = None) -> ScanResult:
        return run_scan(self.request, folders or self.folders, JobControl()).result


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Scanned:
    return Scanned(tmp_path_factory.mktemp("scanned"), tiny_model)


@pytest.fixture
def folders(scanned: Scanned, tmp_path: Path) -> Iterator[DataFolders]:
    folders = scanned.copy(tmp_path)
    yield folders
    with open_library(folders.data) as library:
        assert len(rejected_pairs(library)) == 1  # intact each time


def names(result: ScanResult) -> list[list[str]]:
    return [[member.photo.path.name for member in group.members] for group in result.groups]


def spoil_row(path: Path) -> None:
    run_sql(path, "UPDATE photos SET metadata = '[1, 2' WHERE width = 400")


def shorten_embeddings(path: Path) -> None:
    run_sql(path, "UPDATE embeddings SET embedding = substr(embedding, 1, 10)")


def empty_embeddings(path: Path) -> None:
    run_sql(path, "UPDATE embeddings SET embedding = zeroblob(length(embedding))")


def spoil_text(path: Path) -> None:
    run_sql(path, "UPDATE photos SET format = CAST(x'ff' AS TEXT)")


def in_table(table: str) -> Spoil:
    def spoil(path: Path) -> None:
        spoil_table(path, table)

    spoil.__name__ = table
    return spoil


SHOWN_IN_USE: list[Spoil] = [
    *map(in_table, ("photos", "embeddings", "verifications")),
    spoil_row,
    spoil_text,
    shorten_embeddings,
    empty_embeddings,
]


@pytest.mark.parametrize(
    "spoil", [*WHOLE_FILE, *SHOWN_IN_USE], ids=lambda spoil: str(spoil.__name__)
)
def test_a_damaged_cache_is_made_again_within_one_scan(
    scanned: Scanned, folders: DataFolders, spoil: Spoil
) -> None:
    spoil(folders.cache / "cache.db")
    result = scanned.scan(folders)
    assert result.complete
    assert result.groups == scanned.first.groups
    assert result.problems == scanned.first.problems
    counts = result.counts
    assert counts.embedded + counts.from_cache == READABLE
    assert counts.embedded >= READABLE - 1


@pytest.mark.parametrize(
    "spoil", [overwrite, cut_in_half, in_table("previews")], ids=lambda spoil: str(spoil.__name__)
)
def test_damaged_previews_cost_no_scan(
    scanned: Scanned, folders: DataFolders, spoil: Spoil
) -> None:
    spoil(folders.cache / "previews.db")
    result = scanned.scan(folders)
    assert (result.groups, result.counts.embedded) == (scanned.first.groups, 0)
    with CacheStore(folders.cache) as store:
        photo = result.groups[0].keeper
        store.add_previews([(photo.digest, b"jpeg")])
        assert store.preview(photo.digest) == b"jpeg"


def test_previews_of_noise_are_decoded_again(scanned: Scanned, folders: DataFolders) -> None:
    run_sql(folders.cache / "previews.db", "UPDATE previews SET jpeg = x'00ff00'")
    run_sql(folders.cache / "cache.db", "DELETE FROM verifications")
    assert names(scanned.scan(folders)) == names(scanned.first)


def test_only_the_last_damaged_cache_is_kept(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / "cache.db").write_bytes(b"noise" * 1000)
        CacheStore(tmp_path).close()
    assert len(list(tmp_path.glob("cache.db.damaged-*"))) == 1


def test_who_finds_the_damage_second_keeps_the_new_cache(tmp_path: Path) -> None:
    photo = make_photo("a.jpg")
    with CacheStore(tmp_path) as first, CacheStore(tmp_path) as second:
        first.add_photos([(photo, None)])
        for store in (first, second):
            with pytest.raises(CacheRebuilt, match="begun anew"):
                store.embeddings("m", [digest_of_short_row(tmp_path)], 8)
            store.add_photos([(photo, None)])
            if store is first:
                kept = (tmp_path / "cache.db").stat().st_ino
        assert (tmp_path / "cache.db").stat().st_ino == kept
        assert second.photo(photo.file) == (photo, None)


def digest_of_short_row(folder: Path) -> bytes:
    """Write an embedding that is too short into whatever cache is open under any name."""
    digest = bytes(16)
    for path in (*folder.glob("cache.db.damaged-*"), folder / "cache.db"):
        if not path.name.endswith(("-wal", "-shm")):
            values = f"x'{digest.hex()}', 'm', x'00'"
            run_sql(path, f"INSERT OR REPLACE INTO embeddings VALUES ({values})")
            break
    return digest


def test_a_newer_cache_is_refused_and_left_as_it_is(scanned: Scanned, folders: DataFolders) -> None:
    cache = folders.cache / "cache.db"
    run_sql(cache, "PRAGMA user_version = 99")
    before = cache.read_bytes()
    with pytest.raises(DatabaseNewer, match=r"newer photodedup.*--data-dir"):
        scanned.scan(folders)
    assert cache.read_bytes() == before


def test_a_read_only_cache_is_refused_with_the_reason(
    scanned: Scanned, folders: DataFolders
) -> None:
    with read_only(folders.cache), pytest.raises(DatabaseUnusable, match=r"cache\.db.*read-only"):
        scanned.scan(folders)
    assert scanned.scan(folders).groups == scanned.first.groups


@pytest.mark.parametrize("size", ["16k", "100k", "240k"])
def test_a_full_disk_stops_the_scan_with_the_reason(
    scanned: Scanned, folders: DataFolders, size: str
) -> None:
    """Full from the start, while the databases are made, and while photos are kept."""
    shutil.rmtree(folders.cache)
    folders.cache.mkdir()
    with (
        small_disk(folders.cache, size),
        pytest.raises(DatabaseUnusable, match=r"\.db: cannot use.*the disk is full"),
    ):
        scanned.scan(folders)
    assert scanned.scan(folders).groups == scanned.first.groups


@pytest.mark.skipif(sys.platform == "win32", reason="ulimit")
def test_the_command_line_says_that_files_may_not_grow(
    scanned: Scanned, tmp_path: Path, tiny_model: Path
) -> None:
    """Another way for a disk to be full, which needs no mount."""
    words = [sys.executable, "-m", "photodedup", "--data-dir", str(tmp_path / "data")]
    scan = [*words, "--model", str(tiny_model), "scan", str(scanned.request.folders[0])]
    limited = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", *scan]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert "cannot use the database" in line


def test_times_beyond_sqlites_numbers_are_told_apart(tmp_path: Path) -> None:
    """2**63 ns are the year 2262; file systems go further."""
    photos = [
        replace(photo, file=replace(photo.file, mtime_ns=mtime_ns))
        for photo, mtime_ns in (
            (make_photo("a.jpg"), 2**63 + 5),
            (make_photo("b.jpg"), -(10**18)),
            (make_photo("c.jpg"), 2**64 - 1),
        )
    ]
    with CacheStore(tmp_path) as store:
        store.add_photos((photo, None) for photo in photos)
        for photo in photos:
            assert store.photo(photo.file) == (photo, None)
            changed = replace(photo.file, mtime_ns=photo.file.mtime_ns + 1)
            assert store.photo(changed) is None


def test_problems_can_be_forgotten_by_folder(tmp_path: Path) -> None:
    kinds = {"sound": None, "part": "cut short"}
    photos = {
        f"{folder}/{kind}.jpg": (make_photo(f"{folder}/{kind}.jpg"), damage)
        for folder in ("here", "there")
        for kind, damage in kinds.items()
    }
    files = [make_photo(f"{folder}/none.jpg").file for folder in ("here", "there")]
    crash = ProblemCode.DECODER_CRASHED
    with CacheStore(tmp_path) as store:
        store.add_photos(photos.values())
        store.add_problems((file, Problem(file.path, crash, "signal 11")) for file in files)
        named = {p.path.relative_to("/photos").as_posix() for _, p in store.known_problems()}
        assert named == {f"{f}/{k}.jpg" for f in ("here", "there") for k in ("part", "none")}
        store.forget_problems([Path("/photos/here")])
        left = {p.path.relative_to("/photos").as_posix() for _, p in store.known_problems()}
        assert left == {"there/part.jpg", "there/none.jpg"}
        assert store.photo(photos["here/sound.jpg"][0].file) is not None
        assert store.counts()["photos"] == 3


def test_kept_pairs_that_are_damaged_are_proposed_anew(tmp_path: Path) -> None:
    """However: the file is an archive, whose reader has many ways to fail."""
    rows = np.random.default_rng(0).standard_normal((60, 16)).astype(np.float32)
    rows[1::2] = rows[::2] + 0.1 * rows[1::2]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    digests = [bytes([number]) * 16 for number in range(len(rows))]
    keeper = PairKeeper(tmp_path, "m", Background(rows[:0]), 0.5, "exact")
    sound = keeper.propose(lambda: rows, digests, JobControl())
    (kept,) = tmp_path.glob("*.npz")
    whole = kept.read_bytes()
    encrypted = bytearray(whole)
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(head), whole):
            encrypted[found.start() + flags] |= 1
    for damaged in (bytes(encrypted), *(mutated(whole, seed)[1] for seed in range(120))):
        kept.write_bytes(damaged)
        found = keeper.propose(lambda: rows, digests, JobControl())
        assert np.array_equal(found.starts, sound.starts)
        assert np.array_equal(found.rows, sound.rows)
