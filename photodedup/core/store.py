"""cache.db and previews.db: everything a scan learnt, which a new scan could learn again."""

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photodedup.core.database import (
    DatabaseCorrupt,
    open_database,
    transaction,
    translated_errors,
)
from photodedup.core.records import Photo, PhotoFile, Problem, ProblemCode, Verification
from photodedup.core.stored_rows import (
    PHOTO_COLUMNS,
    VERIFICATION_COLUMNS,
    Row,
    file_identity,
    photo_from_row,
    photo_row,
    verification_from_row,
    verification_row,
)

CACHE_MIGRATIONS = (
    """
    CREATE TABLE photos (
        path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        digest BLOB NOT NULL, pixel_digest BLOB NOT NULL, format TEXT NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, damage TEXT,
        sharpness REAL NOT NULL, border_share REAL NOT NULL, metadata TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX photos_by_digest ON photos (digest);
    CREATE INDEX photos_by_size ON photos (size_bytes);
    CREATE TABLE unreadable (
        path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        code TEXT NOT NULL, reason TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE embeddings (
        digest BLOB NOT NULL, model TEXT NOT NULL, embedding BLOB NOT NULL,
        PRIMARY KEY (digest, model)
    ) WITHOUT ROWID;
    CREATE TABLE verifications (
        verifier TEXT NOT NULL, keeper BLOB NOT NULL, other BLOB NOT NULL,
        relation TEXT, probability REAL NOT NULL, similarity REAL NOT NULL, detail TEXT NOT NULL,
        PRIMARY KEY (verifier, keeper, other)
    ) WITHOUT ROWID
    """,
)
PREVIEW_MIGRATIONS = (
    """
    CREATE TABLE previews (
        number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, jpeg BLOB NOT NULL
    )
    """,
)
REMEMBERED = frozenset(
    {ProblemCode.UNDECODABLE, ProblemCode.DECODER_CRASHED, ProblemCode.TIMED_OUT}
)
"""Problems that only a change of the file can mend; the others are cheap to find again."""

PREVIEWS_LIMIT_BYTES = 8 * 2**30
log = logging.getLogger(__name__)


