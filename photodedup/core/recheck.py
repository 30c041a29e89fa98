"""Looking again, right before an act: is this still the file that was reviewed?"""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import xxhash

from photodedup.core.errors import PhotoError
from photodedup.core.obstacles import CheckFailed, Obstacle, describe_error

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was reviewed. sha256 is 64 hexadecimal digits."""

    path: Path
    size_bytes: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look at a regular file showed; equal looks mean that nobody wrote in between."""

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    links: int

    @property
    def file_id(self) -> tuple[int, int]:
        """Tells two names of one file."""
        return self.device, self.inode


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A whole file, read once. digest is the scan's own (XXH3-128, 16 bytes)."""

    record: FileRecord
    digest: bytes
    sighting: Sighting


class DecodedLike(Protocol):
    """What is asked of a decoded photo here."""

    @property
    def damage(self) -> str | None:
        """What was wrong with the file, None if it is sound."""


Decode = Callable[[Path, int | None], DecodedLike]
"""(path, longest side in pixels) -> decoded photo; raises PhotoError."""

DECODED_PX = 400  # the reduced decode still reads every byte, and sees a truncation


def sight(path: Path) -> Sighting:
    """Look at a file without opening it. Raises CheckFailed: missing, or not a regular file."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        raise CheckFailed(Obstacle.MISSING, "it is gone") from None
    except OSError as error:
        raise CheckFailed(Obstacle.UNREADABLE, describe_error(error)) from error
    if not stat.S_ISREG(status.st_mode):
        raise CheckFailed(Obstacle.NOT_A_FILE, "a link or a special file, not a photo")
    return Sighting(
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_nlink,
    )


def fingerprint(path: Path) -> Fingerprint:
    """Read a whole file. Raises CheckFailed: missing, unreadable, or written to meanwhile."""
    before = sight(path)
    sha256, xxh3 = hashlib.sha256(), xxhash.xxh3_128()
    try:
        with path.open("rb") as file:
            while chunk := file.read(READ_BYTES):
                sha256.update(chunk)
                xxh3.update(chunk)
    except OSError as error:
        raise CheckFailed(Obstacle.UNREADABLE, describe_error(error)) from error
    if sight(path) != before:
        raise CheckFailed(Obstacle.CHANGED, "it changed while it was read")
    record = FileRecord(path, before.size_bytes, before.mtime_ns, sha256.hexdigest())
    return Fingerprint(record, xxh3.digest(), before)


def check_unchanged(record: FileRecord) -> Fingerprint:
    """Read a file again and compare size, mtime and content with what was reviewed."""
    seen = sight(record.path)
    if (seen.size_bytes, seen.mtime_ns) != (record.size_bytes, record.mtime_ns):
        raise CheckFailed(Obstacle.CHANGED, "it changed since it was reviewed")
    found = fingerprint(record.path)
    if found.record != record:
        raise CheckFailed(Obstacle.CHANGED, "it changed since it was reviewed")
    return found


@dataclass(frozen=True, slots=True)
class CheckedKeeper:
    """A keeper that has just been read and decoded."""

    found: Fingerprint
    damaged: bool


KEEPER_OBSTACLES = {
    Obstacle.MISSING: Obstacle.KEEPER_MISSING,
    Obstacle.UNREADABLE: Obstacle.KEEPER_UNREADABLE,
    Obstacle.NOT_A_FILE: Obstacle.KEEPER_MISSING,
    Obstacle.CHANGED: Obstacle.KEEPER_CHANGED,
}


def check_keeper(record: FileRecord, decode: Decode) -> CheckedKeeper:
    """Read and decode a keeper again. Raises CheckFailed with a KEEPER obstacle."""
    try:
        found = check_unchanged(record)
        decoded = decode(record.path, DECODED_PX)
    except CheckFailed as error:
        reason = f"the photo to keep, {record.path}: {error.reason}"
        raise CheckFailed(KEEPER_OBSTACLES[error.obstacle], reason) from error
    except PhotoError as error:
        reason = f"the photo to keep cannot be read: {error}"
        raise CheckFailed(Obstacle.KEEPER_UNREADABLE, reason) from error
    return CheckedKeeper(found, decoded.damage is not None)
