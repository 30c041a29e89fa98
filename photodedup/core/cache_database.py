"""One database of the cache: damaged, it is set aside and begun anew, whenever that shows."""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from photodedup.core.database import (
    DatabaseCorrupt,
    DatabaseUnusable,
    open_database,
    set_aside,
    transaction,
    translated_errors,
)
from photodedup.core.errors import StoreError
from photodedup.core.stored_rows import Row

log = logging.getLogger(__name__)


class CacheRebuilt(StoreError):
    """The cache was damaged, and is begun anew: what was read from it may not be used."""

    def __init__(self, path: Path, damage: str) -> None:
        self.damage = damage
        super().__init__(
            path,
            f"the cache was damaged ({damage}) and is begun anew. Nothing is lost; try again, "
            "and the photos are read again.",
        )


class CacheDatabase:
    """One connection that any thread may use, with errors that name the file.

    Methods raise CacheRebuilt once the file was found damaged and replaced, or StoreError.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self._path = path
        self._migrations = migrations
        self._lock = threading.RLock()
        self._broken: StoreError | None = None
        try:
            self._connection = open_database(path, migrations)
        except DatabaseCorrupt as error:
            self._replace(error)
            self._connection = open_database(path, migrations)
        self._file = _file_id(path)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def row(self, query: str, values: Sequence[object] = ()) -> Row | None:
        """The first row, None if there is none."""
        with self._using() as connection:
            row: Row | None = connection.execute(query, values).fetchone()
            return row

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """Every row."""
        with self._using() as connection:
            return connection.execute(query, values).fetchall()

    def write(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each of these rows of values, in one transaction."""
        if rows:
            with self._using() as connection, transaction(connection):
                connection.executemany(statement, rows)

    def begin_anew(self, damage: str) -> NoReturn:
        """Replace the file, because what it holds is nonsense. Raises CacheRebuilt."""
        with self._lock:
            self._begin_anew(DatabaseCorrupt(self._path, damage))

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._broken is not None:
                raise self._broken
            try:
                with translated_errors(self._path):
                    yield self._connection
            except DatabaseCorrupt as error:
                self._begin_anew(error)

    def _begin_anew(self, error: DatabaseCorrupt) -> NoReturn:
        self._connection.close()
        try:
            # another process, or another part of this one, may have replaced it already
            if self._file == _file_id(self._path):
                self._replace(error)
            self._connection = open_database(self._path, self._migrations)
        except StoreError as failure:
            self._broken = failure  # there is no connection any more
            raise
        self._file = _file_id(self._path)
        raise CacheRebuilt(self._path, error.damage) from error

    def _replace(self, error: DatabaseCorrupt) -> None:
        """Set the file aside, in place of one that was set aside before. Raises StoreError."""
        try:
            for older in self._path.parent.glob(f"{self._path.name}.damaged-*"):
                older.unlink(missing_ok=True)
            aside = set_aside(self._path)
        except OSError as failure:
            reason = f"{error.damage}; it cannot be replaced: {failure.strerror or failure}"
            raise DatabaseUnusable(self._path, reason) from failure
        log.warning("%s; set aside as %s, a new one is begun", error, aside.name)


def _file_id(path: Path) -> tuple[int, int] | None:
    """What tells the file from one that took its place; None if it is gone."""
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_dev, info.st_ino
