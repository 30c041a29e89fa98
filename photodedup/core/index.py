"""Neighbours of an embedding, exact or with Annoy; the only module that imports annoy."""

import concurrent.futures
import hashlib
import itertools
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import annoy
import numpy as np
import numpy.typing as npt

from photodedup.core.digest import digest_file
from photodedup.core.embedding_rows import EmbeddingRows, blocks_of
from photodedup.core.environment import worker_count
from photodedup.core.holding import ClearingBusy, only_one
from photodedup.core.json_text import parse_json

log = logging.getLogger(__name__)

# A search for one photo takes 8 ms exactly among 100,000 and 28 ms among 300,000 as an array, which
# then is 300 MB; with Annoy 1 ms (at 50,000), and its file is mapped.
AUTO_ANNOY_ROWS = 300_000
# All pairs take 33 s exactly among 100,000 on two cores, growing with the square. Annoy's queries,
# which cannot be batched, take 5.6 ms each there, 560 s for all; extrapolated, both meet near this.
AUTO_ANNOY_PAIRS_ROWS = 2_000_000
TREES = 40  # 100,000 x 256: recall 0.998 at 2.0 ms a query (measured)
FIRST_NEIGHBOURS = 32  # doubled until the farthest is below the asked-for cosine
NODES_PER_NEIGHBOUR = 4 * TREES
REBUILD_SHARE = 0.1  # of rows that the index does not know, or of its rows that are gone
PART_ROWS = 25_000  # of one thread in a search: 2 ms
SELF_TEST_ROWS = 32
SELF_TEST_NEIGHBOURS = 10
SELF_TEST_RECALL = 0.8
SELF_TEST_COSINE = 0.5
SEED = 1

Embedding = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Cosines = npt.NDArray[np.float32]


class NeighbourIndex(Protocol):
    """Neighbours among the (N, D) unit embeddings it was made of; row numbers are theirs."""

    kind: str  # "exact" or "annoy"

    def neighbours_of(self, embedding: Embedding, cosine: float) -> tuple[Rows, Cosines]:
        """Every row at this cosine or nearer to a (D,) unit embedding, nearest first."""
        ...

    def nearest(self, embedding: Embedding, count: int) -> tuple[Rows, Cosines]:
        """The count rows nearest to a (D,) unit embedding, nearest first."""
        ...


