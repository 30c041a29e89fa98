"""Files on rotating and network drives, read one after the other by one thread, ahead of use.

Several processes that read at once make the head of a disk jump between their files, and share a
network drive's line for nothing. So one thread reads each file into the system's cache, folder by
folder, and only then it is handed to the processes that decode. Files on other drives come first:
no drive that hangs holds them up. Which drive is slow is known on Linux, and on Windows for drives
of the network; what is not known is taken to be fast.
"""

import collections
import contextlib
import ctypes
import enum
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from photodedup.core.job import JobControl
from photodedup.core.records import PhotoFile

log = logging.getLogger(__name__)

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p", "afpfs", "afs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.gcsfuse",
        "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs",
        "nfs", "nfs4", "smb3", "smbfs", "webdav",
    }
)  # fmt: skip
SYSTEM_DEVICES = Path("/sys/dev/block")
MOUNT_TABLE = Path("/proc/self/mountinfo")
VIRTUAL_DRIVERS = ("virtio", "vbd-")  # KVM's and Xen's
AHEAD = 4  # files that are read before they are needed
BEGINNING_BYTES = 1 << 17
_CHUNK_BYTES = 1 << 20
_TICK_S = 0.2
_DRIVE_REMOTE = 4  # of GetDriveTypeW


class DriveKind(enum.Enum):
    """How files on a drive are best read."""

    FAST = "fast"  # or not known
    ROTATING = "rotating"
    NETWORK = "network"


def drive_kind(
    file: PhotoFile, system_devices: Path = SYSTEM_DEVICES, mount_table: Path = MOUNT_TABLE
) -> DriveKind:
    """What kind of drive a file lies on, as far as the system tells."""
    if sys.platform == "win32":
        root = os.path.splitdrive(file.path)[0] + "\\"
        remote = ctypes.windll.kernel32.GetDriveTypeW(root) == _DRIVE_REMOTE
        return DriveKind.NETWORK if remote else DriveKind.FAST
    if not hasattr(os, "major") or not mount_table.exists():
        return DriveKind.FAST
    number = f"{os.major(file.device)}:{os.minor(file.device)}"
    mounted = _mounted_from(number, mount_table)
    if any(kind in NETWORK_FILE_SYSTEMS for kind, _ in mounted):
        return DriveKind.NETWORK
    # btrfs and overlays have numbers that are no drive's; the one below them has the name
    numbers = [number, *(n for _, source in mounted if (n := _number_of(source)) is not None)]
    rotates = any(_rotates(system_devices / number) for number in numbers)
    return DriveKind.ROTATING if rotates else DriveKind.FAST


def in_reading_order(
    files: Sequence[PhotoFile],
    timeout_s: float,
    control: JobControl,
    kind_of: Callable[[PhotoFile], DriveKind] = drive_kind,
    read: "Callable[[Path], None] | None" = None,
) -> Iterator[PhotoFile]:
    """Every file once: those on fast drives as they come, then the others as one thread reads them.

    kind_of is asked once for each device. read: reads what is needed of a file on a slow drive;
    None: all of it. timeout_s: how long to wait for one file of a slow drive; it is given then all
    the same, and the next are read. control is asked while waiting.
    """
    kinds: dict[int, DriveKind] = {}
    for file in files:
        if file.device not in kinds:
            kinds[file.device] = kind_of(file)
    yield from (file for file in files if kinds[file.device] is DriveKind.FAST)
    slow = [file for file in files if kinds[file.device] is not DriveKind.FAST]
    if slow:
        log.info("%d files lie on rotating or network drives: read one by one", len(slow))
        slow.sort(key=lambda file: (file.device, os.fsencode(file.path.parent)))
        yield from read_ahead(slow, timeout_s, control, read or read_into_cache)


