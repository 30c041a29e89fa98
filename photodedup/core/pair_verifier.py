"""Each pair of photos verified once, whoever asks, and kept."""

import collections
import logging
import threading
from collections.abc import Callable, Sequence

from photodedup.core.decisions import Contents, is_rejected
from photodedup.core.errors import PhotoError
from photodedup.core.job import JobCancelled
from photodedup.core.records import Photo, Verification

log = logging.getLogger(__name__)

VerifyPhotos = Callable[[Photo, Photo, float], Verification]
"""(keeper, other, cosine) -> verification; may raise PhotoError. See verify.Verifier.verify."""

Look = tuple[Photo, Sequence[Photo]]
"""A photo, and others that are looked at beside it."""

Glance = Callable[[Sequence[Look]], Sequence[Sequence[int]]]
"""Looks -> of each, how much each of the others shares with the photo; see verify.Verifier.glance.

0: nothing, -1: that cannot be told.
"""

PhotoPair = tuple[Photo, Photo, float]
"""Keeper, other, and their cosine."""

Verifications = dict[tuple[bytes, bytes], Verification]
"""By the digests of keeper and other."""

FLUSH_COUNT = 500  # verifications in a transaction


class PairVerifier:
    """Answers from what is known, else verifies; any thread may ask.

    found: what earlier scans found; what is new is added to it. save: called by flush with what
    is new. rejected: pairs that the user said are no duplicates; they are not verified.
    glance: sorts out look-alikes, many at a time; without it all are verified. first_look: does so
    in less time where only the most alike are asked for; see Verifier.first_look. load_rest: gives
    all that earlier scans found, where found is only a part of it; see complete.
    has_failed: whether a photo could not be read, so that something is left to verify.
    """

    def __init__(
        self,
        verify: VerifyPhotos,
        found: Verifications,
        save: Callable[[list[tuple[bytes, bytes, Verification]]], None],
        rejected: frozenset[Contents] = frozenset(),
        glance: Glance | None = None,
        first_look: Glance | None = None,
        load_rest: Callable[[], Verifications] | None = None,
    ) -> None:
        self.found = found
        self.rejected = rejected
        self.has_failed = False
        self._verify = verify
        self._save = save
        self._glance = glance
        self._first_look = first_look or glance
        self._load_rest = load_rest
        self._unsaved: collections.deque[tuple[bytes, bytes, Verification]] = collections.deque()
        self._stopped = threading.Event()

    def complete(self) -> None:
        """Load what is not loaded yet, before anything is verified; from the job's thread only.

        A scan that finds nothing new does without: all that is not alike takes it seconds.
        """
        if self._load_rest is not None:
            load_rest, self._load_rest = self._load_rest, None
            self.found |= load_rest()

    def verify(self, keeper: Photo, other: Photo, cosine: float) -> Verification | None:
        """What other is to keeper, the better photo; None if the user rejected the pair.

        None also where a photo cannot be read any more. Raises JobCancelled after stop.
        """
        if self._stopped.is_set():
            raise JobCancelled
        if is_rejected(self.rejected, keeper.digest, other.digest):
            return None
        found = self.found.get((keeper.digest, other.digest))
        if found is None:
            try:
                found = self._verify(keeper, other, cosine)
            except PhotoError as error:  # vanished or changed since it was embedded
                log.warning("not verified: %s", error)
                self.has_failed = True
                return None
            self.remember(keeper.digest, other.digest, found)
        return found

    def remember(self, keeper: bytes, other: bytes, found: Verification) -> None:
        """Keep what was found; any two digests may be its key."""
        self.found[keeper, other] = found
        self._unsaved.append((keeper, other, found))

    def rule_out(self, asked: Sequence[tuple[Photo, Sequence[PhotoPair]]]) -> None:
        """Make known which of some photos' pairs a glance shows to be nothing alike.

        asked: photos, and pairs of each. Many at a time this takes a third of what verify takes
        for it. Raises JobCancelled after stop.
        """
        unknown = [(photo, [p for p in pairs if not self.is_known(p)]) for photo, pairs in asked]
        looks = [
            (photo, [other if kept.digest == photo.digest else kept for kept, other, _ in pairs])
            for photo, pairs in unknown
        ]
        if sum(len(others) for _, others in looks) < 2:  # nothing is gained
            return
        for (_, pairs), counts in zip(unknown, self._look(self._glance, looks), strict=True):
            for (keeper, other, cosine), shared in zip(pairs, counts, strict=True):
                if shared == 0:
                    self.remember(keeper.digest, other.digest, Verification(None, 0.0, cosine))

    def is_known(self, pair: PhotoPair) -> bool:
        """Whether verify need not look at the photos."""
        digests = pair[0].digest, pair[1].digest
        return digests in self.found or is_rejected(self.rejected, *digests)

    def most_alike(self, looks: Sequence[Look]) -> list[list[int]]:
        """Of each look, places of others that share something at a glance, the most first."""
        hints = self._look(self._first_look, looks)
        places = [[place for place, count in enumerate(some) if count > 0] for some in hints]
        closer = [
            (photo, [others[place] for place in some])
            for (photo, others), some in zip(looks, places, strict=True)
        ]
        shared = [
            {place: count for place, count in zip(some, counts, strict=True) if count > 0}
            for some, counts in zip(places, self._look(self._glance, closer), strict=True)
        ]
        return [sorted(counts, key=lambda place: -counts[place]) for counts in shared]

    def _look(self, look: Glance | None, looks: Sequence[Look]) -> Sequence[Sequence[int]]:
        if self._stopped.is_set():
            raise JobCancelled
        return [[1] * len(others) for _, others in looks] if look is None else look(looks)

    def stop(self) -> None:
        """Let every thread that asks on end with JobCancelled."""
        self._stopped.set()

    def flush(self, at_least: int = FLUSH_COUNT) -> None:
        """Save what is new if there is that much; from the job's thread only."""
        if len(self._unsaved) >= at_least:
            self._save([self._unsaved.popleft() for _ in range(len(self._unsaved))])
