"""Disks and people that do things while a scan runs, and clocks that are wrong."""

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from photodedup.core.decisions import reject
from photodedup.core.digest import digest_file
from photodedup.core.environment import DataFolders
from photodedup.core.errors import FolderMissing
from photodedup.core.job import JobControl, Stage
from photodedup.core.library import open_library
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import ProblemCode, ScanResult
from photodedup.core.scan import find_photos
from photodedup.core.store import CacheStore
from tests.data.make_photos import textured_photo
from tests.library_made import make_library, save_photo

READABLE = 9
NS = 10**9
YEAR_NS = 365 * 86_400 * NS


@pytest.fixture(scope="module")
def library_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("made") / "library")


@pytest.fixture
def request_for(library_once: Path, tmp_path: Path, tiny_model: Path) -> ScanRequest:
    library = tmp_path / "library"
    shutil.copytree(library_once, library)
    return ScanRequest((library,), device="cpu", model=tiny_model, workers=1)


def scan(
    request: ScanRequest, folders: DataFolders, control: JobControl | None = None
) -> ScanResult:
    return run_scan(request, folders, control or JobControl()).result


def names(result: ScanResult) -> list[set[str]]:
    return [{member.photo.path.name for member in group.members} for group in result.groups]


def move(folder: Path, to: Path) -> None:
    folder.rename(to)


class DoOnce(JobControl):
    """Does something at the first step of a stage, in the middle of the scan's own work."""

    def __init__(self, stage: Stage, act: Callable[[], None]) -> None:
        super().__init__()
        self._stage = stage
        self._act: Callable[[], None] | None = act

    def advance(self, n: int = 1) -> None:
        super().advance(n)
        if self._act is not None and self.progress().stage is self._stage:
            act, self._act = self._act, None
            act()

    @property
    def has_struck(self) -> bool:
        return self._act is None


@pytest.mark.parametrize("stage", [Stage.WALK, Stage.EMBED, Stage.VERIFY])
def test_a_folder_that_goes_while_it_is_scanned(
    request_for: ScanRequest, folders: DataFolders, tmp_path: Path, stage: Stage
) -> None:
    """Everything found is accounted for; when it is back, all is as if nothing had been."""
    library = request_for.folders[0]
    control = DoOnce(stage, lambda: move(library, tmp_path / "gone"))
    result = scan(request_for, folders, control)
    assert control.has_struck
    assert result.complete
    counts = result.counts
    assert counts.embedded + counts.from_cache + counts.skipped == counts.found
    lost = {ProblemCode.FILE_UNREADABLE, ProblemCode.FOLDER_UNREADABLE}
    told = {problem.code for problem in result.problems}
    assert told & lost or counts.embedded == READABLE
    with pytest.raises(FolderMissing, match="plug in its drive"):
        scan(request_for, folders)
    (tmp_path / "gone").rename(library)
    back = scan(request_for, folders)
    assert [len(group) for group in names(back)] == [3, 2]
    assert back.counts.from_cache == counts.embedded + counts.from_cache
    assert {problem.code for problem in back.problems} == {
        ProblemCode.NOT_A_PHOTO,
        ProblemCode.EMPTY,
    }


def test_thousands_of_files_that_come_and_go(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    """What stays is found and grouped; of the rest each file that was seen ends somewhere."""
    library = request_for.folders[0]
    tiny = save_photo(textured_photo(90, 64, 48), library / "tiny.jpg", quality=30).read_bytes()
    ended = threading.Event()

    def churn() -> None:
        """Up to 2,000 files in ten folders, each written anew or removed in turn."""
        turn = 0
        while not ended.is_set():
            folder = library / f"churn {turn % 10}"
            folder.mkdir(exist_ok=True)
            for number in range(200):
                path = folder / f"{number}.jpg"
                if turn % 20 < 10:
                    path.write_bytes(tiny + b"%d" % (turn % 3))
                else:
                    path.unlink(missing_ok=True)
            if turn % 20 >= 10:
                shutil.rmtree(folder)
            turn += 1

    person = threading.Thread(target=churn)
    person.start()
    try:
        result = scan(request_for, folders)
    finally:
        ended.set()
        person.join()
    counts = result.counts
    assert result.complete
    assert counts.embedded + counts.from_cache + counts.skipped == counts.found
    wanted = [{"0.jpg", "copy of 0.jpg", "half.jpg"}, {"1.jpg", "crop.jpg"}]
    assert all(group in names(result) for group in wanted)
    about = {p.path.name: p.code for p in result.problems if "churn" not in str(p.path)}
    assert about == {"text.jpg": ProblemCode.NOT_A_PHOTO, "empty.jpg": ProblemCode.EMPTY}


def test_two_scans_at_once(request_for: ScanRequest, folders: DataFolders) -> None:
    """On one cache that both make, with an index that both want to keep."""
    both = replace(request_for, index="annoy")
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: scan(both, folders), range(2))
    assert first.groups == second.groups
    assert [len(group) for group in names(first)] == [3, 2]
    third = scan(both, folders)
    assert (third.groups, third.counts.embedded) == (first.groups, 0)


