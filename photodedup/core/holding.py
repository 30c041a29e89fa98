"""The holding folder: where discarded files wait, on their own volume, until they are let go.

    ROOT/.photodedup-holding/journal.jsonl     what was done, line by line (journal.py)
    ROOT/.photodedup-holding/lock              held while a process clears or takes back
    ROOT/.photodedup-holding/BATCH/a/b.jpg     what was ROOT/a/b.jpg

ROOT is the scanned folder, or the topmost folder of a volume mounted inside it: a rename cannot
leave its volume.
"""

import contextlib
import errno
import json
import logging
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.errors import UserError
from photodedup.core.json_text import parse_json
from photodedup.core.places import Mount, mount_of, mount_point, read_mounts, volume_points

HOLDING_NAME = ".photodedup-holding"
JOURNAL_NAME = "journal.jsonl"
LOCK_NAME = "lock"
FORMAT = 1
log = logging.getLogger(__name__)


class ClearingBusy(UserError):
    """Another process is clearing photos or taking them back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path.parent}: another photodedup is clearing photos there. "
            "Wait until it has finished, then try again."
        )


class HoldingUnusable(UserError):
    """A holding folder that cannot be made, read or trusted."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


@dataclass(frozen=True, slots=True)
class Holding:
    """One holding folder. identity finds it again when its drive has moved; root holds it."""

    identity: str
    root: Path

    @property
    def folder(self) -> Path:
        """The holding folder itself."""
        return self.root / HOLDING_NAME

    @property
    def journal(self) -> Path:
        """Its line file."""
        return self.folder / JOURNAL_NAME


def is_in_holding(path: Path) -> bool:
    """Whether a path leads into any holding folder, as written or once links are resolved."""
    return HOLDING_NAME in path.parts or HOLDING_NAME in Path(os.path.realpath(path)).parts


def holding_root(
    parent: Path, folders: Sequence[Path], mounts: Sequence[Mount] | None = None
) -> Path | None:
    """Find the folder whose holding folder serves the files of parent.

    folders: the scanned ones. The outermost of them that holds parent is chosen, or the topmost
    folder below it from which parent is reached without crossing into another volume. None when
    parent lies in none of them. Raises OSError.
    """
    mounts = read_mounts() if mounts is None else mounts
    outermost = [folder for folder in folders if parent == folder or folder in parent.parents]
    if not outermost:
        return None
    root = min(outermost, key=lambda folder: len(folder.parts))
    top = parent
    while top != root and _volume(top, mounts) == _volume(top.parent, mounts):
        top = top.parent
    return top


def _volume(folder: Path, mounts: Sequence[Mount]) -> tuple[int, bytes | None]:
    mount = mount_of(os.fsencode(os.path.realpath(folder)), mounts)
    return os.stat(folder).st_dev, None if mount is None else mount.point


def open_holding(root: Path, acts: FileActs) -> Holding:
    """Open the holding folder of root, which exists; hold its lock. Begins its journal if needed.

    Raises OSError, or HoldingUnusable when the journal is not one.
    """
    folder = root / HOLDING_NAME
    journal = folder / JOURNAL_NAME
    if not journal.exists():
        begun = folder / f"{JOURNAL_NAME}.new"
        if begun.exists():  # a crash came between the two acts below
            acts.unlink(begun)
        header = {"format": FORMAT, "holding": secrets.token_hex(8)}
        acts.write_new(begun, json.dumps(header).encode() + b"\n")
        acts.rename(begun, journal)
        acts.sync_folder(folder)
    return read_holding(root)


def read_holding(root: Path) -> Holding:
    """Read which holding folder root has. Raises HoldingUnusable where there is none."""
    path = root / HOLDING_NAME / JOURNAL_NAME
    try:
        with path.open("rb") as file:
            header = parse_json(file.readline())
        if header["format"] != FORMAT:
            raise HoldingUnusable(path, "written by a newer photodedup; update this one")
        return Holding(str(header["holding"]), root)
    except OSError as error:
        raise HoldingUnusable(path, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise HoldingUnusable(path, "its first line is damaged") from error


def place_on_volume(root: Path) -> Path:
    """Where root lies below its volume's mount point: what stays when the volume moves."""
    resolved = Path(os.path.realpath(root))
    return resolved.relative_to(mount_point(resolved, read_mounts()))


def find_holding(identity: str, last_root: Path, below: Path) -> Holding | None:
    """Find a holding folder again: where it was, or at the same place of any mounted volume."""
    for root in (last_root, *(point / below for point in volume_points(read_mounts()))):
        with contextlib.suppress(HoldingUnusable):
            holding = read_holding(root)
            if holding.identity == identity:
                return holding
    return None


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a lock file, which the system lets go when the process ends, however it ends.

    Raises ClearingBusy at once when another process, or this one, holds it; OSError when the
    file cannot be made.
    """
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle, lock)
            if _is_still(lock, handle):
                yield
                return
        finally:
            os.close(handle)


def _is_still(lock: Path, handle: int) -> bool:
    """Whether the locked file still bears the name: its last holder may have removed it."""
    try:
        return os.path.samestat(os.stat(lock), os.fstat(handle))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, lock: Path) -> None:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise ClearingBusy(lock) from error
else:
    import fcntl

    def _lock(handle: int, lock: Path) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise ClearingBusy(lock) from error
            log.warning("%s: this file system has no locks (%s)", lock, error.strerror)


@contextlib.contextmanager
def hold(root: Path, acts: FileActs) -> Iterator[Holding]:
    """Open the holding folder of root and keep other processes out of it.

    Raises ClearingBusy, or HoldingUnusable with the reason.
    """
    folder = root / HOLDING_NAME
    with contextlib.ExitStack() as held:
        try:
            if folder.is_symlink():
                raise HoldingUnusable(folder, "a link stands where the holding folder should be")
            if not folder.is_dir():
                acts.make_folders(folder)
                acts.sync_folder(root)
            held.enter_context(only_one(folder / LOCK_NAME))
            holding = open_holding(root, acts)
        except OSError as error:
            raise HoldingUnusable(folder, error.strerror or str(error)) from error
        yield holding


def prune_batch(holding: Holding, batch: str, acts: FileActs) -> None:
    """Remove the empty folders of a batch; what still holds a file stays."""
    top = holding.folder / batch
    for folder, _, _ in os.walk(top, topdown=False):
        with contextlib.suppress(OSError):
            acts.remove_folder(Path(folder))
