"""One way to open our SQLite databases: migrated, backed up before that, refused when newer."""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from photodedup.core.errors import StoreError

BUSY_TIMEOUT_S = 30.0
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
    """The file is not a sound database."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"the database is damaged ({reason})")


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
    Raises DatabaseNewer, DatabaseCorrupt or DatabaseUnusable.
    """
    with translated_errors(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            found = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if found > len(migrations):
                raise DatabaseNewer(path, found, len(migrations))
            if found < len(migrations):
                _migrate(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
        return connection


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")  # another instance may be migrating
    try:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found:
            _back_up(path, path.with_name(f"{path.name}.format-{found}.backup"))
        for number, script in enumerate(migrations[found:], start=found + 1):
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _back_up(path: Path, target: Path) -> None:
    source = sqlite3.connect(path)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    log.info("%s: copied to %s before migrating", path, target)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside is written, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextlib.contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, which name the file."""
    try:
        yield
    except sqlite3.OperationalError as error:  # a subclass of DatabaseError, so first
        raise DatabaseUnusable(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        raise DatabaseCorrupt(path, str(error)) from error
