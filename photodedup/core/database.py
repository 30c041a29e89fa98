"""One way to open our SQLite databases: migrated, backed up before that, refused when newer."""

import contextlib
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from photodedup.core.errors import StoreError

BUSY_TIMEOUT_S = 30.0
COMPANIONS = ("-wal", "-shm")  # what SQLite keeps beside an open database
FULL_BELOW_BYTES = 128 * 1024  # SQLite calls a disk on which it cannot even map its index broken
log = logging.getLogger(__name__)


class DatabaseNewer(StoreError):
    """A newer version of the program wrote it."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.found = found
        super().__init__(
            path,
            f"written by a newer photodedup (format {found}, this one knows {known}). "
            "Update photodedup, or name another folder with --data-dir.",
        )


class DatabaseCorrupt(StoreError):
    """The file is not a sound database. damage: what is wrong with it."""

    def __init__(self, path: Path, damage: str, way_out: str = "") -> None:
        self.damage = damage
        super().__init__(path, f"the database is damaged ({damage}){way_out}")


class DatabaseUnusable(StoreError):
    """No permission, a full disk, a lock that is never released."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            path,
            f"cannot use the database ({reason}). Free space or permissions, close other "
            "programs that use it, or name another folder with --data-dir.",
        )


def open_database(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """Open path, bringing it from its format (user_version) to len(migrations).

    migrations[i] is the SQL script from format i to i + 1. A database with content is copied to
    `NAME.format-N.backup` before it is migrated. The connection is in autocommit mode (see
    transaction) and may be handed between threads, one at a time.
    Raises DatabaseNewer, having changed nothing, DatabaseCorrupt or DatabaseUnusable.
    """
    with translated_errors(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            found = _format_of(connection)
            if found > len(migrations):
                raise DatabaseNewer(path, found, len(migrations))
            if found < 0:
                raise DatabaseCorrupt(path, f"format {found}")
            _switch_to_wal(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            if found < len(migrations):
                _migrate(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
        return connection


def _format_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on, waiting for others: SQLite itself does not wait for this."""
    end_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end_s:
                raise
        time.sleep(0.01)


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    with transaction(connection):  # another instance may be migrating
        found = _format_of(connection)
        if found:
            _back_up(path, path.with_name(f"{path.name}.format-{found}.backup"))
        for number, script in enumerate(migrations[found:], start=found + 1):
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _back_up(path: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as source:
        copy_database(source, target)
    log.info("%s: copied to %s before migrating", path, target)


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database, as one moment has it, into a single file. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def find_damage(connection: sqlite3.Connection) -> str | None:
    """What SQLite finds wrong with a database when it walks through all of it, if anything.

    SQLite 3.40 sees NULL values in sound tables without rowid whose key has another order than
    their columns (measured), so what it says of values does not count.
    """
    for (found,) in connection.execute("PRAGMA quick_check"):
        if found != "ok" and " value in " not in found:
            return " ".join(str(found).split())
    return None


def set_aside(path: Path) -> Path:
    """Rename a damaged database to `NAME.damaged-TIME`, with what is beside it. Raises OSError."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    for ending in ("", *COMPANIONS):  # they would spoil the new one
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside is written, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back on a full disk
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn what the user's disk does to SQLite into errors of ours, which name the file."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # our own mistake
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            raise DatabaseCorrupt(path, str(error)) from error
        raise DatabaseUnusable(path, _describe(error, path)) from error


def _code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None for what Python's module says by itself."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code, text = _code(error), str(error)
    if code == sqlite3.SQLITE_ERROR:  # our statements are right: so the schema is not
        return text.startswith(("no such", "malformed")) or text.endswith("already exists")
    if code is None:
        return text.startswith("Could not decode to UTF-8")
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)


def _describe(error: sqlite3.DatabaseError, path: Path) -> str:
    code = _code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_disk_full(path)):
        return "the disk is full"
    if code == sqlite3.SQLITE_READONLY:
        return "it is read-only"
    if code == sqlite3.SQLITE_BUSY:
        return "another program keeps it locked"
    if code == sqlite3.SQLITE_CANTOPEN and path.is_dir():
        return "a folder has its name"
    if code == sqlite3.SQLITE_CANTOPEN and not os.access(path.parent, os.W_OK):
        return "its folder is read-only"
    return str(error)


def _is_disk_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < FULL_BELOW_BYTES
    except OSError:
        return False
