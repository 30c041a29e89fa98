"""New photos in watched folders are read, once nobody writes to them any more."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from photodedup.core.environment import DataFolders
from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.store import CacheStore
from photodedup.core.watch import Changes, Watched, Way
from photodedup.core.watch_reading import LOOK_S, WatchNews, WatchTools, watch_folders
from tests.data.make_photos import textured_photo
from tests.library_made import save_photo


class Play:
    """Time that passes only while the watching waits, and what happens at which second."""

    def __init__(self, folder: Path, control: JobControl) -> None:
        self.folder = folder
        self.now_s = 0.0
        self.changes: Changes | None = None
        self.is_closed = False
        self.looks = 0
        self.news: list[WatchNews] = []
        self._control = control
        self._acts: list[tuple[float, Callable[[], object]]] = []

    def at(self, second: float, *acts: Callable[[], object]) -> None:
        self._acts += [(second, act) for act in acts]

    def tools(self) -> WatchTools:
        return WatchTools(lambda: self.now_s, self._wait, self._watch)  # type: ignore[arg-type]

    def note(self, removed: Path | None = None) -> None:
        assert self.changes is not None
        self.changes.note(removed)

    def look(self) -> tuple[Watched, ...]:
        self.looks += 1
        if self.looks == 1:
            self.note()
        return (Watched(self.folder, Way.EVENTS),)

    def close(self) -> None:
        self.is_closed = True

    def _watch(self, folders: Sequence[Path], changes: Changes) -> "Play":
        assert list(folders) == [self.folder]
        self.changes = changes
        return self

    def _wait(self, seconds: float) -> None:
        self.now_s += seconds
        due = [act for second, act in self._acts if second <= self.now_s]
        self._acts = [(second, act) for second, act in self._acts if second > self.now_s]
        for act in due:
            act()
        if not self._acts:
            self._control.cancel()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    photo(folder / "0.jpg", 0)
    return folder


@pytest.fixture
def request_of(library: Path, tiny_model: Path) -> ScanRequest:
    return ScanRequest((library,), excluded=("*.png",), device="cpu", model=tiny_model)


@pytest.fixture
def control() -> JobControl:
    return JobControl()


@pytest.fixture
def play(library: Path, control: JobControl) -> Play:
    return Play(library, control)


def photo(path: Path, seed: int) -> Path:
    return save_photo(textured_photo(seed, 300, 200), path)


def run(play: Play, request: ScanRequest, folders: DataFolders, control: JobControl) -> None:
    with pytest.raises(JobCancelled):
        watch_folders(request, folders, control, play.news.append, play.tools())
    assert play.is_closed


def test_photos_are_read_at_the_start_and_as_they_come(
    play: Play, request_of: ScanRequest, folders: DataFolders, library: Path, control: JobControl
) -> None:
    def scan_counts() -> tuple[int, int]:
        counts = run_scan(request_of, folders, JobControl()).result.counts
        return counts.embedded, counts.from_cache

    play.at(20, lambda: photo(library / "1.jpg", 1), play.note)
    play.at(20, lambda: photo(library / "left out.png", 2))
    play.at(50, lambda: None)
    run(play, request_of, folders, control)
    assert [news.read for news in play.news if not news.is_reading] == [0, 1, 2]
    assert [news.is_reading for news in play.news] == [False, True, False, True, False]
    assert scan_counts() == (0, 2)  # nothing is left for a scan to read


def test_a_file_that_is_written_to_is_waited_for(
    play: Play, request_of: ScanRequest, folders: DataFolders, library: Path, control: JobControl
) -> None:
    """It grows for longer than a burst may last without a look."""
    whole = photo(library.parent / "whole.jpg", 1).read_bytes()
    arriving = library / "arriving.jpg"
    part = len(whole) // 10 + 1
    for step in range(10):
        beginning = whole[: part * (step + 1)]
        play.at(10 + 4 * step, lambda data=beginning: arriving.write_bytes(data), play.note)
    play.at(80, lambda: None)
    run(play, request_of, folders, control)
    assert play.news[-1].read == 2
    with CacheStore(folders.cache) as store:
        assert store.known_problems() == []
        assert {kept.path.name: kept.damaged for kept in store.photos_at(paths_of(library))} == {
            "0.jpg": False,
            "arriving.jpg": False,
        }


def paths_of(library: Path) -> list[bytes]:
    return [bytes(path) for path in sorted(library.iterdir())]


def test_moved_photos_are_known_again_and_deleted_ones_told(
    play: Play, request_of: ScanRequest, folders: DataFolders, library: Path, control: JobControl
) -> None:
    first, second = library / "0.jpg", photo(library / "1.jpg", 1)
    play.at(20, lambda: first.rename(library / "moved.jpg"), lambda: play.note(first))
    play.at(40, second.unlink, lambda: play.note(second))
    play.at(60, lambda: play.note(library / "moved.jpg"))  # it was put back at once
    play.at(80, lambda: None)
    run(play, request_of, folders, control)
    assert (play.news[-1].read, play.news[-1].gone) == (3, 2)
    with CacheStore(folders.cache) as store:
        assert store.counts()["embeddings"] == 2


def test_what_cannot_be_read_is_tried_once(
    play: Play, request_of: ScanRequest, folders: DataFolders, library: Path, control: JobControl
) -> None:
    (library / "text.jpg").write_text("no photo")
    for second in (20, 40, 60):
        play.at(second, play.note)
    run(play, request_of, folders, control)
    assert [news.is_reading for news in play.news].count(True) == 1
    assert play.news[-1].read == 1


def test_folders_are_looked_at_now_and_then_and_may_be_gone(
    play: Play, request_of: ScanRequest, folders: DataFolders, library: Path, control: JobControl
) -> None:
    play.at(10, lambda: library.rename(library.parent / "unplugged"), play.note)
    play.at(2.5 * LOOK_S, lambda: None)
    run(play, request_of, folders, control)
    assert play.looks == 3
    assert play.news[-1].read == 1


def test_a_damaged_cache_is_begun_anew(
    play: Play, request_of: ScanRequest, folders: DataFolders, control: JobControl
) -> None:
    def spoil() -> None:
        (folders.cache / "cache.db").write_bytes(b"noise" * 5000)

    play.at(20, spoil, play.note)
    play.at(60, lambda: None)
    run(play, request_of, folders, control)
    assert play.news[-1].read == 2  # the same photo twice
