"""Folders to PhotoFile: what to visit, what to skip, one listing per file.

Visited: everything below the given folders, linked folders too (after all real ones, so that a
photo is listed under its real path where it has one). Skipped without a word, because the user
did not put photos there: hidden folders and files, trash cans, previews and databases of other
programs. A folder that is given is always visited, whatever it is called.

A link to a file is never listed: it is a second name without bytes of its own, and discarding it
would gain nothing. Hard links are listed, and share device and inode. Pipes and devices that are
called like a photo are not files to read, and are not listed either.
"""

import fnmatch
import logging
import operator
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from photodedup.core.errors import FolderMissing
from photodedup.core.job import JobControl
from photodedup.core.records import PhotoFile, Problem, ProblemCode

logger = logging.getLogger(__name__)

# fmt: off
RAW_EXTENSIONS = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos",
    ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
})
PHOTO_EXTENSIONS = RAW_EXTENSIONS | {
    ".apng", ".avif", ".avifs", ".bmp", ".dib", ".gif", ".heic", ".heics", ".heif", ".heifs",
    ".hif", ".j2k", ".jfif", ".jif", ".jp2", ".jpe", ".jpeg", ".jpg", ".jxl", ".mpo", ".png",
    ".psb", ".psd", ".tif", ".tiff", ".webp",
}
# fmt: on
"""Lower case, with the dot. Only what is worth opening: decode judges by content."""

SKIPPED_FOLDERS = frozenset(
    {
        "$recycle.bin",
        "recycler",
        "#recycle",
        "#snapshot",
        "@eadir",  # thumbnails of Synology's file server
        "system volume information",
        "lost+found",
        "__macosx",
    }
)
SKIPPED_FOLDER_ENDINGS = (
    ".photoslibrary",  # moving a file out of these breaks another program's database
    ".photolibrary",
    ".migratedphotolibrary",
    ".aplibrary",
    ".lrdata",
)
_HIDDEN_ON_WINDOWS = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM

FileId = tuple[int, int]  # device, inode


def find_photos(
    folders: Sequence[Path],
    excluded: Sequence[str],
    on_problem: Callable[[Problem], None],
    control: JobControl | None = None,
    pass_over_missing: bool = False,
) -> Iterator[PhotoFile]:
    """List every file below the folders that is called like a photo, each once.

    Paths are absolute, links in them unresolved. Sorted by name within a folder, its files before
    its sub-folders, so that the order is the same on each run. Overlapping folders and loops of
    links list nothing twice. excluded: globs as in a shell; a file or folder is left out where
    one matches its name or its path below the given folder (there * also matches a separator).
    A folder that cannot be read becomes a FOLDER_UNREADABLE problem, and the rest goes on.
    control is asked at every folder whether to pause or stop; counting is the caller's.
    Raises FolderMissing, before anything is listed, if a given folder does not exist; with
    pass_over_missing only if none does, and the others become FOLDER_MISSING problems.
    """
    roots = [Path(os.path.abspath(folder)) for folder in folders]
    missing = [root for root in roots if not _is_folder(root)]
    if missing and (not pass_over_missing or len(missing) == len(roots)):
        raise FolderMissing(missing[0])
    for root in missing:
        on_problem(Problem(root, ProblemCode.FOLDER_MISSING, "not there; is its drive plugged in?"))
        roots.remove(root)
    return _Walk(roots, excluded, on_problem, control).photos()


