"""Backups of library.db: rotating, each verified, and put back when the library is damaged.

    DATA/library-backups/000042.db     one file each; a higher number is newer
    DATA/library-restored.json         what was put back, until the user has been told

A backup's time of last change is that of the library it was made of: where both agree, nothing
has changed since.
"""

import contextlib
import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from photodedup.core.database import copy_database, find_damage, set_aside
from photodedup.core.holding import ClearingBusy, only_one
from photodedup.core.json_text import parse_json

FOLDER_NAME = "library-backups"
NOTICE_NAME = "library-restored.json"
LOCK_NAME = "lock"
KEPT_NEWEST = 3
KEPT_DAYS = 4  # beyond the newest, one a day: damage may be noticed late
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Restoration:
    """A library that was put back. saved: when its backup's content was last changed, UTC."""

    library: Path
    saved: str  # ISO 8601
    damaged: Path | None  # where the damaged one lies; None: there was none
    reason: str

    @property
    def saved_at(self) -> datetime:
        """The same as a time."""
        return datetime.fromisoformat(self.saved)

    def __str__(self) -> str:
        kept = f" The damaged one is kept as {self.damaged.name}." if self.damaged else ""
        return (
            f"{self.library}: the library was damaged ({self.reason}) and is restored from its "
            f"backup of {self.saved}. Decisions made after that are lost; what was cleared after "
            f"that can be taken back with: photodedup undo --from-holding FOLDER.{kept}"
        )


def back_up(connection: sqlite3.Connection, library: Path) -> None:
    """Keep a verified copy of a sound library, unless the newest one is of this very state.

    A backup that fails is logged and costs nothing else: the disk may be full.
    """
    folder = library.with_name(FOLDER_NAME)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # so that the file tells its state
        known = _backups(folder)
        if known and _state(known[-1]) == _state(library):
            return
        folder.mkdir(exist_ok=True)
        with only_one(folder / LOCK_NAME):
            _add_backup(connection, library, folder)
    except ClearingBusy:
        log.info("%s: another process makes a backup just now", library)
    except (OSError, sqlite3.Error) as error:
        log.warning("%s: not backed up: %s", library, error)


def _add_backup(connection: sqlite3.Connection, library: Path, folder: Path) -> None:
    known = _backups(folder)
    part = folder / "part"
    try:
        part.unlink(missing_ok=True)  # of one that was killed
        changed_ns = library.stat().st_mtime_ns
        copy_database(connection, part)
        if (damage := _damage_of(part)) is not None:
            log.warning("%s: not kept as a backup: %s", library, damage)
            return
        os.utime(part, ns=(changed_ns, changed_ns))
        part.replace(folder / f"{_number(known[-1]) + 1 if known else 1:06}.db")
    finally:
        part.unlink(missing_ok=True)
    for spent in superfluous(_backups(folder)):
        spent.unlink(missing_ok=True)


def has_backup(library: Path) -> bool:
    """Whether there is any backup, good or not."""
    return bool(_backups(library.with_name(FOLDER_NAME)))


def restore(library: Path, reason: str) -> Restoration | None:
    """Put the newest good backup in the library's place; None if there is none.

    The damaged library is set aside. Nobody else may be using it. Raises OSError.
    """
    for backup in reversed(_backups(library.with_name(FOLDER_NAME))):
        if (damage := _damage_of(backup)) is not None:
            log.warning("%s: a backup that is damaged itself: %s", backup, damage)
            continue
        part = library.with_name(f"{library.name}.part")
        shutil.copy2(backup, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        existed = library.exists()
        aside = set_aside(library)  # also what is left beside a library that is gone
        part.replace(library)
        saved = datetime.fromtimestamp(backup.stat().st_mtime, UTC).isoformat(timespec="seconds")
        done = Restoration(library, saved, aside if existed else None, reason)
        log.warning("%s", done)
        _leave_notice(done)
        return done
    return None


def take_notice(data_folder: Path) -> Restoration | None:
    """What was restored since the user was last told; forgotten by this call."""
    notice = data_folder / NOTICE_NAME
    try:
        fields = parse_json(notice.read_text("utf-8"))
        damaged = fields["damaged"]
        done = Restoration(
            Path(os.fsdecode(bytes.fromhex(fields["library"]))),
            datetime.fromisoformat(fields["saved"]).isoformat(),
            None if damaged is None else data_folder / str(damaged),
            str(fields["reason"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s: %s", notice, error)
        done = None
    with contextlib.suppress(OSError):
        notice.unlink()
    return done


def superfluous(backups: Sequence[Path]) -> list[Path]:
    """Which of these backups, oldest first, go: all but the newest few and one of each last day."""
    kept_days: set[str] = set()
    spent = []
    for backup in reversed(backups[:-KEPT_NEWEST]):
        day = datetime.fromtimestamp(backup.stat().st_mtime, UTC).date().isoformat()
        if day in kept_days or len(kept_days) == KEPT_DAYS:
            spent.append(backup)
        else:
            kept_days.add(day)
    return spent


def _leave_notice(done: Restoration) -> None:
    fields = {
        "library": os.fsencode(done.library).hex(),  # a name need not be UTF-8
        "saved": done.saved,
        "damaged": None if done.damaged is None else done.damaged.name,
        "reason": done.reason,
    }
    with contextlib.suppress(OSError):  # the log has it too
        done.library.with_name(NOTICE_NAME).write_text(json.dumps(fields), "utf-8")


def _backups(folder: Path) -> list[Path]:
    """Oldest first."""
    found = [path for path in folder.glob("*.db") if path.stem.isdecimal()]
    return sorted(found, key=_number)


def _number(backup: Path) -> int:
    return int(backup.stem)


def _state(path: Path) -> tuple[int, int]:
    info = path.stat()
    return info.st_size, info.st_mtime_ns


def _damage_of(backup: Path) -> str | None:
    try:
        with contextlib.closing(sqlite3.connect(backup)) as connection:
            connection.execute("PRAGMA query_only = ON")
            return find_damage(connection)
    except sqlite3.Error as error:
        return str(error)
