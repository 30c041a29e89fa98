"""glances.db: what a quick scan saw of files that it did not read; may be thrown away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photodedup.core.cache_database import CacheDatabase
from photodedup.core.digest import digest_bytes
from photodedup.core.embedding_rows import unit_rows
from photodedup.core.records import PhotoFile
from photodedup.core.stored_rows import file_identity

GLANCE_MIGRATIONS = (
    """
    CREATE TABLE glances (
        path BLOB NOT NULL, model TEXT NOT NULL,
        size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, embedding BLOB NOT NULL,
        PRIMARY KEY (path, model)
    ) WITHOUT ROWID;
    CREATE TABLE compared (
        digest BLOB NOT NULL, model TEXT NOT NULL, PRIMARY KEY (model, digest)
    ) WITHOUT ROWID
    """,
)
PATHS_AT_ONCE = 500  # values in one query; SQLite takes 999 at least

Embeddings = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Glance:
    """An unread file and the unit embedding of its preview, (D,) float32."""

    file: PhotoFile
    embedding: Embeddings

    @property
    def digest(self) -> bytes:
        """What stands for a content's digest, which only reading the file would tell; 16 bytes."""
        return glance_digest(self.file)


def glance_digest(file: PhotoFile) -> bytes:
    """Tells a file as it is now from all others, and from every content."""
    return digest_bytes(b"glance at " + repr(file_identity(file)).encode())


class GlanceStore:
    """Glances by path, size, mtime and model, and which of them were compared with all others.

    Any thread may call any method. A context manager. Raises StoreError, and CacheRebuilt when the
    file proved damaged and was begun anew.
    """

    def __init__(self, folder: Path) -> None:
        self._database = CacheDatabase(folder / "glances.db", GLANCE_MIGRATIONS)

    def __enter__(self) -> "GlanceStore":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def glances(self, files: Sequence[PhotoFile], model: str, dimension: int) -> list[Glance]:
        """The glances at those of the files that have not changed since, in no order."""
        found = []
        for start in range(0, len(files), PATHS_AT_ONCE):
            some = {file_identity(file): file for file in files[start : start + PATHS_AT_ONCE]}
            rows = self._database.rows(
                "SELECT path, size_bytes, mtime_ns, embedding FROM glances "
                f"WHERE path IN ({','.join('?' * len(some))}) AND model = ?",
                (*(path for path, _, _ in some), model),
            )
            kept = {(row[0], row[1], row[2]): row[3] for row in rows}
            known = [identity for identity in some if identity in kept]
            matrix = self._embeddings([kept[identity] for identity in known], dimension)
            found += [Glance(some[i], row) for i, row in zip(known, matrix, strict=True)]
        return found

    def add(self, glances: Iterable[Glance], model: str) -> None:
        """Keep these, in place of older ones of the same paths."""
        self._database.write(
            "INSERT OR REPLACE INTO glances VALUES (?,?,?,?,?)",
            [_row(glance, model) for glance in glances],
        )

    def forget(self, files: Iterable[PhotoFile]) -> None:
        """Drop the glances at files that were read."""
        paths = [file_identity(file)[:1] for file in files]
        self._database.write("DELETE FROM glances WHERE path = ?", paths)

    def compared(self, model: str) -> frozenset[bytes]:
        """Digests of all, glances and contents, that were compared with each other."""
        rows = self._database.rows("SELECT digest FROM compared WHERE model = ?", (model,))
        return frozenset(digest for (digest,) in rows)

    def add_compared(self, digests: Iterable[bytes], model: str) -> None:
        """Remember that these were compared with each other and with all before them."""
        self._database.write(
            "INSERT OR IGNORE INTO compared VALUES (?,?)", [(digest, model) for digest in digests]
        )

    def _embeddings(self, blobs: Sequence[bytes], dimension: int) -> Embeddings:
        if any(not isinstance(blob, bytes) or len(blob) != 2 * dimension for blob in blobs):
            self._database.begin_anew("an embedding of another length")
        stored = np.frombuffer(b"".join(blobs), np.float16).reshape(len(blobs), dimension)
        try:
            return unit_rows(stored)
        except ValueError as error:
            self._database.begin_anew(str(error))


def _row(glance: Glance, model: str) -> Sequence[object]:
    path, size_bytes, mtime_ns = file_identity(glance.file)
    return path, model, size_bytes, mtime_ns, glance.embedding.astype(np.float16).tobytes()