class _Walk:
    """One walk: the folders seen so far, and the linked ones kept for the end."""

    def __init__(
        self,
        roots: Sequence[Path],
        excluded: Sequence[str],
        on_problem: Callable[[Problem], None],
        control: JobControl | None,
    ) -> None:
        self._roots = roots
        self._is_excluded = _matcher(excluded)
        self._on_problem = on_problem
        self._control = control
        self._visited: set[FileId] = set()
        self._linked: deque[tuple[str, str]] = deque()  # folder, the root it was found under

    def photos(self) -> Iterator[PhotoFile]:
        """Walk the real folders below each root, then what the links among them lead to."""
        for root in self._roots:
            yield from self._below(os.fspath(root), os.fspath(root))
        while self._linked:
            yield from self._below(*self._linked.popleft())

    def _below(self, top: str, root: str) -> Iterator[PhotoFile]:
        """List one folder and what lies below it; not recursive, so depth has no limit."""
        waiting = [top]
        while waiting:
            if self._control is not None:
                self._control.checkpoint()
            folder = waiting.pop()
            parent = Path(folder)
            photos, subfolders = [], []
            for entry in self._entries(folder):
                photo = self._photo(entry, parent, root)
                if photo is not None:
                    photos.append(photo)
                elif self._is_wanted_folder(entry, root):
                    subfolders.append(entry)
            self._linked += [(entry.path, root) for entry in subfolders if entry.is_symlink()]
            waiting += [entry.path for entry in reversed(subfolders) if not entry.is_symlink()]
            yield from photos

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Read one folder, sorted by name; empty if it was visited before or is unreadable."""
        try:
            info = os.stat(folder)
            file_id = (info.st_dev, info.st_ino)
            if file_id in self._visited:
                return []
            self._visited.add(file_id)
            with os.scandir(folder) as entries:
                return sorted(entries, key=operator.attrgetter("name"))
        except OSError as error:
            self._report(folder, ProblemCode.FOLDER_UNREADABLE, error)
            return []

    def _photo(self, entry: os.DirEntry[str], parent: Path, root: str) -> PhotoFile | None:
        name = entry.name
        if name[name.rfind(".") :].lower() not in PHOTO_EXTENSIONS or name[0] == ".":
            return None  # "._IMG_1.JPG" is macOS's note about a photo, not the photo
        if self._is_excluded(entry, root):
            return None
        try:
            info = os.lstat(entry.path)  # entry.stat() knows no inode on Windows
        except FileNotFoundError:
            return None  # removed since the folder was read
        except OSError as error:
            self._report(entry.path, ProblemCode.FILE_UNREADABLE, error)
            return None
        if not stat.S_ISREG(info.st_mode):
            return None
        path = parent / name  # in two thirds of the time that Path(entry.path) takes
        return PhotoFile(path, info.st_size, info.st_mtime_ns, info.st_dev, info.st_ino)

    def _is_wanted_folder(self, entry: os.DirEntry[str], root: str) -> bool:
        try:
            if not entry.is_dir():
                return False
            info = entry.stat(follow_symlinks=False)
        except OSError as error:  # a loop of links that lead to each other
            logger.info("%r: not visited: %s", entry.path, error)
            return False
        name = entry.name.lower()
        if name in SKIPPED_FOLDERS or name.endswith(SKIPPED_FOLDER_ENDINGS):
            logger.info("%r: not visited: belongs to the system or another program", entry.path)
            return False
        is_hidden = name.startswith(".") or _is_marked_hidden(info)
        return not is_hidden and not self._is_excluded(entry, root)

    def _report(self, path: str, code: ProblemCode, error: OSError) -> None:
        reason = error.strerror or str(error)
        logger.warning("%r: %s", path, reason)
        self._on_problem(Problem(Path(path), code, reason))


def _matcher(excluded: Sequence[str]) -> Callable[[os.DirEntry[str], str], bool]:
    """Make the test for the excluded globs; case counts where the file system says so."""
    if not excluded:
        return lambda entry, root: False
    globs = [os.path.normcase(glob.rstrip("/")) for glob in excluded]
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs))

    def is_excluded(entry: os.DirEntry[str], root: str) -> bool:
        below_root = os.path.normcase(os.path.relpath(entry.path, root))
        return bool(pattern.match(os.path.normcase(entry.name)) or pattern.match(below_root))

    return is_excluded


def _is_marked_hidden(info: os.stat_result) -> bool:
    """Whether Windows or macOS hides it, or Windows calls it a system folder."""
    attributes, flags = getattr(info, "st_file_attributes", 0), getattr(info, "st_flags", 0)
    return bool(attributes & _HIDDEN_ON_WINDOWS or flags & stat.UF_HIDDEN)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except PermissionError:
        return True  # perhaps: the walk reports it as unreadable
    except OSError:
        return False
