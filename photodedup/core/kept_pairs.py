"""Proposed pairs kept between scans, so that only new photos are compared with the others."""

import hashlib
import logging
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photodedup.core.background import Background
from photodedup.core.beside import Beside
from photodedup.core.embedding_rows import EmbeddingRows
from photodedup.core.index import (
    AUTO_ANNOY_PAIRS_ROWS,
    ExactIndex,
    open_index,
)
from photodedup.core.job import JobControl
from photodedup.core.pairs import (
    Candidates,
    exact_cosines,
    pairs_with_rows,
    propose_pairs,
    symmetric_candidates,
)

log = logging.getLogger(__name__)

DIGEST_BYTES = 16
ANEW_SHARE = 0.2  # of photos that are new: from there on all are compared with all

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The candidates of an earlier scan, among rows that are these (N, 16) uint8 digests."""

    digests: npt.NDArray[np.uint8]
    candidates: Candidates

    def pairs(self) -> tuple[Rows, Rows, npt.NDArray[np.float32]]:
        """Each pair once: two rows and their cosine, three arrays of one length."""
        first = np.repeat(np.arange(len(self.digests)), np.diff(self.candidates.starts))
        once = first < self.candidates.rows
        second = self.candidates.rows[once].astype(np.int64)
        return first[once], second, self.candidates.cosines[once]


class PairKeeper:
    """Proposes the pairs of a library, knowing those of the scan before.

    folder: where they are kept, a file for each of the other arguments, and where Annoy keeps
    its trees. index_kind: see open_index.
    """

    def __init__(
        self,
        folder: Path,
        model_key: str,
        background: Background,
        cosine: float,
        index_kind: str,
    ) -> None:
        key = f"{model_key} {cosine} {index_kind} {background.to_text()}"
        name = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._path = folder / f"{name}.pairs.npz"
        self._folder = folder
        self._model_key = model_key
        self._background = background
        self._cosine = cosine
        self._index_kind = index_kind

    def propose(
        self, load: Callable[[], EmbeddingRows], digests: Sequence[bytes], control: JobControl
    ) -> Candidates:
        """Every pair of rows at the cosine or nearer, handicaps taken off, as the index finds them.

        load: gives the (N, D) unit rows; not called where nothing is new. digests: what
        each row is, N distinct ones of 16 bytes. Counts rows on control.
        """
        kept = self._load()
        ours = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST_BYTES)
        if kept is not None and np.array_equal(kept.digests, ours):
            control.advance(len(digests))
            return kept.candidates
        row_of = {digest: row for row, digest in enumerate(digests)}
        known = [] if kept is None else [row_of.get(d.tobytes(), -1) for d in kept.digests]
        row_of_kept = np.array(known, np.int64)
        new = np.setdiff1d(np.arange(len(digests), dtype=np.int64), row_of_kept)
        if kept is None or len(new) > ANEW_SHARE * len(digests):
            candidates = self._propose(load(), digests, control)
        else:
            candidates = self._add_new(kept, row_of_kept, new, load, control)
        self._save(candidates, ours)
        return candidates

    def _propose(
        self, embeddings: EmbeddingRows, digests: Sequence[bytes], control: JobControl
    ) -> Candidates:
        """Compare all with all, and have the index made that searches by example take."""
        opening = Beside(
            lambda: open_index(self._index_kind, embeddings, digests, self._model_key, self._folder)
        )
        handicaps = self._background.handicaps(embeddings)
        is_exact = self._index_kind == "auto" and len(digests) < AUTO_ANNOY_PAIRS_ROWS
        index = ExactIndex(embeddings) if is_exact else opening.result(control)
        candidates = propose_pairs(index, embeddings, handicaps, self._cosine, control)
        opening.result(control)
        return candidates

    def _add_new(
        self,
        kept: _Kept,
        row_of_kept: Rows,
        new: Rows,
        load: Callable[[], EmbeddingRows],
        control: JobControl,
    ) -> Candidates:
        """The kept pairs whose photos are both still there, and those of the new photos."""
        known = int((row_of_kept >= 0).sum())
        control.advance(known)
        first, second, cosines = kept.pairs()
        first, second = row_of_kept[first], row_of_kept[second]
        there = (first >= 0) & (second >= 0)
        first, second, cosines = first[there], second[there], cosines[there]
        if len(new):
            embeddings = load()
            handicaps = self._background.handicaps(embeddings)
            a, b = pairs_with_rows(new, embeddings, handicaps, self._cosine, control)
            first, second = np.concatenate([first, a]), np.concatenate([second, b])
            cosines = np.concatenate([cosines, exact_cosines(embeddings, a, b)])
        return symmetric_candidates(first, second, cosines, known + len(new))

    def _load(self) -> _Kept | None:
        try:
            # opened here: NumPy leaves a file open that is no archive
            with self._path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                candidates = Candidates(file["starts"], file["rows"], file["cosines"])
                kept = _Kept(file["digests"], candidates)
        except FileNotFoundError:
            return None
        # RuntimeError: a flipped bit says that the file is encrypted, or packed in an unknown way
        except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
            log.warning("%s: the pairs are proposed anew: %s", self._path, error)
            return None
        return kept

    def _save(self, candidates: Candidates, digests: npt.NDArray[np.uint8]) -> None:
        part = self._path.with_suffix(".part")
        try:
            with part.open("wb") as file:
                np.savez(
                    file,
                    digests=digests,
                    starts=candidates.starts,
                    rows=candidates.rows,
                    cosines=candidates.cosines,
                )
            part.replace(self._path)
        except OSError as error:  # a full disk: the next scan compares all again
            log.warning("%s: %s", self._path, error)
            part.unlink(missing_ok=True)
