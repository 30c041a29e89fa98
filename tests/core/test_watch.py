"""Changes in folders are noticed, whatever the system tells of them."""

import errno
import os
import time
from pathlib import Path

import pytest
from watchdog.events import (
    DirCreatedEvent,
    DirModifiedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from photodedup.core.watch import LATEST_S, QUIET_S, Changes, FolderWatch, Way, on_network
from tests.data.make_photos import textured_photo
from tests.library_made import save_photo


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FakeObserver:
    """Starts, or says why it cannot."""

    def __init__(self, error: OSError | None = None) -> None:
        self.error = error
        self.alive = False
        self.handler: FileSystemEventHandler | None = None
        self.path = ""

    def schedule(
        self, event_handler: FileSystemEventHandler, path: str, *, recursive: bool = False
    ) -> None:
        assert recursive
        self.handler, self.path = event_handler, path

    def start(self) -> None:
        if self.error is not None:
            raise self.error
        self.alive = True

    def stop(self) -> None:
        self.alive = False

    def join(self, timeout: float | None = None) -> None:
        pass

    def is_alive(self) -> bool:
        return self.alive


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def changes(clock: Clock) -> Changes:
    return Changes(clock)


def noted(changes: Changes, clock: Clock) -> bool:
    """Whether anything was noted, however short ago."""
    clock.now_s += LATEST_S
    return changes.is_due


def test_a_burst_is_looked_into_once_it_is_over(changes: Changes, clock: Clock) -> None:
    assert not changes.is_due
    for _ in range(5):
        changes.note()
        clock.now_s += QUIET_S / 2
        assert not changes.is_due
    clock.now_s += QUIET_S / 2
    assert changes.is_due
    changes.take()
    assert not noted(changes, clock)


def test_a_burst_without_end_is_looked_into_now_and_then(changes: Changes, clock: Clock) -> None:
    began_s = clock.now_s
    while not changes.is_due:
        changes.note()
        clock.now_s += 1
    assert clock.now_s - began_s == LATEST_S


def test_removed_photos_are_handed_out_once(changes: Changes) -> None:
    changes.note(Path("/a.jpg"))
    changes.note(Path("/a.jpg"))
    changes.note()
    assert changes.take() == {Path("/a.jpg")}
    assert changes.take() == frozenset()


@pytest.mark.parametrize(
    ("event", "is_noted", "removed"),
    [
        (FileCreatedEvent("/p/new.JPG"), True, None),
        (FileClosedEvent("/p/trip/new.heic"), True, None),
        (FileDeletedEvent("/p/old.jpg"), True, "/p/old.jpg"),
        (FileMovedEvent("/p/old.jpg", "/p/new.jpg"), True, "/p/old.jpg"),
        (FileMovedEvent("/p/download.part", "/p/new.jpg"), True, None),
        (FileMovedEvent(b"/p/caf\xe9.jpg", b""), True, os.fsdecode(b"/p/caf\xe9.jpg")),
        (DirCreatedEvent("/p/card"), True, None),
        (FileCreatedEvent("/p/notes.txt"), False, None),
        (FileOpenedEvent("/p/looked at.jpg"), False, None),
        (DirModifiedEvent("/p/trip"), False, None),
        (FileCreatedEvent("/p/._IMG_1.jpg"), False, None),
        (FileCreatedEvent("/p/.photodedup-holding/1/new.jpg"), False, None),
    ],
)
def test_only_what_may_concern_photos_is_noted(
    changes: Changes, clock: Clock, event: FileSystemEvent, is_noted: bool, removed: str | None
) -> None:
    made: list[FakeObserver] = []

    def make() -> FakeObserver:
        made.append(FakeObserver())
        return made[-1]

    watch = FolderWatch([Path("/")], changes, make, lambda folder: False)
    assert [one.way for one in watch.look()] == [Way.EVENTS]
    changes.take()
    (observer,) = (one for one in made if one.path == "/")
    assert observer.handler is not None
    observer.handler.dispatch(event)
    assert noted(changes, clock) is is_noted
    assert changes.take() == ({Path(removed)} if removed else frozenset())


@pytest.mark.parametrize(
    ("error", "way"),
    [
        (OSError(errno.ENOSPC, "inotify watch limit reached"), Way.NO_WATCHES),
        (OSError(errno.EMFILE, "inotify instance limit reached"), Way.NO_WATCHES),
        (OSError(errno.ENOSYS, "not implemented"), Way.NO_EVENTS),
    ],
)
def test_without_events_a_change_is_supposed_at_every_look(
    tmp_path: Path, changes: Changes, clock: Clock, error: OSError, way: Way
) -> None:
    watch = FolderWatch([tmp_path], changes, lambda: FakeObserver(error), lambda folder: False)
    for _ in range(2):
        (watched,) = watch.look()
        assert (watched.folder, watched.way) == (tmp_path, way)
        assert noted(changes, clock)
        changes.take()


def test_a_folder_of_this_machine_is_on_no_network(tmp_path: Path) -> None:
    assert not on_network(tmp_path)
    assert not on_network(tmp_path / "gone")


def test_a_network_drive_is_looked_at_without_an_observer(
    tmp_path: Path, changes: Changes, clock: Clock
) -> None:
    made: list[FakeObserver] = []

    def make() -> FakeObserver:
        made.append(FakeObserver())
        return made[-1]

    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    watch = FolderWatch([near, far], changes, make, lambda folder: folder == far)
    assert [one.way for one in watch.look()] == [Way.EVENTS, Way.NETWORK]
    assert [observer.path for observer in made if observer.alive] == [str(near)]
    assert noted(changes, clock)


def test_folders_come_and_go_and_dead_observers_are_replaced(
    tmp_path: Path, changes: Changes, clock: Clock
) -> None:
    made: list[FakeObserver] = []

    def make() -> FakeObserver:
        made.append(FakeObserver())
        return made[-1]

    drive = tmp_path / "drive"
    watch = FolderWatch([drive], changes, make, lambda folder: False)
    assert [one.way for one in watch.look()] == [Way.MISSING]
    assert not noted(changes, clock)
    drive.mkdir()
    assert [one.way for one in watch.look()] == [Way.EVENTS]
    assert noted(changes, clock)  # what came with it was told by nobody
    changes.take()
    watch.look()
    assert not noted(changes, clock)
    made[0].alive = False
    watch.look()
    assert noted(changes, clock)
    assert [observer.path for observer in made if observer.alive] == [str(drive)]
    drive.rmdir()
    assert [one.way for one in watch.look()] == [Way.MISSING]
    assert not any(observer.alive for observer in made)
    drive.mkdir()
    watch.look()
    assert [observer.path for observer in made if observer.alive] == [str(drive)]
    watch.close()
    assert not any(observer.alive for observer in made)


def test_watches_that_ran_out_within_a_folder_are_noticed_and_so_is_a_raised_limit(
    tmp_path: Path, changes: Changes, clock: Clock
) -> None:
    """A sub-folder that gets no watch is no error to watchdog; the next folder is one."""
    left = [1]

    def make() -> FakeObserver:
        if not left[0]:
            return FakeObserver(OSError(errno.ENOSPC, "inotify watch limit reached"))
        left[0] -= 1
        return FakeObserver()

    watch = FolderWatch([tmp_path], changes, make, lambda folder: False)
    for watches_left, way in ((1, Way.NO_WATCHES), (0, Way.NO_WATCHES), (2, Way.EVENTS)):
        left[0] = watches_left
        changes.take()
        assert [one.way for one in watch.look()] == [way]
        assert noted(changes, clock)
    changes.take()
    left[0] = 1
    assert [one.way for one in watch.look()] == [Way.EVENTS]
    assert not noted(changes, clock)


def test_the_system_tells_of_new_moved_and_deleted_photos(
    tmp_path: Path, changes: Changes, clock: Clock
) -> None:
    """With the system's real events, also from a folder that was made meanwhile."""
    watch = FolderWatch([tmp_path], changes, is_on_network=lambda folder: False)
    try:
        assert [one.way for one in watch.look()] == [Way.EVENTS]
        changes.take()
        folder = tmp_path / "card"
        folder.mkdir()
        photo = save_photo(textured_photo(1, 64, 48), folder / "new.jpg")
        wait_until_noted(changes, clock)
        photo.rename(tmp_path / "moved.jpg")
        wait_until_removed(changes, photo)
        (tmp_path / "moved.jpg").unlink()
        wait_until_removed(changes, tmp_path / "moved.jpg")
    finally:
        watch.close()


def wait_until_noted(changes: Changes, clock: Clock) -> None:
    deadline_s = time.monotonic() + 60
    while not noted(changes, clock):
        assert time.monotonic() < deadline_s, "nothing was noted"
        time.sleep(0.01)


def wait_until_removed(changes: Changes, photo: Path) -> None:
    deadline_s = time.monotonic() + 60
    while photo not in changes.take():
        assert time.monotonic() < deadline_s, "the removal was not noted"
        time.sleep(0.01)
