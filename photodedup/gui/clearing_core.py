"""What the window asks of the core when it clears photos; all of it runs inside jobs."""

import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from photodedup.core import decisions
from photodedup.core.acts import FileActs
from photodedup.core.clearing import recover_interrupted
from photodedup.core.execute import Tools, apply_plan, decoder
from photodedup.core.holding import ClearingBusy
from photodedup.core.job import JobControl
from photodedup.core.keeper_choices import (
    KeeperChoice,
    add_choice,
    list_choices,
    revoke_choice,
)
from photodedup.core.library import BatchSummary, Library, open_library
from photodedup.core.obstacles import BatchReport
from photodedup.core.plan import Plan
from photodedup.core.planning import PlanRequest, make_plan
from photodedup.core.raster import Limits
from photodedup.core.records import Group, Photo
from photodedup.core.undo import Held, empty_holding, list_held, undo_batch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClearRequest:
    """What shall be cleared: the marked photos of groups that were scanned in folders."""

    groups: tuple[Group, ...]
    marked: frozenset[Path]
    folders: tuple[Path, ...]
    protected: tuple[Path, ...]
    model: str


class Clearing(Protocol):
    """Plans, their execution, and the way back. Every method may raise UserError."""

    def plan(self, request: ClearRequest, control: JobControl) -> Plan:
        """Read what is marked and what stays for it; nothing is changed."""
        ...

    def apply(self, plan: Plan, control: JobControl) -> BatchReport:
        """Carry a plan out; nothing is deleted."""
        ...

    def undo(self, batch: str | None, control: JobControl) -> BatchReport:
        """Take a batch back, None: the last."""
        ...

    def history(self) -> tuple[list[BatchSummary], Held]:
        """Every batch, the newest first, and what waits in the holding folders."""
        ...

    def empty(self, control: JobControl) -> BatchReport:
        """Put what is held into the system's trash."""
        ...

    def reject(self, photos: Sequence[Photo]) -> int:
        """Remember that these are no duplicates; the decision's number."""
        ...

    def revoke(self, decision: int) -> None:
        """Forget a decision."""
        ...

    def rejected_pairs(self) -> frozenset[decisions.Contents]:
        """Every pair of contents that is no duplicate."""
        ...

    def rejections(self) -> list[decisions.Decision]:
        """Every "not a duplicate" that stands, the newest first."""
        ...

    def choose_keeper(self, keeper: Photo, others: Sequence[Photo]) -> int:
        """Remember that a photo stays instead of others; the choice's number."""
        ...

    def revoke_choice(self, choice: int) -> None:
        """Forget a choice of a keeper."""
        ...

    def keeper_choices(self) -> tuple[KeeperChoice, ...]:
        """Every choice of a keeper that stands, the newest first."""
        ...


class CoreClearing:
    """The real thing: library.db is opened for each act.

    limits: those of the photos that were scanned, for reading keepers again.
    """

    def __init__(self, data_folder: Path) -> None:
        self._data_folder = data_folder
        self.limits = Limits()

    def recover(self) -> None:
        """Settle what a crash left open, unless another process is at work just now."""
        with self._library() as library:
            _recover(library)

    def plan(self, request: ClearRequest, control: JobControl) -> Plan:
        """Plan with the core; what the user rejected stays."""
        with self._library() as library:
            rejected = decisions.rejected_pairs(library)
        return make_plan(
            _with_marked(request.groups, request.marked),
            PlanRequest(
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                folders=request.folders,
                protected=request.protected,
                model=request.model,
                rejected=lambda a, b: decisions.is_rejected(rejected, a, b),
            ),
            control,
            select=lambda _group, member: member.photo.path in request.marked,
        )

    def apply(self, plan: Plan, control: JobControl) -> BatchReport:
        """Move what the plan says into the holding folders."""
        with self._library() as library:
            return apply_plan(plan, library, control, tools=Tools(decode=decoder(self.limits)))

    def undo(self, batch: str | None, control: JobControl) -> BatchReport:
        """Move a batch back."""
        with self._library() as library:
            return undo_batch(library, batch, control)

    def history(self) -> tuple[list[BatchSummary], Held]:
        """Read the history."""
        with self._library() as library:
            _recover(library)
            return library.history(), list_held(library)

    def empty(self, control: JobControl) -> BatchReport:
        """Empty the holding folders."""
        with self._library() as library:
            return empty_holding(library, control)

    def reject(self, photos: Sequence[Photo]) -> int:
        """Keep a decision by content."""
        with self._library() as library:
            return decisions.reject(library, [(photo.digest, photo.path) for photo in photos])

    def revoke(self, decision: int) -> None:
        """Take a decision back."""
        with self._library() as library:
            decisions.revoke(library, decision)

    def rejected_pairs(self) -> frozenset[decisions.Contents]:
        """Read the decisions."""
        with self._library() as library:
            return decisions.rejected_pairs(library)

    def rejections(self) -> list[decisions.Decision]:
        """Read the decisions with their paths."""
        with self._library() as library:
            return decisions.list_rejections(library)

    def choose_keeper(self, keeper: Photo, others: Sequence[Photo]) -> int:
        """Keep a choice by content and path."""
        with self._library() as library:
            chosen = keeper.digest, keeper.path
            return add_choice(library, chosen, (photo.digest for photo in others))

    def revoke_choice(self, choice: int) -> None:
        """Take a choice back."""
        with self._library() as library:
            revoke_choice(library, choice)

    def keeper_choices(self) -> tuple[KeeperChoice, ...]:
        """Read the choices."""
        with self._library() as library:
            return list_choices(library)

    def _library(self) -> Library:
        return open_library(self._data_folder)


def _recover(library: Library) -> None:
    with contextlib.suppress(ClearingBusy), library.clearing():
        for root in recover_interrupted(library, FileActs()):
            log.warning("%s: something is unfinished there; its drive is missing", root)


def _with_marked(groups: Iterable[Group], marked: frozenset[Path]) -> list[Group]:
    return [
        group for group in groups if any(member.photo.path in marked for member in group.members)
    ]
