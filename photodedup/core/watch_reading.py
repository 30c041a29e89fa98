"""Watching folders: new photos are read and embedded in the background, at low priority."""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from photodedup.core.cache_database import CacheRebuilt
from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders
from photodedup.core.errors import FolderMissing
from photodedup.core.intake import LOOKED_UP_AT_ONCE, Intake
from photodedup.core.job import JobControl
from photodedup.core.pipeline import ScanRequest
from photodedup.core.records import PhotoFile
from photodedup.core.scan import find_photos
from photodedup.core.store import CacheStore
from photodedup.core.watch import Changes, FolderWatch, Watched

log = logging.getLogger(__name__)

SETTLED_S = 2.0  # a file is written when its size and time have stood still for so long
LOOK_S = 60.0  # between two looks at folders that tell no events, or at drives that come and go
REST = 20  # times as long as it worked: at most a twentieth of one core's time goes into looking
TICK_S = 0.2
NICENESS = 15

WORKERS = 1


@dataclass(frozen=True, slots=True)
class WatchNews:
    """How folders are watched, and what happened since watching began.

    read: new photos that were embedded, or known ones that came under another name. gone: photos
    that were deleted or moved away. is_reading: whether new ones are read just now.
    """

    watched: tuple[Watched, ...] = ()
    read: int = 0
    gone: int = 0
    is_reading: bool = False


@dataclass(frozen=True, slots=True)
class WatchTools:
    """Time and the system, which tests replace."""

    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    watch: Callable[[Sequence[Path], Changes], FolderWatch] = FolderWatch


def watch_folders(
    request: ScanRequest,
    folders: DataFolders,
    control: JobControl,
    tell: Callable[[WatchNews], None],
    tools: WatchTools | None = None,
) -> None:
    """Read what is new in the request's folders, now and whenever something comes.

    Only reads and embeds: a scan then finds all that in the cache. While control is paused nothing
    is read, and what happens is looked into afterwards. tell is called on this thread whenever
    there is news. Runs until control is cancelled. Raises JobCancelled, UserError.
    """
    _lower_priority()
    _Watching(request, folders, control, tell, tools or WatchTools()).run()


@dataclass(slots=True)
class _Pace:
    """When to look next; seconds of the clock."""

    look_s: float = 0.0
    rest_until_s: float = 0.0


@dataclass(slots=True)
class _Watching:
    request: ScanRequest
    folders: DataFolders
    control: JobControl
    tell: Callable[[WatchNews], None]
    tools: WatchTools
    watched: tuple[Watched, ...] = ()
    read: int = 0
    gone: int = 0
    tried: dict[Path, tuple[int, int]] = field(default_factory=dict)  # unreadable: size, mtime
    looking_s: float = 0.0  # what the last look at all files took

    def run(self) -> None:
        """Look, wait, read, until it is cancelled."""
        changes = Changes(self.tools.clock)
        watch = self.tools.watch(self.request.folders, changes)
        pace = _Pace()
        try:
            while True:
                self.control.checkpoint()
                if self.tools.clock() >= pace.look_s:
                    self._look(watch, pace)
                if changes.is_due and self.tools.clock() >= pace.rest_until_s:
                    self._follow(changes, pace)
                self.tools.wait(TICK_S)
        finally:
            watch.close()

    def _look(self, watch: FolderWatch, pace: _Pace) -> None:
        watched = watch.look()
        pace.look_s = max(self.tools.clock() + LOOK_S, pace.rest_until_s)
        if watched != self.watched:
            self.watched = watched
            for one in watched:
                log.info("%r: %s", os.fspath(one.folder), one.way.value)
            self._tell()

    def _follow(self, changes: Changes, pace: _Pace) -> None:
        """Read what is new; a cache that proved damaged is begun anew, and all read again."""
        removed = changes.take()
        try:
            with contextlib.suppress(FolderMissing):  # all unplugged: they are looked for
                if self._read_new():
                    changes.note()  # some were still being written
        except CacheRebuilt as error:
            log.warning("%s", error)
            changes.note()
        gone = sum(not os.path.lexists(path) for path in removed)
        if gone:
            self.gone += gone
            self._tell()
        pace.rest_until_s = self.tools.clock() + REST * self.looking_s

    def _read_new(self) -> bool:
        """Read and embed new photos; whether some have to wait, because they are written to."""
        embedder = Embedder(self.request.model, self.request.device)
        with CacheStore(self.folders.cache) as store:
            began_s = self.tools.clock()
            new = list(self._unknown(store, embedder.model.key))
            self.looking_s = self.tools.clock() - began_s
            if not new:
                return False
            settled = self._settled(new)
            if settled:
                self._tell(is_reading=True)
                self._read(settled, store, embedder)
                self._tell()
        return len(settled) < len(new)

    def _read(self, files: Sequence[PhotoFile], store: CacheStore, embedder: Embedder) -> None:
        intake = Intake(store, embedder, lambda _: None, self.control, self.request.limits)
        try:
            photos = intake.read(files, WORKERS)
        finally:
            self.read += intake.counts.embedded + intake.counts.from_cache
        known = {photo.path for photo in photos}
        for file in files:
            if file.path not in known:
                self.tried[file.path] = (file.size_bytes, file.mtime_ns)

    def _unknown(self, store: CacheStore, model_key: str) -> Iterable[PhotoFile]:
        """Files that the cache does not know, and that were not tried in vain as they are."""
        found = find_photos(
            self.request.folders,
            self.request.excluded,
            lambda _: None,  # a scan lists it
            self.control,
            pass_over_missing=True,
        )
        files = list(found)
        for start in range(0, len(files), LOOKED_UP_AT_ONCE):
            some = files[start : start + LOOKED_UP_AT_ONCE]
            for file, kept in zip(some, store.embedded_photos(some, model_key), strict=True):
                was_tried = self.tried.get(file.path) == (file.size_bytes, file.mtime_ns)
                if kept is None and not was_tried:
                    timeout_s = self.request.limits.timeout_s
                    if store.problem(file, timeout_s) is None:
                        yield file
            self.control.checkpoint()

    def _settled(self, files: Sequence[PhotoFile]) -> list[PhotoFile]:
        """Those that nobody has written to since they were found, some time later."""
        until_s = self.tools.clock() + SETTLED_S
        while self.tools.clock() < until_s:
            self.tools.wait(TICK_S)
            self.control.checkpoint()
        return [file for file in files if _is_unchanged(file)]

    def _tell(self, is_reading: bool = False) -> None:
        self.tell(WatchNews(self.watched, self.read, self.gone, is_reading))


def _is_unchanged(file: PhotoFile) -> bool:
    try:
        info = os.lstat(file.path)
    except OSError:
        return False
    return (info.st_size, info.st_mtime_ns) == (file.size_bytes, file.mtime_ns)


def _lower_priority() -> None:
    """Let everything else go first: this thread, and the threads and processes that it starts.

    On Linux each thread has a priority of its own, which others inherit. Elsewhere one process
    that reads is little enough.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # already lower
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
