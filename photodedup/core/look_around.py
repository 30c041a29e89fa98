"""Which of a keeper's many look-alikes are worth verifying: those that share most keypoints."""

from collections.abc import Sequence

from photodedup.core.digest import digest_bytes
from photodedup.core.group import Content, Others
from photodedup.core.known_stars import chosen_before, crowd_key
from photodedup.core.pair_verifier import PairVerifier
from photodedup.core.records import Verification

# Failures in a row among those that share most keypoints, before the rest is left: of 108 crops
# made by others all were the first there.
PATIENCE_WITH_CHOSEN = 2
NOT_ASKED = Verification(None, probability=0.0, similarity=0.0)


class LookAround:
    """Looks among others of keepers, verifies the most alike, and keeps that this was done.

    Looking takes time, so that it was done is kept like a verification, under keys that are no
    photo's: a next scan of the same photos does not look again. Thread-safe for different keepers.
    """

    def __init__(self, contents: Sequence[Content], pairs: PairVerifier) -> None:
        self._contents = contents
        self._pairs = pairs
        self._looked: dict[int, set[int]] = {}  # by keeper, the rows it has chosen from

    def choose(self, keeper: int, others: Others) -> Others:
        """The most promising of many look-alikes; the same ones again where none has changed."""
        self.look([(keeper, others)])
        return chosen_before(self._contents, self._pairs.found, keeper, others)

    def chosen(self, keeper: int, others: Others) -> Others | None:
        """What choose gives, where it has looked among these before; else None."""
        if self._key(keeper, others) not in self._pairs.found:
            return None
        return chosen_before(self._contents, self._pairs.found, keeper, others)

    def look(self, crowds: Sequence[tuple[int, Others]]) -> int:
        """Look among others of keepers, where that was not done yet; how many keepers."""
        contents, pairs = self._contents, self._pairs
        keys = [self._key(keeper, others) for keeper, others in crowds]
        new = [
            (keeper, self._not_looked_at(keeper, others), key)
            for (keeper, others), key in zip(crowds, keys, strict=True)
            if key not in pairs.found
        ]
        if not new:
            return len(crowds)
        looks = [
            (contents[keeper].best, [contents[row].best for row, _ in others])
            for keeper, others, _ in new
        ]
        for (keeper, others, key), places in zip(new, pairs.most_alike(looks), strict=True):
            self._verify_chosen(keeper, [others[place] for place in places], key[1])
            pairs.remember(*key, NOT_ASKED)
        return len(crowds)

    def _not_looked_at(self, keeper: int, others: Others) -> Others:
        """Those that the keeper has not chosen from yet; now it has."""
        looked = self._looked.setdefault(keeper, set())
        new = [other for other in others if other[0] not in looked]
        looked.update(row for row, _ in new)
        return new

    def _verify_chosen(self, keeper: int, others: Others, crowd: bytes) -> None:
        """Verify others, the most alike first, and note them under crowd."""
        best, pairs = self._contents[keeper].best, self._pairs
        failures = 0
        for row, cosine in others:
            other = self._contents[row].best
            found = pairs.verify(best, other, cosine) or NOT_ASKED
            pairs.remember(crowd, other.digest, found)
            is_copy = found.relation is not None and found.relation.is_duplicate
            failures = 0 if is_copy else failures + 1
            if failures == PATIENCE_WITH_CHOSEN:
                return

    def _key(self, keeper: int, others: Others) -> tuple[bytes, bytes]:
        content = self._contents[keeper]
        digests = [self._contents[row].digest for row, _ in others]
        return digest_bytes(b"".join([content.digest, *digests])), crowd_key(content)
