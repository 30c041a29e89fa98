"""What the user said of pairs, on its way to the library and into the groups."""

from dataclasses import dataclass, replace

from photodedup.core.decisions import Contents
from photodedup.core.pipeline import ScanOutcome
from photodedup.core.records import Photo
from photodedup.gui.clearing_core import Clearing


@dataclass(slots=True)
class Verdict:
    """No two of these photos are duplicates. decision: its number in the library, once kept."""

    photos: tuple[Photo, ...]
    decision: int | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """One change of a verdict: to be kept, or taken back."""

    verdict: Verdict
    rejected: bool

    def settle(self, clearing: Clearing) -> None:
        """Write it to the library; on a job's thread. Raises StoreError."""
        if self.rejected:
            self.verdict.decision = clearing.reject(self.verdict.photos)
        elif self.verdict.decision is not None:
            clearing.revoke(self.verdict.decision)
            self.verdict.decision = None


def without_pairs(outcome: ScanOutcome, pairs: frozenset[Contents]) -> ScanOutcome:
    """The same scan with other pairs rejected."""
    if outcome.matching is None:
        return outcome
    return replace(outcome, matching=replace(outcome.matching, rejected=pairs))
