"""Embeddings to candidate pairs: who is near enough to whom to be worth verifying."""

import collections
import concurrent.futures
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.embedding_rows import EmbeddingRows
from photodedup.core.environment import worker_count
from photodedup.core.index import ExactIndex, NeighbourIndex
from photodedup.core.job import JobControl
from photodedup.core.nearest_pairs import NearestPairs, ends_by_row

# Compared at a time: 32 MB of cosines. Mapped tiles are read anew for each block, so it is long.
BLOCK_ROWS, TILE_ROWS = 8192, 1024
PAIRS_AT_ONCE = 8192


NearPairs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]
"""Pairs of rows and their cosines without the handicaps, three arrays of one length."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Each row's neighbours above a cosine, nearest first, in compressed rows.

    Row r's neighbours are rows[starts[r]:starts[r + 1]], with their cosines. Symmetric: r is
    among s's neighbours exactly when s is among r's.
    """

    starts: npt.NDArray[np.int64]  # (N + 1,)
    rows: npt.NDArray[np.int32]
    cosines: npt.NDArray[np.float32]

    def of(self, row: int) -> Iterator[tuple[int, float]]:
        """The neighbours of one row with their cosine, nearest first."""
        part = slice(self.starts[row], self.starts[row + 1])
        yield from zip(self.rows[part].tolist(), self.cosines[part].tolist(), strict=True)

    def rows_of(self, row: int) -> npt.NDArray[np.int32]:
        """The neighbours of one row, nearest first."""
        return self.rows[self.starts[row] : self.starts[row + 1]]

    def has_any(self, row: int) -> bool:
        """Whether this row has a neighbour."""
        return bool(self.starts[row] != self.starts[row + 1])

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.rows) // 2


