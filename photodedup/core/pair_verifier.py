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

MostAlike = Callable[[Photo, Sequence[Photo]], Sequence[int]]
"""(photo, others) -> places in others, most promising first. See verify.Verifier.most_alike."""

Verifications = dict[tuple[bytes, bytes], Verification]
"""By the digests of keeper and other."""

FLUSH_COUNT = 500  # verifications in a transaction


class PairVerifier:
    """Answers from what is known, else verifies; any thread may ask.

    found: what earlier scans found; what is new is added to it. save: called by flush with what
    is new. rejected: pairs that the user said are no duplicates; they are not verified.
    most_alike: orders look-alikes; without it they stay in the order in which they are given.
    has_failed: whether a photo could not be read, so that something is left to verify.
    """

    def __init__(
        self,
        verify: VerifyPhotos,
        found: Verifications,
        save: Callable[[list[tuple[bytes, bytes, Verification]]], None],
        rejected: frozenset[Contents] = frozenset(),
        most_alike: MostAlike | None = None,
    ) -> None:
        self.found = found
        self.rejected = rejected
        self.has_failed = False
        self._verify = verify
        self._save = save
        self._most_alike = most_alike
        self._unsaved: collections.deque[tuple[bytes, bytes, Verification]] = collections.deque()
        self._stopped = threading.Event()

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

    def most_alike(self, keeper: Photo, others: Sequence[Photo]) -> Sequence[int]:
        """Places in others, most promising first; none where a photo cannot be read any more."""
        if self._stopped.is_set():
            raise JobCancelled
        if self._most_alike is None:
            return range(len(others))
        try:
            return self._most_alike(keeper, others)
        except PhotoError as error:
            log.warning("look-alikes not compared: %s", error)
            self.has_failed = True
            return ()

    def stop(self) -> None:
        """Let every thread that asks on end with JobCancelled."""
        self._stopped.set()

    def flush(self, at_least: int = FLUSH_COUNT) -> None:
        """Save what is new if there is that much; from the job's thread only."""
        if len(self._unsaved) >= at_least:
            self._save([self._unsaved.popleft() for _ in range(len(self._unsaved))])