def read_into_cache(path: Path) -> None:
    """Read a file for the system to keep in its cache. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        chunk = bytearray(_CHUNK_BYTES)
        while file.readinto(chunk):
            pass


def read_beginning(path: Path) -> None:
    """As read_into_cache, but only where a photo's small preview stands."""
    with path.open("rb", buffering=0) as file:
        file.read(BEGINNING_BYTES)


def read_ahead(
    files: Sequence[PhotoFile],
    timeout_s: float,
    control: JobControl,
    read: Callable[[Path], None] = read_into_cache,
) -> Iterator[PhotoFile]:
    """Give each file once it is read, at most AHEAD files ahead; see in_reading_order."""
    thread = _ReadingThread(read)
    reading: collections.deque[tuple[PhotoFile, threading.Event]] = collections.deque()
    waiting = iter(files)
    try:
        while True:
            while len(reading) <= AHEAD and (file := next(waiting, None)) is not None:
                reading.append((file, thread.read(file)))
            if not reading:
                return
            file, is_read = reading.popleft()
            if not _wait(is_read, timeout_s, control):
                log.warning("%r: not read in %g seconds", os.fspath(file.path), timeout_s)
                thread.close()  # it ends when the drive answers
                thread = _ReadingThread(read)
                reading = collections.deque((f, thread.read(f)) for f, _ in reading)
            yield file
    finally:
        thread.close()


class _ReadingThread:
    """A thread that reads what it is told, in order. A daemon: a dead drive keeps it for ever."""

    def __init__(self, read: Callable[[Path], None]) -> None:
        self._read = read
        self._asked: queue.SimpleQueue[tuple[PhotoFile, threading.Event]] = queue.SimpleQueue()
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="slow-disk", daemon=True).start()

    def read(self, file: PhotoFile) -> threading.Event:
        """Read this after the others; the event is set when that is done, or failed."""
        is_read = threading.Event()
        self._asked.put((file, is_read))
        return is_read

    def close(self) -> None:
        """Read nothing more."""
        self._closed.set()
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()
        self._asked.put((_NOTHING, threading.Event()))  # wakes it

    def _run(self) -> None:
        while True:
            file, is_read = self._asked.get()
            if self._closed.is_set():
                return
            with contextlib.suppress(OSError):  # whoever decodes it says what is wrong
                self._read(file.path)
            is_read.set()


_NOTHING = PhotoFile(Path(os.devnull), 0, 0, 0, 0)


def _wait(event: threading.Event, timeout_s: float, control: JobControl) -> bool:
    """Whether it was set in time; while the job is paused, no time passes."""
    waited_s = 0.0
    while not event.wait(_TICK_S):
        control.checkpoint()
        waited_s += _TICK_S
        if waited_s >= timeout_s:
            return False
    return True


def _mounted_from(number: str, mount_table: Path) -> list[tuple[str, str]]:
    """File system and source of every mount of a device; format: proc(5), mountinfo."""
    try:
        lines = mount_table.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        fields, _, rest = line.partition(" - ")
        words = rest.split(" ")
        if fields.split(" ")[2:3] == [number] and len(words) >= 2:
            found.append((words[0], words[1]))
    return found


def _number_of(source: str) -> str | None:
    """The number of a drive that is named by its file in /dev."""
    try:
        number = os.stat(source).st_rdev if source.startswith("/") else 0
    except OSError:
        return None
    return f"{os.major(number)}:{os.minor(number)}" if number else None


def _rotates(device: Path) -> bool:
    """Whether a drive, or the one that this is a part of, says that it rotates.

    Those of virtual machines say so whatever they lie on, and are not believed.
    """
    try:
        resolved = device.resolve(strict=True)
    except OSError:
        return False
    if any(part.startswith(VIRTUAL_DRIVERS) for part in resolved.parts):
        return False
    for folder in (resolved, resolved.parent):
        with contextlib.suppress(OSError):
            return (folder / "queue" / "rotational").read_text("ascii").strip() == "1"
    return False
