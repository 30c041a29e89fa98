"""Embeddings to candidate pairs: who is near enough to whom to be worth verifying."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.index import ExactIndex, NeighbourIndex
from photodedup.core.job import JobControl

BLOCK_ROWS = 1024


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
    cosine: float,
    control: JobControl,
) -> Candidates:
    """Every pair of rows at this cosine or nearer, as far as the index finds them.

    embeddings: (N, D) float32 unit rows, those the index was made of. There is no limit on the
    number of neighbours: a photo with 300 copies has 300. Counts rows on control.
    """
    blocks = _exact_blocks if isinstance(index, ExactIndex) else _index_blocks
    lows, highs, cosines = [], [], []
    for a, b, near in blocks(index, embeddings, cosine, control):
        lows.append(np.minimum(a, b))
        highs.append(np.maximum(a, b))
        cosines.append(near)
    if not lows:
        none = np.empty(0, np.int64)
        return Candidates(np.zeros(len(embeddings) + 1, np.int64), none, np.empty(0, np.float32))
    return _symmetric(
        np.concatenate(lows), np.concatenate(highs), np.concatenate(cosines), len(embeddings)
    )


Block = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]


def _exact_blocks(
    _index: NeighbourIndex, embeddings: npt.NDArray[np.float32], cosine: float, control: JobControl
) -> Iterator[Block]:
    for start in range(0, len(embeddings), BLOCK_ROWS):
        block = embeddings[start : start + BLOCK_ROWS]
        cosines = block @ embeddings[start:].T  # earlier rows saw these already
        a, b = np.nonzero(np.triu(cosines >= cosine, k=1))
        yield a + start, b + start, cosines[a, b]
        control.advance(len(block))


def _index_blocks(
    index: NeighbourIndex, embeddings: npt.NDArray[np.float32], cosine: float, control: JobControl
) -> Iterator[Block]:
    for row, embedding in enumerate(embeddings):
        rows, cosines = index.neighbours_of(embedding, cosine)
        others = rows != row
        rows = rows[others]
        yield np.full(len(rows), row, np.int64), rows, cosines[others]
        control.advance()


def _symmetric(
    lows: npt.NDArray[np.int64],
    highs: npt.NDArray[np.int64],
    cosines: npt.NDArray[np.float32],
    count: int,
) -> Candidates:
    """Both directions of each pair once: an approximate index may have found only one of them."""
    _, first = np.unique(lows * count + highs, return_index=True)
    lows, highs, cosines = lows[first], highs[first], cosines[first]
    a = np.concatenate([lows, highs])
    b = np.concatenate([highs, lows])
    both = np.concatenate([cosines, cosines])
    order = np.lexsort((b, -both, a))
    starts = np.searchsorted(a[order], np.arange(count + 1)).astype(np.int64)
    return Candidates(starts, b[order], both[order])