def test_a_drive_that_comes_back_under_another_letter(
    request_for: ScanRequest, folders: DataFolders, tmp_path: Path
) -> None:
    library = request_for.folders[0]
    first = scan(request_for, folders)
    with open_library(folders.data) as kept:
        reject(kept, [(digest_file(p), p) for p in (library / "crop.jpg", library / "trip/1.jpg")])
    other = tmp_path / "other"
    other.mkdir()
    save_photo(textured_photo(7, 400, 300), other / "7.jpg")
    (tmp_path / "E").mkdir()
    library.rename(tmp_path / "E" / "library")  # nothing is there while only the other is scanned
    scan(replace(request_for, folders=(other,)), folders)
    back = replace(request_for, folders=(tmp_path / "E" / "library",))
    result = scan(back, folders)
    assert (result.counts.embedded, result.counts.from_cache) == (0, READABLE)
    assert names(result) == names(first)[:1]  # the second is no duplicate, as was decided
    assert len(result.problems) == len(first.problems)


def test_a_missing_folder_can_be_passed_over_for_the_others(
    request_for: ScanRequest, folders: DataFolders, tmp_path: Path
) -> None:
    both = replace(request_for, folders=(tmp_path / "unplugged", *request_for.folders))
    with pytest.raises(FolderMissing):
        scan(both, folders)
    result = scan(replace(both, pass_over_missing=True), folders)
    assert len(result.groups) == 2
    (missing,) = (p for p in result.problems if p.code is ProblemCode.FOLDER_MISSING)
    assert missing.path == tmp_path / "unplugged"
    with pytest.raises(FolderMissing):
        scan(replace(both, folders=(tmp_path / "unplugged",), pass_over_missing=True), folders)


@pytest.fixture
def odd_times(request_for: ScanRequest) -> dict[Path, int]:
    """Before 1970, at the turns of 32 and 64 bits, and far ahead, as far as this disk can."""
    library = request_for.folders[0]
    files = sorted(library.rglob("*.jpg"))
    wanted = [-30 * YEAR_NS, -1, 0, 2**31 * NS, 2**32 * NS, 2**63 - 1, 2**63 + 5, 430 * YEAR_NS]
    set_to = {}
    for path, time_ns in zip(files, wanted, strict=False):
        try:
            os.utime(path, ns=(time_ns, time_ns))
        except (OSError, OverflowError):
            continue
        set_to[path] = path.stat().st_mtime_ns
    return set_to


def test_wrong_clocks(
    request_for: ScanRequest, folders: DataFolders, odd_times: dict[Path, int]
) -> None:
    found = {p.path: p.mtime_ns for p in find_photos(request_for.folders, [], lambda _: None)}
    assert odd_times.items() <= found.items()
    first = scan(request_for, folders)
    assert names(first)
    second = scan(request_for, folders)
    assert (second.counts.embedded, second.groups) == (0, first.groups)
    for path in odd_times:  # the clock is set back: times that were seen before come again
        os.utime(path, ns=(NS, NS))
    third = scan(request_for, folders)
    assert (third.counts.embedded, third.counts.from_cache) == (0, READABLE)  # by content
    assert [len(group) for group in names(third)] == [3, 2]


def test_unreadable_files_are_tried_again_on_request(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    """As after an update that reads more: the files have not changed, what is said of them has."""
    library = request_for.folders[0]
    whole = (library / "crop.jpg").read_bytes()
    crop = library / "crop.jpg"
    before = crop.stat()
    crop.write_bytes(whole[:300] + bytes(len(whole) - 300))
    os.utime(crop, ns=(before.st_atime_ns, before.st_mtime_ns))
    broken = scan(request_for, folders)
    assert names(broken)[1:] == []
    crop.write_bytes(whole)
    os.utime(crop, ns=(before.st_atime_ns, before.st_mtime_ns))  # so that it seems unchanged
    unchanged = scan(request_for, folders)
    assert unchanged.problems == broken.problems
    assert unchanged.counts.embedded == 0
    again = scan(replace(request_for, retry=True), folders)
    assert again.counts.embedded == 1
    assert [len(group) for group in names(again)] == [3, 2]
    with CacheStore(folders.cache) as store:
        assert store.known_problems() == []


def test_what_still_cannot_be_read_is_remembered_anew(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    (request_for.folders[0] / "cut.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    first = scan(request_for, folders)
    again = scan(replace(request_for, retry=True), folders)
    assert {p.path.name: p.code for p in again.problems} == {
        p.path.name: p.code for p in first.problems
    }
    with CacheStore(folders.cache) as store:
        assert [problem.path.name for _, problem in store.known_problems()] == ["cut.heic"]
