"""Stars from verified pairs alone, at any cut-off: in a time that grows with the copies.

What form_both gives is given here without a look at every candidate: a keeper of whom no pair is
known to be alike has no star, however many candidates failed against it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from photodedup.core.decisions import Contents, is_rejected
from photodedup.core.digest import digest_bytes
from photodedup.core.group import (
    CHOSEN_FROM,
    PATIENCE_TO_CHOOSE,
    Accept,
    Content,
    Others,
    Star,
    accept_duplicates,
    accept_similar,
)
from photodedup.core.pairs import Candidates
from photodedup.core.records import Verification

Found = Mapping[tuple[bytes, bytes], Verification]
"""By the digests of keeper and other; chosen look-alikes by crowd_key and the other."""

Alike = dict[int, dict[int, Verification]]
"""Keeper's row to the later rows that are alike."""


class KnownStars:
    """Forms stars again and again from what was verified; nothing is verified here.

    found may grow meanwhile. rejected: pairs that are never accepted.
    """

    def __init__(
        self,
        contents: Sequence[Content],
        candidates: Candidates,
        found: Found,
        rejected: frozenset[Contents],
    ) -> None:
        self._contents = contents
        self._candidates = candidates
        self._found = found
        self._rejected = rejected
        self._known = -1  # how many of found are sorted into these:
        self._duplicates: Alike = {}
        self._similar: Alike = {}

    def at(self, cutoff: float) -> tuple[list[Star], list[Star]]:
        """As form_both with what is known, at this probability or surer."""
        self._sort_found()
        taken = np.zeros(len(self._contents), bool)
        duplicates = self._stars(self._duplicates, accept_duplicates(cutoff), taken)
        similar = self._stars(self._similar, accept_similar(cutoff), taken)
        return duplicates, similar

    def _sort_found(self) -> None:
        if len(self._found) == self._known:
            return
        found = dict(self._found)  # other threads may add to it
        self._known = len(found)
        row_of = {content.files[0].digest: row for row, content in enumerate(self._contents)}
        duplicates: Alike = defaultdict(dict)
        similar: Alike = defaultdict(dict)
        for (a, b), what in found.items():
            if what.relation is None or is_rejected(self._rejected, a, b):
                continue
            keeper, other = row_of.get(a, -1), row_of.get(b, -1)
            if 0 <= keeper < other:
                (duplicates if what.relation.is_duplicate else similar)[keeper][other] = what
        self._duplicates = dict(sorted(duplicates.items()))
        self._similar = dict(sorted(similar.items()))

    def _stars(self, alike: Alike, accept: Accept, taken: npt.NDArray[np.bool_]) -> list[Star]:
        """Stars of rows that are not taken, whose members then are."""
        stars = []
        for keeper, later in alike.items():
            if taken[keeper]:
                continue
            good = {row: what for row, what in later.items() if accept(what) and not taken[row]}
            members = self._within_patience(keeper, good, taken) if good else []
            if members:
                taken[members] = True
                stars.append(Star(keeper, tuple((row, good[row]) for row in members)))
        return stars

    def _within_patience(
        self, keeper: int, good: Mapping[int, Verification], taken: npt.NDArray[np.bool_]
    ) -> list[int]:
        """Those of the good rows that find_members comes to before it gives up, or chooses."""
        rows = self._candidates.rows_of(keeper)
        if len(rows) <= PATIENCE_TO_CHOOSE:  # all are tried
            return [row for row in rows.tolist() if row in good]
        others = rows[(rows > keeper) & ~taken[rows]].tolist()
        members: list[int] = []
        tried = 0
        for place in (place for place, row in enumerate(others) if row in good):
            if place - tried >= PATIENCE_TO_CHOOSE:
                left = others[tried + PATIENCE_TO_CHOOSE :][:CHOSEN_FROM]
                crowd = crowd_key(self._contents[keeper])
                chosen = [row for row in left if row in good and self._is_chosen(crowd, row)]
                return members + chosen
            members.append(others[place])
            tried = place + 1
        return members

    def _is_chosen(self, crowd: bytes, row: int) -> bool:
        return (crowd, self._contents[row].digest) in self._found


def chosen_before(contents: Sequence[Content], found: Found, keeper: int, others: Others) -> Others:
    """Those of the others that a CandidateVerifier chose once for this keeper."""
    crowd = crowd_key(contents[keeper])
    return [other for other in others if (crowd, contents[other[0]].digest) in found]


def crowd_key(keeper: Content) -> bytes:
    """What stands for the keeper where its chosen look-alikes are kept."""
    return digest_bytes(b"chosen for " + keeper.digest)
