"""cache.db and previews.db: everything a scan learnt, which a new scan could learn again."""

import contextlib
import hashlib
import os
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from photodedup.core.cache_database import CacheDatabase, CacheRebuilt
from photodedup.core.embedding_rows import (
    MAPPED_FROM,
    EmbeddingRows,
    map_embeddings,
    unit_rows,
)
from photodedup.core.records import Photo, PhotoFile, Problem, ProblemCode, Verification
from photodedup.core.stored_rows import (
    PHOTO_COLUMNS,
    VERIFICATION_COLUMNS,
    PhotoRow,
    RowDamaged,
    file_identity,
    is_row_of,
    listed_file_from_row,
    listed_photo_from_row,
    photo_from_row,
    photo_row,
    photo_rows,
    problem_from_row,
    verification_from_row,
    verification_row,
    verification_rows,
)

USUAL_TIMEOUT_S = 60  # also what a photo could take while that was not kept
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
    f"ALTER TABLE unreadable ADD COLUMN timeout_s INTEGER NOT NULL DEFAULT {USUAL_TIMEOUT_S}",
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
ROWS_AT_ONCE = 500  # values in one query; SQLite takes 999 at least

Value = TypeVar("Value")


class CacheStore:
    """Photos, embeddings, verified pairs and previews, in two SQLite files of one folder.

    A damaged file is set aside and begun anew: nothing in it is irreplaceable. Any thread may
    call any method. Raises StoreError when a file cannot be opened, read or written; CacheRebuilt
    when cache.db was found damaged in use: what was read from it before may be wrong, and what a
    caller holds of it must be asked for again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cache = CacheDatabase(folder / "cache.db", CACHE_MIGRATIONS)
        self._previews = CacheDatabase(folder / "previews.db", PREVIEW_MIGRATIONS)

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
        unchanged = "WHERE path = ? AND size_bytes = ? AND mtime_ns = ?"
        return self._first_photo(file, unchanged, file_identity(file))

    def embedded_photos(
        self, files: Sequence[PhotoFile], model: str, embedded: Container[bytes] | None = None
    ) -> list[tuple[Photo, str | None] | None]:
        """For each file what photo says, but None too where this model did not embed it.

        Many times as fast as asking for one after the other. embedded: embedded_digests of this
        model, for who asks about many files; they should be neighbours.
        """
        paths = [os.fsencode(file.path) for file in files]
        asked = self._embedded_rows(paths, model) if embedded is None else self._rows_near(paths)
        row_at = {row.path: row for row in asked if embedded is None or row.digest in embedded}
        with self._damage_noticed():
            return [
                photo_from_row(file, row)
                if (row := row_at.get(path)) is not None and is_row_of(row, file)
                else None
                for file, path in zip(files, paths, strict=True)
            ]

    def _embedded_rows(self, paths: Sequence[bytes], model: str) -> Iterator[PhotoRow]:
        for some in _in_parts(paths):
            yield from self._photo_rows(
                f"WHERE path IN ({_marks(some)}) AND EXISTS (SELECT 1 FROM embeddings "
                "WHERE embeddings.digest = photos.digest AND model = ?)",
                (*some, model),
            )

    def _rows_near(self, paths: Sequence[bytes]) -> Iterator[PhotoRow]:
        """The rows of these paths and perhaps some between them: in one go where they are few."""
        if not paths:
            return
        most = 2 * len(paths)
        span = (min(paths), max(paths), most)
        between = self._photo_rows("WHERE path >= ? AND path <= ? LIMIT ?", span)
        if len(between) < most:
            yield from between
            return
        for some in _in_parts(paths):
            yield from self._photo_rows(f"WHERE path IN ({_marks(some)})", some)

    def embedded_digests(self, model: str) -> frozenset[bytes]:
        """Every content that this model embedded."""
        rows = self._cache.rows("SELECT digest FROM embeddings WHERE model = ?", (model,))
        return frozenset(digest for (digest,) in rows)

    def photo_of_content(self, file: PhotoFile, digest: bytes) -> tuple[Photo, str | None] | None:
        """The photo kept for the same bytes under any path, as a photo of this file."""
        return self._first_photo(file, "WHERE digest = ? LIMIT 1", (digest,))

    def embedded_paths(self, model: str, folder: Path | None = None) -> list[tuple[bytes, bytes]]:
        """(path, digest) of every kept photo, in this folder if one is named, by path.

        Only of those that this model embedded; some may be gone since, or their drive unplugged.
        Without the rest of a photo this is many times as fast as photos_at for all of them.
        """
        among, span = ("AND path >= ? AND path < ?", _span_below(folder)) if folder else ("", ())
        rows = self._cache.rows(
            "SELECT path, digest FROM photos WHERE EXISTS (SELECT 1 FROM embeddings WHERE "
            f"embeddings.digest = photos.digest AND model = ?) {among} ORDER BY path",
            (model, *span),
        )
        if not all(isinstance(value, bytes) and value for row in rows for value in row):
            self._cache.begin_anew("a path or digest that is none")
        return [(path, digest) for path, digest in rows]

    def photos_at(self, paths: Sequence[bytes]) -> list[Photo]:
        """The photos kept for these paths, whatever their files are by now, in no order."""
        photos = []
        for some in _in_parts(paths):
            rows = self._photo_rows(f"WHERE path IN ({_marks(some)})", some)
            with self._damage_noticed():
                photos += [listed_photo_from_row(row) for row in rows]
        return photos

    def knows_size(self, size_bytes: int) -> bool:
        """Whether any kept photo has this many bytes: only then can a new file be a known one."""
        query = "SELECT 1 FROM photos WHERE size_bytes = ? LIMIT 1"
        return self._cache.row(query, (size_bytes,)) is not None

    def problem(self, file: PhotoFile, timeout_s: int = USUAL_TIMEOUT_S) -> Problem | None:
        """Why this unchanged file could not be read last time, if that is remembered.

        None too if it took longer than it could then, and can take longer now: timeout_s.
        """
        row = self._cache.row(
            "SELECT code, reason FROM unreadable WHERE path = ? AND size_bytes = ? "
            "AND mtime_ns = ? AND NOT (code = ? AND timeout_s < ?)",
            (*file_identity(file), ProblemCode.TIMED_OUT.value, timeout_s),
        )
        if row is None:
            return None
        with self._damage_noticed():
            return problem_from_row(file.path, row)

    def add_problems(
        self, problems: Iterable[tuple[PhotoFile, Problem]], timeout_s: int = USUAL_TIMEOUT_S
    ) -> None:
        """Remember files that cannot be read until they change; each could take timeout_s."""
        self._cache.write(
            "INSERT OR REPLACE INTO unreadable VALUES (?,?,?,?,?,?)",
            [
                (*file_identity(file), problem.code.value, problem.reason, timeout_s)
                for file, problem in problems
                if problem.code in REMEMBERED
            ],
        )

    def add_photos(self, photos: Iterable[tuple[Photo, str | None]]) -> None:
        """Keep photos, each with its damage (None: sound); why they were not read is forgotten."""
        rows = [photo_row(photo, damage) for photo, damage in photos]
        self._cache.write("INSERT OR REPLACE INTO photos VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)
        self._cache.write("DELETE FROM unreadable WHERE path = ?", [row[:1] for row in rows])

    def add_embeddings(
        self, model: str, digests: Sequence[bytes], embeddings: npt.NDArray[np.float32]
    ) -> None:
        """Keep (N, D) unit embeddings of N contents, as float16."""
        rows = zip(digests, embeddings.astype(np.float16), strict=True)
        self._cache.write(
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
        return self._checked(self._stored_embeddings(model, digests, dimension))

    def embedding_rows(self, model: str, digests: Sequence[bytes], dimension: int) -> EmbeddingRows:
        """As embeddings, but many are mapped from a file beside cache.db instead of held."""

        def load(some: Sequence[bytes]) -> npt.NDArray[np.float16]:
            stored = self._stored_embeddings(model, some, dimension)
            self._checked(stored)
            return stored

        if len(digests) >= MAPPED_FROM:
            name = f"{hashlib.sha256(model.encode()).hexdigest()[:16]}.embeddings"
            mapped = map_embeddings(self._folder / name, digests, dimension, load)
            if mapped is not None:
                return mapped
        return self.embeddings(model, digests, dimension)

    def _stored_embeddings(
        self, model: str, digests: Sequence[bytes], dimension: int
    ) -> npt.NDArray[np.float16]:
        matrix = np.empty((len(digests), dimension), np.float16)
        first = 0
        for some in _in_parts(digests):
            rows = self._cache.rows(
                "SELECT digest, embedding FROM embeddings "
                f"WHERE digest IN ({_marks(some)}) AND model = ?",
                (*some, model),
            )
            found = {row[0]: row[1] for row in rows}
            for number, digest in enumerate(some, first):
                embedding = found[digest]
                if len(embedding) != 2 * dimension:
                    self._cache.begin_anew(f"an embedding of {len(embedding)} bytes")
                matrix[number] = np.frombuffer(embedding, np.float16)
            first += len(some)
        return matrix

    def _checked(self, stored: npt.NDArray[np.float16]) -> npt.NDArray[np.float32]:
        try:
            return unit_rows(stored)
        except ValueError as error:
            self._cache.begin_anew(str(error))

    def verifications(
        self, verifier: str, only_alike: bool = False
    ) -> dict[tuple[bytes, bytes], Verification]:
        """What this verifier said of (keeper, other) contents, as far as it was asked.

        only_alike: without what is not alike, nearly all in most libraries; what is kept under
        twice the same key is given too.
        """
        wanted = "AND (relation IS NOT NULL OR keeper = other)" if only_alike else ""
        rows = self._cache.rows(
            f"SELECT {VERIFICATION_COLUMNS} FROM verifications WHERE verifier = ? {wanted}",
            (verifier,),
        )
        with self._damage_noticed():
            found = verification_rows(rows)
            return {(row.keeper, row.other): verification_from_row(row) for row in found}

    def add_verifications(
        self, verifier: str, found: Iterable[tuple[bytes, bytes, Verification]]
    ) -> None:
        """Keep what this verifier said of (keeper, other) contents."""
        self._cache.write(
            "INSERT OR REPLACE INTO verifications VALUES (?,?,?,?,?,?,?)",
            [verification_row(verifier, *one) for one in found],
        )

    def preview(self, digest: bytes) -> bytes | None:
        """The JPEG preview of this content (long side at most 400 px), unless it was evicted."""
        query = "SELECT jpeg FROM previews WHERE digest = ?"
        try:
            row = self._previews.row(query, (digest,))
        except CacheRebuilt:
            return None  # as if evicted
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def add_previews(self, previews: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep (digest, JPEG) previews."""
        statement, rows = (
            "INSERT OR REPLACE INTO previews (digest, jpeg) VALUES (?,?)",
            list(previews),
        )
        try:
            self._previews.write(statement, rows)
        except CacheRebuilt:  # those before are decoded again at need
            self._previews.write(statement, rows)

    def evict_previews(self, limit_bytes: int = PREVIEWS_LIMIT_BYTES) -> None:
        """Drop the oldest previews until the rest fits; at need they are decoded again."""
        with contextlib.suppress(CacheRebuilt):
            self._previews.write(
                "DELETE FROM previews WHERE number IN (SELECT number FROM ("
                "SELECT number, sum(length(jpeg)) OVER (ORDER BY number DESC) AS newer "
                "FROM previews) WHERE newer > ?)",
                [(limit_bytes,)],
            )

    def _first_photo(
        self, file: PhotoFile, which: str, values: Sequence[object]
    ) -> tuple[Photo, str | None] | None:
        """The first photo of these, as a photo of this file, and its damage."""
        rows = self._photo_rows(which, values)
        with self._damage_noticed():
            return photo_from_row(file, rows[0]) if rows else None

    def _photo_rows(self, which: str, values: Sequence[object]) -> list[PhotoRow]:
        rows = self._cache.rows(f"SELECT {PHOTO_COLUMNS} FROM photos {which}", values)
        with self._damage_noticed():
            return photo_rows(rows)

    @contextlib.contextmanager
    def _damage_noticed(self) -> Iterator[None]:
        try:
            yield
        except RowDamaged as error:
            self._cache.begin_anew(str(error))

    def forget_problems(self, folders: Sequence[Path]) -> None:
        """Let files in these folders that could not be read, or only in part, be read again."""
        for folder in folders:
            span = _span_below(folder)
            self._cache.write("DELETE FROM unreadable WHERE path >= ? AND path < ?", [span])
            self._cache.write(
                "DELETE FROM photos WHERE damage IS NOT NULL AND path >= ? AND path < ?", [span]
            )

    def known_problems(self) -> list[tuple[PhotoFile, Problem]]:
        """Every file that could not be read, or only in part, as far as that is remembered."""
        unread = self._cache.rows("SELECT path, size_bytes, mtime_ns, code, reason FROM unreadable")
        in_part = self._cache.rows(
            "SELECT path, size_bytes, mtime_ns, ?, damage FROM photos WHERE damage IS NOT NULL",
            (ProblemCode.DAMAGED.value,),
        )
        with self._damage_noticed():
            files = [listed_file_from_row(row) for row in (*unread, *in_part)]
            return [
                (file, problem_from_row(file.path, row[3:]))
                for file, row in zip(files, (*unread, *in_part), strict=True)
            ]

    def counts(self) -> dict[str, int]:
        """How many rows each table has, by its name."""
        counted = {}
        for table in ("photos", "unreadable", "embeddings", "verifications"):
            (counted[table],) = self._cache.rows(f"SELECT count(*) FROM {table}")[0]
        (counted["previews"],) = self._previews.rows("SELECT count(*) FROM previews")[0]
        return counted


def _in_parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    return (values[at : at + ROWS_AT_ONCE] for at in range(0, len(values), ROWS_AT_ONCE))


def _marks(values: Sequence[object]) -> str:
    """A question mark for each value."""
    return ",".join("?" * len(values))


def _span_below(folder: Path) -> tuple[bytes, bytes]:
    """The first path below a folder, and the first after all of them."""
    first = os.path.join(os.fsencode(folder), b"")
    return first, first[:-1] + bytes([first[-1] + 1])