class ExactIndex:
    """Compares with every row: no build, no error."""

    kind = "exact"

    def __init__(self, embeddings: EmbeddingRows) -> None:
        self._embeddings = embeddings

    def neighbours_of(self, embedding: Embedding, cosine: float) -> tuple[Rows, Cosines]:
        """See NeighbourIndex."""
        cosines = self._cosines_with(embedding)
        return _falling(np.flatnonzero(cosines >= cosine), cosines)

    def nearest(self, embedding: Embedding, count: int) -> tuple[Rows, Cosines]:
        """See NeighbourIndex."""
        cosines = self._cosines_with(embedding)
        count = min(count, len(cosines))
        return _falling(np.argpartition(-cosines, count - 1)[:count], cosines)

    def _cosines_with(self, embedding: Embedding) -> Cosines:
        rows = self._embeddings
        if not isinstance(rows, np.ndarray):
            return np.concatenate([block @ embedding for block in blocks_of(rows)])
        threads = min(worker_count(None), len(rows) // PART_ROWS)
        if threads < 2:
            return np.asarray(rows @ embedding, np.float32)
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            parts = np.array_split(rows, threads)
            return np.concatenate(list(pool.map(lambda part: part @ embedding, parts)))


class AnnoyIndex:
    """Annoy's angular trees, with everything they may miss known and checked.

    Photos that came after the build are compared exactly; candidates are ranked by the exact
    cosine. Files: `NAME.annoy` and `NAME.json` with the identity that is checked at load, because
    Annoy itself loads a file of another dimension without a word.
    """

    kind = "annoy"

    def __init__(
        self, tree: annoy.AnnoyIndex, embeddings: EmbeddingRows, row_of_item: Rows, new_rows: Rows
    ) -> None:
        self._tree = tree
        self._embeddings = embeddings
        self._row_of_item = row_of_item  # -1: the photo is gone
        self._new_rows = new_rows

    def neighbours_of(self, embedding: Embedding, cosine: float) -> tuple[Rows, Cosines]:
        """See NeighbourIndex; the recall is Annoy's, see docs/performance.md."""
        count = FIRST_NEIGHBOURS
        while True:
            items, distances = self._ask(embedding, count)
            # the farthest item tells, not the farthest row: items of gone photos have none
            if len(items) < count or 1 - distances[-1] ** 2 / 2 < cosine:
                break
            count *= 2
        rows, cosines = self._rank(items, embedding)
        near = cosines >= cosine
        return rows[near], cosines[near]

    def nearest(self, embedding: Embedding, count: int) -> tuple[Rows, Cosines]:
        """See NeighbourIndex."""
        gone = int((self._row_of_item < 0).sum())
        items, _ = self._ask(embedding, count + min(gone, count))
        rows, cosines = self._rank(items, embedding)
        return rows[:count], cosines[:count]

    def _ask(self, embedding: Embedding, count: int) -> tuple[list[int], list[float]]:
        """Annoy's items and their angular distances, sqrt(2 - 2 cosine), nearest first."""
        found: tuple[list[int], list[float]] = self._tree.get_nns_by_vector(
            embedding, count, count * NODES_PER_NEIGHBOUR, include_distances=True
        )
        return found

    def _rank(self, items: list[int], embedding: Embedding) -> tuple[Rows, Cosines]:
        """The rows of these items and of all newer photos, by exact cosine."""
        rows = self._row_of_item[np.asarray(items, np.int64)]
        rows = np.concatenate([rows[rows >= 0], self._new_rows])
        cosines = self._embeddings[rows] @ embedding
        order = np.argsort(-cosines, kind="stable")
        return rows[order], cosines[order]


def open_index(
    kind: str, embeddings: EmbeddingRows, digests: Sequence[bytes], model_key: str, folder: Path
) -> NeighbourIndex:
    """Make or load the index of these (N, D) unit embeddings.

    kind: "exact", "annoy" or "auto" (by size). digests: N contents, distinct: what a row is, so
    that a kept index is known again. folder: where Annoy's files are kept.
    An index that fails its self-test is replaced by exact search, and the log says so.
    """
    if not wants_annoy(kind, len(digests)):
        return ExactIndex(embeddings)
    path = folder / f"{hashlib.sha256(model_key.encode()).hexdigest()[:16]}.annoy"
    index = _load(path, embeddings, digests, model_key)
    if index is None:
        index = _build(path, embeddings, digests, model_key)
    recall = self_test(index, embeddings)
    if recall < SELF_TEST_RECALL:
        log.warning("Annoy found %.0f %% of the neighbours; exact search instead", 100 * recall)
        return ExactIndex(embeddings)
    return index


def wants_annoy(kind: str, count: int) -> bool:
    """Whether open_index gives Annoy for so many rows."""
    return count > 0 and (kind == "annoy" or (kind == "auto" and count >= AUTO_ANNOY_ROWS))


def self_test(index: NeighbourIndex, embeddings: EmbeddingRows) -> float:
    """Recall of some rows and their near neighbours against exact search, 0 to 1.

    Who is nearest among the far does not matter, and no index is good at it.
    """
    rows = np.random.default_rng(SEED).choice(
        len(embeddings), min(SELF_TEST_ROWS, len(embeddings)), replace=False
    )
    exact = ExactIndex(embeddings)
    found = wanted = 0
    for row in rows:
        _, true_cosines = exact.nearest(embeddings[row], SELF_TEST_NEIGHBOURS)
        true_cosines = true_cosines[true_cosines >= SELF_TEST_COSINE]
        _, cosines = index.nearest(embeddings[row], SELF_TEST_NEIGHBOURS)
        # by cosine, not by row: equal photos are interchangeable
        found += int((cosines[: len(true_cosines)] >= true_cosines[-1] - 1e-5).sum())
        wanted += len(true_cosines)
    return found / wanted


def _falling(rows: npt.NDArray[np.intp], cosines: Cosines) -> tuple[Rows, Cosines]:
    order = rows[np.argsort(-cosines[rows], kind="stable")]
    return order.astype(np.int64), cosines[order]


def _build(
    path: Path, embeddings: EmbeddingRows, digests: Sequence[bytes], model_key: str
) -> AnnoyIndex:
    tree = annoy.AnnoyIndex(embeddings.shape[1], "angular")
    tree.set_seed(SEED)
    every = itertools.chain.from_iterable(blocks_of(embeddings))
    for item, embedding in enumerate(every):
        tree.add_item(item, embedding)
    tree.build(TREES, n_jobs=1)  # more jobs build faster, but never the same trees twice (measured)
    identity = {
        "model": model_key,
        "dimension": embeddings.shape[1],
        "digests": [digest.hex() for digest in digests],
    }
    try:
        _keep(tree, path, identity)
    except (ClearingBusy, OSError) as error:  # another scan keeps its own; or the disk is full
        log.warning("the index is not kept: %s", error)
    everything = np.arange(len(digests), dtype=np.int64)
    return AnnoyIndex(tree, embeddings, everything, np.empty(0, np.int64))


def _keep(tree: annoy.AnnoyIndex, path: Path, identity: dict[str, object]) -> None:
    """Save a tree, then what it is of: one without the other is never loaded.

    Raises OSError, after which the tree can still be asked, or ClearingBusy.
    """
    with only_one(path.with_suffix(".lock")):
        _identity_path(path).unlink(missing_ok=True)
        part = path.with_suffix(".part")
        try:
            tree.save(str(part))
            identity = {**identity, "tree": digest_file(part).hex()}
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _identity_path(path).write_text(json.dumps(identity), encoding="utf-8")


def _load(
    path: Path, embeddings: EmbeddingRows, digests: Sequence[bytes], model_key: str
) -> AnnoyIndex | None:
    """The kept index, if it is of this model and still knows nearly all of these rows."""
    try:
        identity = parse_json(_identity_path(path).read_text(encoding="utf-8"))
        known = [bytes.fromhex(digest) for digest in identity["digests"]]
        if (identity["model"], identity["dimension"]) != (model_key, embeddings.shape[1]):
            return None
        # Annoy believes whatever it maps, and reads beyond the end of what makes no sense
        if identity["tree"] != digest_file(path).hex():
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    row_of_digest = {digest: row for row, digest in enumerate(digests)}
    row_of_item = np.array([row_of_digest.get(digest, -1) for digest in known], np.int64)
    new_rows = np.setdiff1d(np.arange(len(digests), dtype=np.int64), row_of_item)
    gone = int((row_of_item < 0).sum())
    if len(new_rows) > REBUILD_SHARE * len(digests) or gone > REBUILD_SHARE * len(known):
        return None
    tree = annoy.AnnoyIndex(embeddings.shape[1], "angular")
    try:
        tree.load(str(path))
    except OSError:
        return None
    if tree.get_n_items() != len(known):
        return None
    return AnnoyIndex(tree, embeddings, row_of_item, new_rows)


def _identity_path(path: Path) -> Path:
    return path.with_suffix(".json")