def propose_pairs(
    index: NeighbourIndex,
    embeddings: EmbeddingRows,
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Candidates:
    """Every pair of rows at this cosine or nearer, as far as the index finds them.

    embeddings: (N, D) unit rows, those the index was made of. handicaps: (N,), taken off
    the cosines of each row; see background.py. There is no limit on the number of very near
    neighbours: a photo with 300 copies has 300; of others each row has its nearest, see
    nearest_pairs.py. Counts rows on control.
    """
    exact = isinstance(index, ExactIndex)
    blocks = _exact_blocks if exact else _index_blocks
    nearest = NearestPairs(len(embeddings), repeated=not exact)
    for first, second, near in blocks(index, embeddings, handicaps, cosine, control):
        nearest.add(first, second, near)
    rows = nearest.pairs()
    return symmetric_candidates(*rows, exact_cosines(embeddings, *rows), len(embeddings))


def pairs_with_rows(
    rows: npt.NDArray[np.int64],
    embeddings: EmbeddingRows,
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Every pair of one of these rows with any other row, as propose_pairs counts.

    Counts these rows on control.
    """
    nearest = NearestPairs(len(embeddings))
    among = np.zeros(len(embeddings), bool)
    among[rows] = True
    for start in range(0, len(rows), BLOCK_ROWS):
        some = rows[start : start + BLOCK_ROWS]
        compared = _Compared(some, embeddings, handicaps)

        def near_pairs(tile: int, compared: _Compared = compared) -> NearPairs:
            return compared.near_pairs(tile, cosine)

        for first, second, near in _on_all_cores(near_pairs, range(0, len(embeddings), TILE_ROWS)):
            once = np.where(among[second], first < second, first != second)
            nearest.add(first[once], second[once], near[once])
            control.checkpoint()
        control.advance(len(some))
    return nearest.pairs()


def exact_cosines(
    embeddings: EmbeddingRows, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]
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
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    cosines: npt.NDArray[np.float32],
    count: int,
) -> Candidates:
    """Candidates among count rows from (N,) pairs of rows; a pair may be given more than once."""
    lows, highs = np.minimum(first, second), np.maximum(first, second)
    starts = np.zeros(count + 1, np.int64)
    rows, sorted_cosines = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    for ends, others, values, start, stop in ends_by_row(
        lows.astype(np.int32), highs.astype(np.int32), cosines, count
    ):
        _, once = np.unique(ends.astype(np.int64) * count + others, return_index=True)
        ends, others, values = ends[once], others[once], values[once]
        order = np.lexsort((others, -values, ends))
        starts[start + 1 : stop + 1] = np.bincount(ends - start, minlength=stop - start)
        rows.append(others[order])
        sorted_cosines.append(values[order])
    return Candidates(np.cumsum(starts), np.concatenate(rows), np.concatenate(sorted_cosines))


class _Compared:
    """Some rows, ready to be compared with tiles of all of them."""

    def __init__(
        self,
        rows: npt.NDArray[np.int64],
        embeddings: EmbeddingRows,
        handicaps: npt.NDArray[np.float32],
    ) -> None:
        self._rows, self._embeddings, self._handicaps = rows, embeddings, handicaps
        self._ones = np.ones(max(len(rows), TILE_ROWS), np.float32)
        # with two columns more a product takes the handicaps off by itself: (e, -h, 1) . (f, 1, -g)
        ones = self._ones[: len(rows)]
        self._left = np.column_stack([embeddings[rows], -handicaps[rows], ones])

    def near_pairs(self, start: int, cosine: float, first: int | None = None) -> NearPairs:
        """Pairs of these rows with those of the tile that begins at start; with itself too.

        first: how many of these rows, all by default.
        """
        tile = self._embeddings[start : start + TILE_ROWS]
        ones = self._ones[: len(tile)]
        right = np.column_stack([tile, ones, -self._handicaps[start : start + TILE_ROWS]])
        nearness = self._left[:first] @ right.T
        found = np.flatnonzero(nearness >= cosine)
        a, b = np.divmod(found, len(tile))
        return self._rows[a], b + start, nearness.ravel()[found]


def _exact_blocks(
    _index: NeighbourIndex,
    embeddings: EmbeddingRows,
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Iterator[NearPairs]:
    for start in range(0, len(embeddings), BLOCK_ROWS):
        block = np.arange(start, min(start + BLOCK_ROWS, len(embeddings)))
        compared = _Compared(block, embeddings, handicaps)

        def later_pairs(tile: int, start: int = start, compared: _Compared = compared) -> NearPairs:
            first, second, near = compared.near_pairs(tile, cosine, tile + TILE_ROWS - start)
            later = second > first
            return first[later], second[later], near[later]

        # earlier rows saw those before
        for pairs in _on_all_cores(later_pairs, range(start, len(embeddings), TILE_ROWS)):
            yield pairs
            control.checkpoint()
        control.advance(len(block))


def _on_all_cores(
    find_pairs: Callable[[int], NearPairs], tiles: Iterable[int]
) -> Iterator[NearPairs]:
    """What was found in each tile, in their order.

    A tile a thread: BLAS's own threads would wait for each other at every product.
    """
    threads = worker_count(None)
    waiting: collections.deque[concurrent.futures.Future[NearPairs]] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for tile in tiles:
            waiting.append(pool.submit(find_pairs, tile))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _index_blocks(
    index: NeighbourIndex,
    embeddings: EmbeddingRows,
    handicaps: npt.NDArray[np.float32],
    cosine: float,
    control: JobControl,
) -> Iterator[NearPairs]:
    """What each row finds: most pairs twice."""
    least = handicaps.min(initial=0.0)
    for start in range(0, len(embeddings), BLOCK_ROWS):
        for row, embedding in enumerate(embeddings[start : start + BLOCK_ROWS], start):
            needed = cosine + handicaps[row]
            rows, cosines = index.neighbours_of(embedding, float(needed + least))
            near = cosines - handicaps[rows] - handicaps[row]
            good = (rows != row) & (near >= cosine)
            yield np.full(int(good.sum()), row, np.int64), rows[good], near[good]
            control.advance()