class CacheStore:
    """Photos, embeddings, verified pairs and previews, in two SQLite files of one folder.

    A damaged file is set aside and begun anew: nothing in it is irreplaceable. Any thread may
    call any method. Raises StoreError when a file cannot be opened, read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._cache = _Database(folder / "cache.db", CACHE_MIGRATIONS)
        self._previews = _Database(folder / "previews.db", PREVIEW_MIGRATIONS)

    def close(self) -> None:
        """Close both databases."""
        self._cache.close()
        self._previews.close()

    def __enter__(self) -> "CacheStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def photo(self, file: PhotoFile) -> tuple[Photo, str | None] | None:
        """The photo kept for this path, size and mtime, with its damage; None if there is none."""
        row = self._cache.row(
            f"SELECT {PHOTO_COLUMNS} FROM photos "
            "WHERE path = ? AND size_bytes = ? AND mtime_ns = ?",
            file_identity(file),
        )
        return None if row is None else photo_from_row(file, row)

    def photo_of_content(self, file: PhotoFile, digest: bytes) -> tuple[Photo, str | None] | None:
        """The photo kept for the same bytes under any path, as a photo of this file."""
        row = self._cache.row(
            f"SELECT {PHOTO_COLUMNS} FROM photos WHERE digest = ? LIMIT 1", (digest,)
        )
        return None if row is None else photo_from_row(file, row)

    def photos_below(self, folder: Path) -> list[Photo]:
        """Every kept photo whose path lies in this folder, by path; some may be gone since."""
        first = os.path.join(os.fsencode(folder), b"")
        after = first[:-1] + bytes([first[-1] + 1])
        rows = self._cache.rows(
            f"SELECT path, size_bytes, mtime_ns, {PHOTO_COLUMNS} FROM photos "
            "WHERE path >= ? AND path < ? ORDER BY path",
            (first, after),
        )
        return [_photo_of_row(row) for row in rows]

    def all_photos(self) -> list[Photo]:
        """Every kept photo, by path; some may be gone since, or their drive unplugged."""
        rows = self._cache.rows(
            f"SELECT path, size_bytes, mtime_ns, {PHOTO_COLUMNS} FROM photos ORDER BY path"
        )
        return [_photo_of_row(row) for row in rows]

    def knows_size(self, size_bytes: int) -> bool:
        """Whether any kept photo has this many bytes: only then can a new file be a known one."""
        query = "SELECT 1 FROM photos WHERE size_bytes = ? LIMIT 1"
        return self._cache.row(query, (size_bytes,)) is not None

    def problem(self, file: PhotoFile) -> Problem | None:
        """Why this unchanged file could not be read last time, if that is remembered."""
        row = self._cache.row(
            "SELECT code, reason FROM unreadable "
            "WHERE path = ? AND size_bytes = ? AND mtime_ns = ?",
            file_identity(file),
        )
        return None if row is None else Problem(file.path, ProblemCode(row[0]), row[1])

    def add_problems(self, problems: Iterable[tuple[PhotoFile, Problem]]) -> None:
        """Remember files that cannot be read until they change."""
        self._cache.insert(
            "INSERT OR REPLACE INTO unreadable VALUES (?,?,?,?,?)",
            [
                (*file_identity(file), problem.code.value, problem.reason)
                for file, problem in problems
                if problem.code in REMEMBERED
            ],
        )

    def add_photos(self, photos: Iterable[tuple[Photo, str | None]]) -> None:
        """Keep photos, each with its damage (None: sound)."""
        self._cache.insert(
            "INSERT OR REPLACE INTO photos VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            [photo_row(photo, damage) for photo, damage in photos],
        )

    def add_embeddings(
        self, model: str, digests: Sequence[bytes], embeddings: npt.NDArray[np.float32]
    ) -> None:
        """Keep (N, D) unit embeddings of N contents, as float16."""
        rows = zip(digests, embeddings.astype(np.float16), strict=True)
        self._cache.insert(
            "INSERT OR REPLACE INTO embeddings VALUES (?,?,?)",
            [(digest, model, embedding.tobytes()) for digest, embedding in rows],
        )

    def has_embedding(self, model: str, digest: bytes) -> bool:
        """Whether this content was embedded by this model."""
        query = "SELECT 1 FROM embeddings WHERE digest = ? AND model = ?"
        return self._cache.row(query, (digest, model)) is not None

    def embeddings(
        self, model: str, digests: Sequence[bytes], dimension: int
    ) -> npt.NDArray[np.float32]:
        """(N, dimension) float32 unit embeddings of these contents, in their order.

        Raises KeyError if one is missing.
        """
        matrix = np.empty((len(digests), dimension), np.float32)
        query = "SELECT embedding FROM embeddings WHERE digest = ? AND model = ?"
        for number, digest in enumerate(digests):
            found = self._cache.row(query, (digest, model))
            if found is None:
                raise KeyError(digest.hex())
            matrix[number] = np.frombuffer(found[0], np.float16)
        # float16 moves the length by up to 1e-3, and a photo must be at 1.000 to itself
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        return matrix

    def verifications(self, verifier: str) -> dict[tuple[bytes, bytes], Verification]:
        """What this verifier said of (keeper, other) contents, as far as it was asked."""
        rows = self._cache.rows(
            f"SELECT keeper, other, {VERIFICATION_COLUMNS} FROM verifications WHERE verifier = ?",
            (verifier,),
        )
        return {(row[0], row[1]): verification_from_row(row[2:]) for row in rows}

    def add_verifications(
        self, verifier: str, found: Iterable[tuple[bytes, bytes, Verification]]
    ) -> None:
        """Keep what this verifier said of (keeper, other) contents."""
        self._cache.insert(
            "INSERT OR REPLACE INTO verifications VALUES (?,?,?,?,?,?,?)",
            [verification_row(verifier, *one) for one in found],
        )

    def preview(self, digest: bytes) -> bytes | None:
        """The JPEG preview of this content (long side at most 400 px), unless it was evicted."""
        row = self._previews.row("SELECT jpeg FROM previews WHERE digest = ?", (digest,))
        return None if row is None else bytes(row[0])

    def add_previews(self, previews: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep (digest, JPEG) previews."""
        self._previews.insert(
            "INSERT OR REPLACE INTO previews (digest, jpeg) VALUES (?,?)", list(previews)
        )

    def evict_previews(self, limit_bytes: int = PREVIEWS_LIMIT_BYTES) -> None:
        """Drop the oldest previews until the rest fits; at need they are decoded again."""
        self._previews.insert(
            "DELETE FROM previews WHERE number IN (SELECT number FROM ("
            "SELECT number, sum(length(jpeg)) OVER (ORDER BY number DESC) AS newer FROM previews"
            ") WHERE newer > ?)",
            [(limit_bytes,)],
        )


class _Database:
    """One connection that any thread may use, with errors that name the file."""

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self._path = path
        self._lock = threading.RLock()
        try:
            self._connection = open_database(path, migrations)
        except DatabaseCorrupt as error:
            aside = _set_aside(path)
            log.warning("%s; set aside as %s, a new one is begun", error, aside.name)
            self._connection = open_database(path, migrations)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def row(self, query: str, values: Sequence[object] = ()) -> Row | None:
        with self._reading() as connection:
            row: Row | None = connection.execute(query, values).fetchone()
            return row

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        with self._reading() as connection:
            return connection.execute(query, values).fetchall()

    def insert(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            with self._reading() as connection, transaction(connection):
                connection.executemany(statement, rows)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated_errors(self._path):
            yield self._connection


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):  # they belong to the damaged file and would spoil the new one
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def _photo_of_row(row: Row) -> Photo:
    path, size_bytes, mtime_ns, *rest = row
    # the device and inode of a file that was not just found are unknown
    return photo_from_row(PhotoFile(Path(os.fsdecode(path)), size_bytes, mtime_ns, 0, 0), rest)[0]
