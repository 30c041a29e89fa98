"""Photos matched while others are still being read: the first groups minutes before the last."""

import queue
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from photodedup.core.background import Background
from photodedup.core.group import accept_duplicates
from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.keep_rules import KeepRules, Ranker
from photodedup.core.matching import Matching, gather_contents
from photodedup.core.pair_verifier import PairVerifier, PhotoPair
from photodedup.core.pairs import exact_cosines, symmetric_candidates
from photodedup.core.records import Photo

MOST_ROWS = 100_000  # compared one with all: a millisecond a photo, 100 MB; later ones wait
# Copies are nearly always the nearest. Of what is farther off half would be asked in vain: the
# whole library is matched from other sides.
PATIENCE = 2
ROWS_AT_ONCE = 16  # looked at in one call, which takes three quarters of the time of one each

Batch = tuple[Sequence[Photo], npt.NDArray[np.float32]]


class EarlyMatching:
    """Compares each photo with those that came before, on a thread of its own.

    A context manager. It forms no groups that last: it verifies pairs that the matching of the
    whole library is likely to ask for, so that they are known by then. Each photo is verified
    against the best photo of the group that its nearest neighbour is in, and the next, until it
    is at home in one; so a cluster of copies costs about one verification each.

    background, propose_cosine: which pairs are verified; see background.py. cutoff: from where one
    is a pair of duplicates.
    """

    def __init__(
        self,
        pairs: PairVerifier,
        rules: KeepRules,
        background: Background,
        propose_cosine: float,
        cutoff: float,
        control: JobControl,
    ) -> None:
        self._pairs = pairs
        self._rules = rules
        self._background = background
        self._propose_cosine = propose_cosine
        self._accept = accept_duplicates(cutoff)
        self._control = control
        self._batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="early-matching", daemon=True)
        self._photos: list[Photo] = []  # all that were added, by the job's thread
        self._rows: list[Photo] = []  # one photo of each content; row r of the embeddings
        self._row_of: dict[bytes, int] = {}
        self._ranker = Ranker(rules)
        self._ranks: list[tuple[float | bytes, ...]] = []  # of the rows: the smaller stays
        self._better: dict[int, int] = {}  # row to a better copy's row
        self._embeddings = np.empty((0, background.dimension), np.float32)
        self._handicaps = np.empty(0, np.float32)  # a row's beside its embedding

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._batches.put(None)
        self._thread.join()

    def add(self, photos: Sequence[Photo], embeddings: npt.NDArray[np.float32]) -> None:
        """Match these too, as soon as there is time: photos and their (N, D) unit embeddings.

        What verification needs of them must be in the cache. Raises what went wrong meanwhile.
        """
        if self._error is not None:
            raise self._error
        self._photos += photos
        if len(self._photos) <= MOST_ROWS:
            self._batches.put((photos, embeddings))

    def matching(self) -> Matching:
        """What is known so far, as if it were all; from the job's thread."""
        contents = gather_contents(self._photos, self._rules)
        row_of = {content.digest: row for row, content in enumerate(contents)}
        found = self._pairs.found.copy()
        known = [
            (row_of[keeper], row_of[other], what.similarity)
            for (keeper, other), what in found.items()
            if keeper in row_of and other in row_of and what.relation is not None
        ]
        a, b, cosines = zip(*known, strict=True) if known else ((), (), ())
        candidates = symmetric_candidates(
            np.array(a, np.int64), np.array(b, np.int64), np.array(cosines, np.float32), len(row_of)
        )
        return Matching(contents, candidates, found, self._rules, self._pairs.rejected)

    def _run(self) -> None:
        try:
            while (batch := self._batches.get()) is not None and not self._closing.is_set():
                self._match_batch(*batch)
        except JobCancelled:
            pass
        except Exception as error:  # raised where the job's thread adds the next
            self._error = error

    def _match_batch(self, photos: Sequence[Photo], embeddings: npt.NDArray[np.float32]) -> None:
        first = len(self._rows)
        new = [n for n, photo in enumerate(photos) if self._is_new_content(photo)]
        self._keep_embeddings(embeddings[new])
        cosines = embeddings[new] @ self._embeddings[: len(self._rows)].T
        for start in range(0, len(cosines), ROWS_AT_ONCE):
            self._match_rows(first + start, cosines[start : start + ROWS_AT_ONCE])
            if self._closing.is_set():
                return

    def _match_rows(self, first: int, cosines: npt.NDArray[np.float32]) -> None:
        near = {row: self._near(row, to_others) for row, to_others in enumerate(cosines, first)}
        self._pairs.rule_out([(self._rows[row], self._asked(row, near[row])) for row in near])
        for row, nearest_first in near.items():
            self._match_row(row, nearest_first)
            self._control.hold()
            if self._closing.is_set():
                return

    def _near(self, row: int, cosines: npt.NDArray[np.float32]) -> list[int]:
        """Rows before this one that are proposed for it, the nearest first."""
        needed = self._propose_cosine + self._handicaps[row]
        near = np.flatnonzero(cosines[:row] - self._handicaps[:row] >= needed)
        nearest_first: list[int] = near[np.argsort(-cosines[near], kind="stable")].tolist()
        return nearest_first

    def _is_new_content(self, photo: Photo) -> bool:
        if photo.digest in self._row_of:
            return False
        self._row_of[photo.digest] = len(self._rows)
        self._rows.append(photo)
        self._ranks.append(self._ranker.key(photo))
        return True

    def _keep_embeddings(self, embeddings: npt.NDArray[np.float32]) -> None:
        held, needed = len(self._embeddings), len(self._rows)
        if needed > held:
            longer = max(needed, 2 * held)
            self._embeddings = _grown(self._embeddings, longer)
            self._handicaps = _grown(self._handicaps, longer)
        added = slice(needed - len(embeddings), needed)
        self._embeddings[added] = embeddings
        self._handicaps[added] = self._background.handicaps(embeddings)

    def _match_row(self, row: int, nearest_first: Sequence[int]) -> None:
        for keeper, other, cosine in self._asked(row, nearest_first):
            if self._closing.is_set():
                return
            found = self._pairs.verify(keeper, other, cosine)
            if found is not None and self._accept(found):
                self._better[self._row_of[other.digest]] = self._row_of[keeper.digest]
                return

    def _asked(self, row: int, nearest_first: Sequence[int]) -> list[PhotoPair]:
        """The pairs to verify for a row; others once a photo near it has found a better copy."""
        return [self._pair(row, best) for best in self._nearest_bests(nearest_first)]

    def _nearest_bests(self, nearest_first: Sequence[int]) -> list[int]:
        """The best copies of the nearest rows, each once."""
        bests: dict[int, None] = {}
        for neighbour in nearest_first:
            if len(bests) == PATIENCE:
                break
            bests[self._best_of(neighbour)] = None
        return list(bests)

    def _pair(self, a: int, b: int) -> PhotoPair:
        """Two rows in keep order, and their cosine."""
        better, worse = (a, b) if self._ranks[a] <= self._ranks[b] else (b, a)
        cosine = exact_cosines(self._embeddings, np.array([better]), np.array([worse]))[0]
        return self._rows[better], self._rows[worse], float(cosine)

    def _best_of(self, row: int) -> int:
        while row in self._better:
            row = self._better[row]
        return row


def _grown(rows: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float32]:
    """The rows in an array of this length; what comes after them is yet to be set."""
    grown = np.empty((length, *rows.shape[1:]), np.float32)
    grown[: len(rows)] = rows
    return grown
