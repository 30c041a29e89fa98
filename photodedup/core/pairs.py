"""Embeddings to candidate pairs: who is near enough to whom to be worth verifying."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.index import ExactIndex, NeighbourIndex
from photodedup.core.job import JobControl

BLOCK_COSINES = 1 << 24  # computed at a time: 64 MB
PAIRS_AT_ONCE = 8192


Block = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Pairs of rows, two arrays of one length."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Each row's neighbours above a cosine, nearest first, in compressed rows.

    Row r's neighbours are rows[starts[r]:starts[r + 1]], with their cosines. Symmetric: r is
    among s's neighbours exactly when s is among r's.
    """

    starts: npt.NDArray[np.int64]  # (N + 1,)
    rows: npt.NDArray[np.int64]
    cosines: npt.NDArray[np.float32]

    def of(self, row: int) -> Iterator[tuple[int, float]]:
        """The neighbours of one row with their cosine, nearest first."""
        part = slice(self.starts[row], self.starts[row + 1])
        yield from zip(self.rows[part].tolist(), self.cosines[part].tolist(), strict=True)

    def has_any(self, row: int) -> bool:
        """Whether this row has a neighbour."""
        return bool(self.starts[row] != self.starts[row + 1])

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.rows) // 2


def propose_pairs(
    index: NeighbourIndex,
    embeddings: npt.NDArray[np.float32],
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Candidates:
    """Every pair of rows at this cosine or nearer, as far as the index finds them.

    embeddings: (N, D) float32 unit rows, those the index was made of. handicaps: (N,), taken off
    the cosines of each row; see background.py. There is no limit on the number of neighbours: a
    photo with 300 copies has 300. Counts rows on control.
    """
    blocks = _exact_blocks if isinstance(index, ExactIndex) else _index_blocks
    none = np.empty(0, np.int64)
    first, second = [none], [none]
    for a, b in blocks(index, embeddings, handicaps, cosine, control):
        first.append(a)
        second.append(b)
    rows = np.concatenate(first), np.concatenate(second)
    return symmetric_candidates(*rows, exact_cosines(embeddings, *rows), len(embeddings))


def pairs_with_rows(
    rows: npt.NDArray[np.int64],
    embeddings: npt.NDArray[np.float32],
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Block:
    """Every pair of one of these rows with any other row, as propose_pairs counts.

    A pair of two of these rows is given both ways. Counts these rows on control.
    """
    none = np.empty(0, np.int64)
    first, second = [none], [none]
    at_once = max(1, BLOCK_COSINES // max(1, len(embeddings)))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        near = _are_near(embeddings[some] @ embeddings.T, handicaps[some], handicaps, cosine)
        a, b = np.divmod(np.flatnonzero(near), len(embeddings))
        others = some[a] != b
        first.append(some[a[others]])
        second.append(b[others])
        control.advance(len(some))
    return np.concatenate(first), np.concatenate(second)


def exact_cosines(
    embeddings: npt.NDArray[np.float32],
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """(N,) cosines of rows first with rows second, the same whatever they are computed among.

    A matrix product's last digits depend on its shape, and so would what is said of a pair.
    """
    cosines = np.empty(len(first), np.float32)
    for start in range(0, len(first), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        a, b = embeddings[first[part]], embeddings[second[part]]
        cosines[part] = np.einsum("ij,ij->i", a, b, dtype=np.float64)
    return cosines


def symmetric_candidates(
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    cosines: npt.NDArray[np.float32],
    count: int,
) -> Candidates:
    """Candidates among count rows from (N,) pairs of rows; a pair may be given more than once."""
    lows, highs = np.minimum(first, second), np.maximum(first, second)
    _, once = np.unique(lows * count + highs, return_index=True)
    lows, highs, cosines = lows[once], highs[once], cosines[once]
    a = np.concatenate([lows, highs])
    b = np.concatenate([highs, lows])
    both = np.concatenate([cosines, cosines])
    order = np.lexsort((b, -both, a))
    starts = np.searchsorted(a[order], np.arange(count + 1)).astype(np.int64)
    return Candidates(starts, b[order], both[order])


def _are_near(
    cosines: npt.NDArray[np.float32],
    of_rows: npt.NDArray[np.float32],
    of_columns: npt.NDArray[np.float32],
    cosine: float,
) -> npt.NDArray[np.bool_]:
    """Whether (N, M) cosines, changed in place, are at cosine or above without the handicaps."""
    cosines -= of_columns
    return cosines >= (cosine + of_rows)[:, None]


def _exact_blocks(
    _index: NeighbourIndex,
    embeddings: npt.NDArray[np.float32],
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Iterator[Block]:
    start = 0
    while start < len(embeddings):
        later = embeddings[start:]  # earlier rows saw these already
        block = later[: max(1, BLOCK_COSINES // len(later))]
        those = handicaps[start:]
        near = _are_near(block @ later.T, those[: len(block)], those, cosine)
        near[:, : len(block)] = np.triu(near[:, : len(block)], k=1)
        a, b = np.divmod(np.flatnonzero(near), len(later))
        yield a + start, b + start
        control.advance(len(block))
        start += len(block)


def _index_blocks(
    index: NeighbourIndex,
    embeddings: npt.NDArray[np.float32],
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Iterator[Block]:
    least = handicaps.min(initial=0.0)
    for row, embedding in enumerate(embeddings):
        needed = cosine + handicaps[row]
        rows, cosines = index.neighbours_of(embedding, float(needed + least))
        rows = rows[(rows != row) & (cosines - handicaps[rows] >= needed)]
        yield np.full(len(rows), row, np.int64), rows
        control.advance()
