"""Notices what happens to photos in folders: by the system's events, else by looking again.

What is found there is left to watch_reading.py.
"""

import errno
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Protocol

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from photodedup.core.records import PhotoFile
from photodedup.core.scan import PHOTO_EXTENSIONS
from photodedup.core.slow_disks import DriveKind, drive_kind

log = logging.getLogger(__name__)
logging.getLogger("watchdog").setLevel(logging.WARNING)  # else it tells of every event

QUIET_S = 2.0  # a burst of changes is over when nothing has happened for so long
LATEST_S = 30.0  # one that goes on and on is looked into meanwhile
TOLD = frozenset({"created", "modified", "closed", "moved", "deleted"})  # not: opened, read
NO_WATCHES_LEFT = (errno.ENOSPC, errno.EMFILE)


class Way(Enum):
    """How a folder is watched; the values are for the log."""

    EVENTS = "watched by the system's events"
    NETWORK = "looked at now and then: a network drive tells nothing of what others change"
    NO_WATCHES = "looked at now and then: the system allows no more watches"
    NO_EVENTS = "looked at now and then: the system tells nothing of it"
    MISSING = "not there"


@dataclass(frozen=True, slots=True)
class Watched:
    """One folder and how it is watched."""

    folder: Path
    way: Way


class Changes:
    """When there is something to look into; any thread may note changes.

    clock: seconds that never run backwards.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._first_s: float | None = None
        self._last_s = 0.0
        self._removed: set[Path] = set()

    def note(self, removed: Path | None = None) -> None:
        """Something happened just now; removed: a photo that was deleted or moved away."""
        with self._lock:
            self._last_s = self._clock()
            if self._first_s is None:
                self._first_s = self._last_s
            if removed is not None:
                self._removed.add(removed)

    @property
    def is_due(self) -> bool:
        """Whether a burst of changes is over, or has lasted for long enough."""
        with self._lock:
            if self._first_s is None:
                return False
            return self._clock() >= min(self._last_s + QUIET_S, self._first_s + LATEST_S)

    def take(self) -> frozenset[Path]:
        """Begin to look: what was noted so far is done with; the photos that were removed."""
        with self._lock:
            removed, self._removed, self._first_s = frozenset(self._removed), set(), None
        return removed


class ObserverLike(Protocol):
    """What is asked of watchdog's observers."""

    def schedule(
        self, event_handler: FileSystemEventHandler, path: str, *, recursive: bool = False
    ) -> object:
        """Watch a folder. Raises OSError."""
        ...

    def start(self) -> None:
        """Begin. Raises OSError where the system allows no more watches."""
        ...

    def stop(self) -> None:
        """End soon."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        ...

    def is_alive(self) -> bool:
        """Whether it still watches."""
        ...


class FolderWatch:
    """Watches folders and notes in changes what happens to photos in them.

    look is called at the start and now and then: folders come and go with their drives.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        changes: Changes,
        make_observer: Callable[[], ObserverLike] = Observer,
        is_on_network: Callable[[Path], bool] | None = None,
    ) -> None:
        self._folders = tuple(folders)
        self._changes = changes
        self._make_observer = make_observer
        self._is_on_network = is_on_network or on_network
        self._observers: dict[Path, ObserverLike] = {}
        self._is_short = False  # of watches, when it was looked last

    def look(self) -> tuple[Watched, ...]:
        """Watch what can be watched by now; where events do not come, a change is supposed."""
        if self._is_short:  # the limit may have been raised
            self.close()
        watched = tuple(Watched(folder, self._way(folder)) for folder in self._folders)
        self._is_short = bool(self._observers) and not self._has_watches_left()
        if self._is_short:
            watched = tuple(
                replace(one, way=Way.NO_WATCHES) if one.way is Way.EVENTS else one
                for one in watched
            )
        if any(one.way not in (Way.EVENTS, Way.MISSING) for one in watched):
            self._changes.note()
        return watched

    def close(self) -> None:
        """Stop watching; waits for a moment at most."""
        for observer in self._observers.values():
            observer.stop()
        for observer in self._observers.values():
            if observer.is_alive():
                observer.join(0.5)
        self._observers = {}

    def _way(self, folder: Path) -> Way:
        observer = self._observers.get(folder)
        if not folder.is_dir():
            self._forget(folder)
            return Way.MISSING
        if observer is not None and observer.is_alive():
            return Way.EVENTS
        self._forget(folder)
        if self._is_on_network(folder):
            return Way.NETWORK
        try:
            self._observers[folder] = self._observe(folder, _Listener(folder, self._changes))
        except OSError as error:
            log.warning("%r: no events: %s", os.fspath(folder), error)
            return Way.NO_WATCHES if error.errno in NO_WATCHES_LEFT else Way.NO_EVENTS
        self._changes.note()  # what came before this moment was told by nobody
        return Way.EVENTS

    def _observe(self, folder: Path, listener: FileSystemEventHandler) -> ObserverLike:
        observer = self._make_observer()
        try:
            observer.schedule(listener, os.fspath(folder), recursive=True)
            observer.start()
        except OSError:
            observer.stop()
            raise
        return observer

    def _has_watches_left(self) -> bool:
        """Whether one more folder can be watched.

        watchdog says nothing of sub-folders for which there was no watch left (7.1).
        """
        try:
            with tempfile.TemporaryDirectory(prefix="photodedup-") as folder:
                self._observe(Path(folder), FileSystemEventHandler()).stop()
        except OSError as error:
            return error.errno not in NO_WATCHES_LEFT
        return True

    def _forget(self, folder: Path) -> None:
        observer = self._observers.pop(folder, None)
        if observer is not None:
            observer.stop()


class _Listener(FileSystemEventHandler):
    """Notes the events of one folder that may concern photos."""

    def __init__(self, folder: Path, changes: Changes) -> None:
        self._folder = folder
        self._changes = changes

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog, on its own thread."""
        if event.event_type not in TOLD or (event.is_directory and event.event_type == "modified"):
            return
        source, target = (Path(os.fsdecode(path)) for path in (event.src_path, event.dest_path))
        if event.is_directory or any(map(self._may_be_photo, (source, target))):
            is_away = event.event_type in ("moved", "deleted") and self._may_be_photo(source)
            self._changes.note(source if is_away else None)

    def _may_be_photo(self, path: Path) -> bool:
        """By its name; hidden folders, the holding folder among them, are no one's photos."""
        if path.suffix.lower() not in PHOTO_EXTENSIONS or not path.is_relative_to(self._folder):
            return False
        return not any(part.startswith(".") for part in path.relative_to(self._folder).parts)


def on_network(folder: Path) -> bool:
    """Whether a folder lies on a drive that other computers change, as far as that is known."""
    try:
        info = os.stat(folder)
    except OSError:
        return False
    return drive_kind(PhotoFile(folder, 0, 0, info.st_dev, info.st_ino)) is DriveKind.NETWORK


def way_out() -> str:
    """What a user can do where the system allows no more watches."""
    if sys.platform == "linux":
        return "raise the limit: sudo sysctl fs.inotify.max_user_watches=1048576"
    return "watch fewer folders"
