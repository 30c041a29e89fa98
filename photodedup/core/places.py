"""Where a path really lies: links resolved, mounts seen through, case as the disk folds it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOUNT_TABLE = Path("/proc/self/mountinfo")  # Linux only; elsewhere folders are told by inode alone


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the kernel's mount table: a folder of a file system, seen at a point.

    device: "major:minor". root: the folder inside the file system that is seen at point.
    """

    device: str
    root: bytes
    point: bytes


def read_mounts(table: Path = MOUNT_TABLE) -> tuple[Mount, ...]:
    """Read the mount table, later mounts last; empty where there is none.

    Format: proc(5), /proc/pid/mountinfo. Blanks in names are written as octal escapes.
    """
    try:
        lines = table.read_bytes().splitlines()
    except OSError:
        return ()
    fields = (line.split(b" ") for line in lines)
    return tuple(Mount(f[2].decode(), _unescape(f[3]), _unescape(f[4])) for f in fields)


def mount_of(path: bytes, mounts: Sequence[Mount]) -> Mount | None:
    """Find the mount through which a resolved path is seen; None without a table."""
    best: Mount | None = None
    for mount in mounts:  # of equally long points the later one covers the earlier
        if is_under(path, mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def mount_point(folder: Path, mounts: Sequence[Mount]) -> Path:
    """Find where the volume that holds a folder is mounted; links are resolved."""
    resolved = Path(os.path.realpath(folder))
    mount = mount_of(os.fsencode(resolved), mounts)
    if mount is not None:
        return Path(os.fsdecode(mount.point))
    while not os.path.ismount(resolved) and resolved != resolved.parent:
        resolved = resolved.parent
    return resolved


def volume_points(mounts: Sequence[Mount]) -> list[Path]:
    """Where volumes are mounted now: the mount table, macOS's /Volumes, Windows' letters."""
    if mounts:
        return [Path(os.fsdecode(mount.point)) for mount in mounts]
    if os.name == "nt":
        drives = (Path(f"{letter}:\\") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        return [drive for drive in drives if drive.exists()]
    return [Path("/"), *sorted(Path("/Volumes").glob("*"))]


def location(path: bytes, mounts: Sequence[Mount]) -> tuple[str, bytes] | None:
    """Find a resolved path's place inside its file system: (device, path from its root).

    Two names of one place, seen through a bind mount, give the same answer. None without a table.
    """
    best = mount_of(path, mounts)
    if best is None:
        return None
    below = os.path.relpath(path, best.point)
    return best.device, os.path.normpath(os.path.join(best.root, below))


def is_under(path: bytes, folder: bytes) -> bool:
    """Whether path is folder or lies in it, by its letters alone."""
    return path == folder or path.startswith(
        folder.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)
    )


def real_path(path: Path) -> bytes:
    """Resolve every link of a path; what does not exist is kept as it is written."""
    return os.fsencode(os.path.realpath(path))


class FolderMatcher:
    """Tells in which of some folders a file lies; remembers each parent folder it has seen.

    A file lies in a folder when any of these says so: the path as written, the resolved path,
    the same inode among its ancestors (letters folded by the disk), the same place inside the
    file system (bind mounts). The memory is for one pass: make a new matcher before each act.
    """

    def __init__(self, folders: Sequence[Path], mounts: Sequence[Mount] | None = None) -> None:
        self._mounts = (read_mounts() if mounts is None else mounts) if folders else ()
        self._folders = [_Folder.look_at(folder, self._mounts) for folder in folders]
        self._parents: dict[bytes, int | None] = {}

    def index_of(self, path: Path) -> int | None:
        """The place in the list of the first folder that holds path; None if none does."""
        if not self._folders:
            return None
        written = os.fsencode(os.path.abspath(path))
        found = self._index_of_folder(os.path.dirname(written))
        if os.path.islink(written):  # the link lies here, its file elsewhere: both count
            target = self._index_of_folder(os.path.dirname(real_path(path)))
            found = target if found is None else found if target is None else min(found, target)
        return found

    def _index_of_folder(self, parent: bytes) -> int | None:
        if parent not in self._parents:
            self._parents[parent] = self._look_up(parent)
        return self._parents[parent]

    def _look_up(self, parent: bytes) -> int | None:
        resolved = os.fsencode(os.path.realpath(parent))
        ancestors = _ancestor_inodes(resolved)
        place = location(resolved, self._mounts)
        for number, folder in enumerate(self._folders):
            if folder.holds(parent, resolved, ancestors, place):
                return number
        return None


@dataclass(frozen=True, slots=True)
class _Folder:
    written: bytes
    resolved: bytes
    inode: tuple[int, int] | None
    place: tuple[str, bytes] | None

    @classmethod
    def look_at(cls, folder: Path, mounts: Sequence[Mount]) -> "_Folder":
        resolved = real_path(folder)
        written = os.fsencode(os.path.abspath(folder))
        return cls(written, resolved, _inode(resolved), location(resolved, mounts))

    def holds(
        self,
        parent: bytes,
        resolved: bytes,
        ancestors: frozenset[tuple[int, int]],
        place: tuple[str, bytes] | None,
    ) -> bool:
        if is_under(parent, self.written) or is_under(resolved, self.resolved):
            return True
        if self.inode is not None and self.inode in ancestors:
            return True
        return (
            self.place is not None
            and place is not None
            and self.place[0] == place[0]
            and is_under(place[1], self.place[1])
        )


def _ancestor_inodes(folder: bytes) -> frozenset[tuple[int, int]]:
    inodes = set()
    while True:
        inode = _inode(folder)
        if inode is not None:
            inodes.add(inode)
        above = os.path.dirname(folder)
        if above == folder:
            return frozenset(inodes)
        folder = above


def _inode(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _unescape(name: bytes) -> bytes:
    for letter in b" \t\n\\":
        name = name.replace(b"\\%03o" % letter, bytes([letter]))
    return name
