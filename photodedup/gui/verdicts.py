"""What the user decided about photos, on its way to the library and into the groups."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from photodedup.core.job import JobControl
from photodedup.core.pipeline import ScanOutcome
from photodedup.core.records import Photo
from photodedup.gui.backend import Backend
from photodedup.gui.clearing_core import Clearing


class Verdict(Protocol):
    """One decision that can be kept and taken back; on a job's thread. Raises StoreError."""

    def keep(self, clearing: Clearing) -> None:
        """Write it to the library."""
        ...

    def take_back(self, clearing: Clearing) -> None:
        """Take it out of the library, if it is there."""
        ...

    def pairs(self) -> list[tuple[Photo, Photo]]:
        """Which (keeper, other) pairs groups will ask about because of it."""
        ...


@dataclass(slots=True)
class NoDuplicates:
    """No two of these photos are duplicates. decision: its number in the library, once kept."""

    photos: tuple[Photo, ...]
    decision: int | None = None

    def keep(self, clearing: Clearing) -> None:
        """Write it to the library."""
        self.decision = clearing.reject(self.photos)

    def take_back(self, clearing: Clearing) -> None:
        """Take it out of the library, if it is there."""
        if self.decision is not None:
            clearing.revoke(self.decision)
            self.decision = None

    def pairs(self) -> list[tuple[Photo, Photo]]:
        """None: what is rejected needs no verification."""
        return []


@dataclass(slots=True)
class OtherKeeper:
    """One photo of a group stays instead of the others. choice: its number, once kept."""

    keeper: Photo
    others: tuple[Photo, ...]
    choice: int | None = None

    def keep(self, clearing: Clearing) -> None:
        """Write it to the library."""
        self.choice = clearing.choose_keeper(self.keeper, self.others)

    def take_back(self, clearing: Clearing) -> None:
        """Take it out of the library, if it is there."""
        if self.choice is not None:
            clearing.revoke_choice(self.choice)
            self.choice = None

    def pairs(self) -> list[tuple[Photo, Photo]]:
        """The new keeper with each other content."""
        return [(self.keeper, p) for p in self.others if p.digest != self.keeper.digest]


@dataclass(frozen=True, slots=True)
class Settling:
    """One change of a verdict: to be kept, or taken back."""

    verdict: Verdict
    stands: bool

    def settle(self, clearing: Clearing) -> None:
        """Write it to the library."""
        if self.stands:
            self.verdict.keep(clearing)
        else:
            self.verdict.take_back(clearing)


class Decide(QUndoCommand):
    """Lets a verdict stand; settle(verdict, whether it stands) is told of every change."""

    def __init__(
        self, settle: Callable[[Verdict, bool], None], verdict: Verdict, text: str
    ) -> None:
        super().__init__(text)
        self._settle = settle
        self._verdict = verdict

    def redo(self) -> None:
        """Let it stand."""
        self._settle(self._verdict, True)

    def undo(self) -> None:
        """Let it stand no longer."""
        self._settle(self._verdict, False)


def follow_decisions(
    outcome: ScanOutcome, settled: list[Settling], backend: Backend, control: JobControl
) -> ScanOutcome:
    """The same scan with the library's decisions of now; new keepers are verified first.

    On a job's thread. Raises StoreError, ModelError, JobCancelled.
    """
    matching = outcome.matching
    if matching is None:
        return outcome
    known = matching.verifications
    missing = [
        (keeper, other)
        for settling in settled
        if settling.stands
        for keeper, other in settling.verdict.pairs()
        if (keeper.digest, other.digest) not in known
    ]
    if missing:
        known = {**known, **backend.verify(missing, control)}
    return replace(
        outcome,
        matching=replace(
            matching,
            verifications=known,
            rejected=backend.clearing.rejected_pairs(),
            choices=backend.clearing.keeper_choices(),
        ),
    )
