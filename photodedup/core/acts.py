"""Every act that changes the disk while photos are cleared, one small method each.

Each method announces every system call before it makes it. Tests pass an announcer that raises or
kills the process there, so that a crash between any two system calls can be tried.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from photodedup.core.database import transaction

Announce = Callable[[str], None]
"""Called with the name of the system call that comes next."""

COPY_CHUNK_BYTES = 1 << 20
RENAME_NOREPLACE = 1  # linux/fs.h
RENAME_EXCL = 4  # macOS, sys/stdio.h
NOT_SUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
LINKS_NOT_SUPPORTED = NOT_SUPPORTED | {errno.EPERM, errno.EMLINK}


def _say_nothing(_: str) -> None:
    pass


class FileActs:
    """The acts. None of them replaces a file; all raise OSError."""

    def __init__(self, announce: Announce = _say_nothing) -> None:
        self._announce = announce

    def rename(self, source: Path, target: Path) -> None:
        """Move a file within its volume. Raises FileExistsError rather than replace one."""
        self._announce("rename")
        try:
            done = _rename_exclusively(os.fsencode(source), os.fsencode(target))
        except OSError as error:
            if error.errno not in NOT_SUPPORTED:
                raise
            done = False
        if not done:
            self._rename_by_link(source, target)

    def _rename_by_link(self, source: Path, target: Path) -> None:
        """For file systems that cannot rename exclusively: a second name, then the first goes."""
        self._announce("link")
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in LINKS_NOT_SUPPORTED:
                raise
            # FAT knows no links: look, then rename. Another program would have to make a file of
            # this name within microseconds to be in danger.
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
            self._announce("rename")
            os.rename(source, target)
            return
        self._announce("unlink")
        os.unlink(source)

    def link(self, existing: Path, new: Path) -> None:
        """Give a file a second name on the same volume."""
        self._announce("link")
        os.link(existing, new)

    def unlink(self, path: Path) -> None:
        """Take one name away. The caller knows that the content lives on under another."""
        self._announce("unlink")
        os.unlink(path)

    def make_folders(self, folder: Path) -> None:
        """Make a folder and those above it that are missing."""
        if folder.is_dir():
            return
        self.make_folders(folder.parent)
        self._announce("mkdir")
        with contextlib.suppress(FileExistsError):  # made by someone else meanwhile
            folder.mkdir()
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)

    def remove_folder(self, folder: Path) -> None:
        """Remove an empty folder."""
        self._announce("rmdir")
        folder.rmdir()

    def sync_folder(self, folder: Path) -> None:
        """Wait until the names in a folder are on disk; nothing to do on Windows."""
        if os.name == "nt":
            return
        self._announce("fsync")
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in NOT_SUPPORTED:  # some network file systems sync no folders
                raise
        finally:
            os.close(handle)

    def append(self, path: Path, data: bytes) -> None:
        """Append to a file, which must exist, and wait until it is on disk."""
        self._announce("open")
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            self._write_all(handle, data)
        finally:
            os.close(handle)

    def write_new(self, path: Path, data: bytes) -> None:
        """Make a file that did not exist, and wait until it is on disk."""
        self._announce("open")
        handle = _open_new(path)
        try:
            self._write_all(handle, data)
        finally:
            os.close(handle)

    def copy_new(self, source: Path, target: Path) -> None:
        """Copy a file's bytes and times to one that did not exist, and wait for the disk."""
        self._announce("open")
        handle = _open_new(target)
        try:
            with source.open("rb") as file:
                while chunk := file.read(COPY_CHUNK_BYTES):
                    self._announce("write")
                    _write_whole(handle, chunk)
            self._announce("fsync")
            os.fsync(handle)
        finally:
            os.close(handle)
        self._announce("utime")
        shutil.copystat(source, target)

    def set_mtime(self, path: Path, mtime_ns: int) -> None:
        """Set a file's time of last change."""
        self._announce("utime")
        os.utime(path, ns=(os.lstat(path).st_atime_ns, mtime_ns))

    @contextlib.contextmanager
    def commit(self, connection: sqlite3.Connection) -> Iterator[None]:
        """One transaction of a database that syncs at its commit."""
        self._announce("begin")
        with transaction(connection):
            yield
            self._announce("commit")

    def _write_all(self, handle: int, data: bytes) -> None:
        self._announce("write")
        _write_whole(handle, data)
        self._announce("fsync")
        os.fsync(handle)


def _open_new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)


def _write_whole(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _system_rename() -> Callable[[bytes, bytes], int] | None:
    """The system's exclusive rename as (source, target) -> 0 or -1; None where it has none."""
    if os.name == "nt":
        return None
    library: Any = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin":
        return lambda source, target: int(library.renamex_np(source, target, RENAME_EXCL))
    if not hasattr(library, "renameat2"):  # glibc before 2.28
        return None
    at_cwd = -100
    return lambda source, target: int(
        library.renameat2(at_cwd, source, at_cwd, target, RENAME_NOREPLACE)
    )


SYSTEM_RENAME = _system_rename()


def _rename_exclusively(source: bytes, target: bytes) -> bool:
    """Rename in one step that fails if target exists; False where the system offers none."""
    if os.name == "nt":  # Windows' own rename never replaces
        os.rename(source, target)
        return True
    if SYSTEM_RENAME is None:
        return False
    if SYSTEM_RENAME(source, target) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(source), None, os.fsdecode(target))
    return True
