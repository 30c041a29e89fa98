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

Glance = Callable[[Photo, Sequence[Photo]], Sequence[int]]
"""(photo, others) -> how much each shares with it; 0: nothing, -1: that cannot be told.

See verify.Verifier.glance.
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
    glance: sorts out look-alikes, many at a time; without it all are verified. load_rest: gives all
    that earlier scans found, where found is only a part of it; see complete.
    has_failed: whether a photo could not be read, so that something is left to verify.
    """

    def __init__(
        self,
        verify: VerifyPhotos,
        found: Verifications,
        save: Callable[[list[tuple[bytes, bytes, Verification]]], None],
        rejected: frozenset[Contents] = frozenset(),
        glance: Glance | None = None,
        load_rest: Callable[[], Verifications] | None = None,
    ) -> None:
        self.found = found
        self.rejected = rejected
        self.has_failed = False
        self._verify = verify
        self._save = save
        self._glance = glance
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

    def rule_out(self, photo: Photo, pairs: Sequence[PhotoPair]) -> None:
        """Make known which of a photo's pairs a glance shows to be nothing alike.

        Many at a time this takes half of what verify takes for it. Raises JobCancelled after stop.
        """
        unknown = [pair for pair in pairs if not self.is_known(pair)]
        if len(unknown) < 2:  # nothing is gained
            return
        others = [other if kept.digest == photo.digest else kept for kept, other, _ in unknown]
        for pair, shared in zip(unknown, self._shared(photo, others), strict=True):
            if shared == 0:
                keeper, other, cosine = pair
                self.remember(keeper.digest, other.digest, Verification(None, 0.0, cosine))

    def is_known(self, pair: PhotoPair) -> bool:
        """Whether verify need not look at the photos."""
        digests = pair[0].digest, pair[1].digest
        return digests in self.found or is_rejected(self.rejected, *digests)

    def most_alike(self, photo: Photo, others: Sequence[Photo]) -> list[int]:
        """Places in others that share something with the photo at a glance, the most first."""
        shared = self._shared(photo, others)
        places = [place for place, count in enumerate(shared) if count > 0]
        return sorted(places, key=lambda place: -shared[place])

    def _shared(self, photo: Photo, others: Sequence[Photo]) -> Sequence[int]:
        if self._stopped.is_set():
            raise JobCancelled
        return [1] * len(others) if self._glance is None else self._glance(photo, others)

    def stop(self) -> None:
        """Let every thread that asks on end with JobCancelled."""
        self._stopped.set()

    def flush(self, at_least: int = FLUSH_COUNT) -> None:
        """Save what is new if there is that much; from the job's thread only."""
        if len(self._unsaved) >= at_least:
            self._save([self._unsaved.popleft() for _ in range(len(self._unsaved))])
