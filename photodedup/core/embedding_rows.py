"""Embeddings to compute with: an array, or in large libraries float16 in a file that is mapped.

The file holds records of a content's digest and its embedding, one after the other, and only ever
grows. It is keyed by content and made again from cache.db at need, so it can be thrown away and
is never out of date; what a scan does not ask for takes no memory.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from photodedup.core.holding import ClearingBusy, only_one

log = logging.getLogger(__name__)

MAPPED_FROM = 100_000  # rows; 100 MB as an array of float32
BLOCK_ROWS = 16_384
DIGEST_BYTES = 16
LENGTH_TOLERANCE = 0.01  # of a stored unit embedding; float16 moves it by up to 1e-3

Float16 = npt.NDArray[np.float16]
Load = Callable[[Sequence[bytes]], Float16]
"""Digests to their (N, D) float16 embeddings, as stored."""


class EmbeddingRows(Protocol):
    """(N, D) unit embeddings that are asked for some rows at a time: an array, or mapped."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""
        ...

    def __len__(self) -> int:
        """N."""
        ...

    def __getitem__(self, rows: slice | npt.NDArray[np.integer], /) -> npt.NDArray[np.float32]:
        """Some rows as float32."""
        ...


class MappedEmbeddings:
    """Rows of a mapped file of records, in an order of their own; see EmbeddingRows."""

    def __init__(
        self, mapped: Float16, place_of_row: npt.NDArray[np.int64], lengths: npt.NDArray[np.float32]
    ) -> None:
        self._mapped = mapped
        self._place_of_row = place_of_row
        self._lengths = lengths

    @property
    def shape(self) -> tuple[int, ...]:
        """See EmbeddingRows."""
        return len(self._place_of_row), self._mapped.shape[1]

    def __len__(self) -> int:
        """See EmbeddingRows."""
        return len(self._place_of_row)

    def __getitem__(self, rows: slice | npt.NDArray[np.integer], /) -> npt.NDArray[np.float32]:
        """See EmbeddingRows."""
        some = self._mapped[self._place_of_row[rows]].astype(np.float32)
        some /= self._lengths[rows, None]
        return some


def blocks_of(embeddings: EmbeddingRows) -> Iterator[npt.NDArray[np.float32]]:
    """All rows, some at a time."""
    for start in range(0, len(embeddings), BLOCK_ROWS):
        yield embeddings[start : start + BLOCK_ROWS]


def unit_rows(stored: Float16) -> npt.NDArray[np.float32]:
    """Stored embeddings at length 1 exactly: a photo must be at 1.000 to itself.

    Raises ValueError if one is none.
    """
    rows = stored.astype(np.float32)
    rows /= _lengths(rows)[:, None]
    return rows


def map_embeddings(
    path: Path, digests: Sequence[bytes], dimension: int, load: Load
) -> MappedEmbeddings | None:
    """The embeddings of these contents, in their order, from the file and what load adds to it.

    digests: of 16 bytes, distinct. None where the file cannot be used: another program writes it
    just now, or the disk is full. load must give unit embeddings, see unit_rows; what it raises
    is passed on.
    """
    for _ in range(2):  # a damaged file is begun anew, once
        try:
            with only_one(path.with_suffix(".lock")):
                return _map(path, digests, dimension, load)
        except _FileDamaged:
            log.warning("%s is damaged and begun anew", path)
            try:
                path.unlink()
            except OSError as error:
                log.warning("%s: %s", path, error)
                return None
        except (ClearingBusy, OSError) as error:
            log.warning("embeddings are not mapped: %s", error)
            return None
    return None


class _FileDamaged(Exception):
    """Something in the file is no unit embedding."""


def _map(path: Path, digests: Sequence[bytes], dimension: int, load: Load) -> MappedEmbeddings:
    record = np.dtype([("digest", np.uint8, (DIGEST_BYTES,)), ("embedding", "<f2", (dimension,))])
    place_of = _places(path, record)
    missing = [digest for digest in digests if digest not in place_of]
    if missing:
        _append(path, missing, record, load)
        place_of |= {digest: place for place, digest in enumerate(missing, len(place_of))}
    if not place_of:
        empty = np.empty((0, dimension), np.float16)
        return MappedEmbeddings(empty, np.empty(0, np.int64), np.empty(0, np.float32))
    mapped = np.memmap(path, record, "r")["embedding"]
    rows = np.array([place_of[digest] for digest in digests], np.int64)
    lengths = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        try:
            lengths[part] = _lengths(mapped[rows[part]].astype(np.float32))
        except ValueError as error:
            raise _FileDamaged from error
    return MappedEmbeddings(mapped, rows, lengths)


def _places(path: Path, record: np.dtype[np.void]) -> dict[bytes, int]:
    """Which record of the file is whose; a last one that was not wholly written is cut off."""
    if not path.exists():
        return {}
    whole = os.path.getsize(path) // record.itemsize
    os.truncate(path, whole * record.itemsize)
    if not whole:
        return {}
    digests = np.ascontiguousarray(np.memmap(path, record, "r")["digest"]).tobytes()
    place_of = {
        digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]: place for place in range(whole)
    }
    if len(place_of) != whole:  # zeros, where the system went down while it was written
        raise _FileDamaged
    return place_of


def _append(path: Path, digests: Sequence[bytes], record: np.dtype[np.void], load: Load) -> None:
    with path.open("ab") as file:
        for start in range(0, len(digests), BLOCK_ROWS):
            some = digests[start : start + BLOCK_ROWS]
            records = np.empty(len(some), record)
            records["digest"] = np.frombuffer(b"".join(some), np.uint8).reshape(-1, DIGEST_BYTES)
            records["embedding"] = load(some)
            file.write(records.tobytes())


def _lengths(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)), np.float32)
    if not np.all(np.abs(lengths - 1) < LENGTH_TOLERANCE):
        raise ValueError("an embedding that is none")
    return lengths
