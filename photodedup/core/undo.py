"""Taking batches back, and letting them go: out of the holding folder again, or into the trash."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import send2trash  # type: ignore[import-untyped]

from photodedup.core.acts import FileActs
from photodedup.core.clearing import (
    CHUNK_ENTRIES,
    Journal,
    hold_recovered,
    recover_interrupted,
    remove_if_spent,
)
from photodedup.core.errors import StoreError, UserError
from photodedup.core.holding import (
    HOLDING_NAME,
    HoldingUnusable,
    prune_batch,
    read_holding,
)
from photodedup.core.job import JobCancelled, JobControl, Stage
from photodedup.core.journal import Entry, State, latest_batch, read_line_file
from photodedup.core.library import Library
from photodedup.core.obstacles import BatchReport, LeftAlone, Obstacle, describe_error
from photodedup.core.reversal import is_untouched, reverse

Trash = Callable[[Path], None]
"""Puts one file into the system's trash; raises OSError."""


class NothingToUndo(UserError):
    """There is no such batch, or nothing of it is left to take back."""


def undo_batch(
    library: Library, batch: str | None, control: JobControl, acts: FileActs | None = None
) -> BatchReport:
    """Take a batch back, or the newest that can be; what cannot come back is reported.

    Raises NothingToUndo, ClearingBusy, StoreError.
    """
    acts = acts or FileActs()
    with library.clearing(), contextlib.ExitStack() as held:
        recover_interrupted(library, acts)
        chosen = batch or library.last_batch()
        if chosen is None:
            raise NothingToUndo(
                "Nothing to take back: no batch is left. If library.db was lost, use "
                "photodedup undo --from-holding FOLDER."
            )
        if not library.knows_batch(chosen):
            raise NothingToUndo(f"{chosen}: no such batch. See: photodedup history")
        entries, missing = library.entries((State.DONE, State.UNDOING), chosen)
        if not entries and not missing:
            raise NothingToUndo(f"{chosen}: nothing of this batch is left to take back.")
        usable, unusable = _hold_all(entries, library, acts, held)
        done, left, interrupted, stopped = _restore(usable, Journal(library, acts), control, acts)
        left += [*unusable, *(_nowhere(root) for root in missing)]
        return _report(chosen, done, left, interrupted, stopped)


def undo_from_holding(
    folder: Path,
    batch: str | None,
    control: JobControl,
    library: Library | None = None,
    acts: FileActs | None = None,
) -> BatchReport:
    """Take back a batch by the holding folder's own journal, without what library.db knows.

    folder: the holding folder, or the folder that has it. library, if given, is told of it.
    Raises NothingToUndo, HoldingUnusable, ClearingBusy or StoreError.
    """
    acts = acts or FileActs()
    folder = folder.absolute()
    root = folder.parent if folder.name == HOLDING_NAME else folder
    read_holding(root)  # where there is none, none is made
    with contextlib.ExitStack() as held:
        if library is not None:
            held.enter_context(library.clearing())
        holding = held.enter_context(hold_recovered(root, library, acts))
        known = read_line_file(holding)
        chosen = batch or latest_batch(known)
        entries = [
            entry
            for entry in known
            if entry.batch == chosen and entry.state in (State.DONE, State.UNDOING)
        ]
        if chosen is None or not entries:
            raise NothingToUndo(f"{holding.folder}: nothing is left to take back there.")
        done, left, interrupted, stopped = _restore(entries, Journal(library, acts), control, acts)
        return _report(chosen, done, left, interrupted, stopped)


@dataclass(frozen=True, slots=True)
class Held:
    """What waits in the holding folders, and which of them are not to be found now."""

    entries: tuple[Entry, ...]
    missing: tuple[str, ...]

    @property
    def files(self) -> int:
        """How many files wait."""
        return sum(len(entry.held_steps) for entry in self.entries)

    @property
    def bytes(self) -> int:
        """How many bytes they hold."""
        return sum(entry.bytes_held for entry in self.entries)


def list_held(library: Library) -> Held:
    """What `empty` would put into the trash. Raises StoreError."""
    entries, missing = library.entries((State.DONE,))
    return Held(tuple(entry for entry in entries if entry.held_steps), tuple(missing))


def empty_holding(
    library: Library,
    control: JobControl,
    trash: Trash = send2trash.send2trash,
    acts: FileActs | None = None,
) -> BatchReport:
    """Put everything held into the system's trash, except where its keeper is gone by now.

    The caller has asked the user. Raises ClearingBusy, StoreError.
    """
    acts = acts or FileActs()
    with library.clearing(), contextlib.ExitStack() as holds:
        recover_interrupted(library, acts)
        held = list_held(library)
        usable, unusable = _hold_all(held.entries, library, acts, holds)
        emptying = _Emptying(Journal(library, acts), control, trash)
        emptying.run(usable)
        _tidy_up(usable, acts, are_sure=emptying.stopped is None)
        emptying.left += [*unusable, *(_nowhere(root) for root in held.missing)]
        return _report("", emptying.done, emptying.left, emptying.interrupted, emptying.stopped)


class _Emptying:
    """One emptying while it runs."""

    def __init__(self, journal: Journal, control: JobControl, trash: Trash) -> None:
        self._journal = journal
        self._control = control
        self._trash = trash
        self.done: list[Entry] = []
        self.left: list[LeftAlone] = []
        self.interrupted = False
        self.stopped: str | None = None

    def run(self, entries: Sequence[Entry]) -> None:
        """Chunk by chunk: intend, trash, note the outcome."""
        try:
            self._control.begin(Stage.APPLY, len(entries))
            for chunk in _chunks(entries):
                self._control.checkpoint()
                self._empty([entry for entry in chunk if self._has_keepers(entry)])
                self._control.advance(len(chunk))
        except JobCancelled:
            self.interrupted = True
        except (StoreError, OSError) as error:
            self.stopped = _words(error)
        self._control.finish()

    def _has_keepers(self, entry: Entry) -> bool:
        gone = [keeper.path for keeper in entry.keepers if not keeper.path.is_file()]
        for path in gone:
            reason = f"{path}, kept for it, is gone: take the batch back, or delete it yourself"
            self.left += [LeftAlone(p, Obstacle.KEEPER_MISSING, reason) for p in entry.paths]
        return not gone

    def _empty(self, entries: Sequence[Entry]) -> None:
        self._journal.set_state(entries, State.TRASHING)
        outcomes = [(entry, self._send(entry)) for entry in entries]
        self._journal.set_state([e for e, gone in outcomes if gone], State.TRASHED)
        self._journal.set_state([e for e, gone in outcomes if not gone], State.DONE)
        self.done += [entry for entry, gone in outcomes if gone]

    def _send(self, entry: Entry) -> bool:
        """Put the files of one entry into the trash; whether all went."""
        for step in entry.held_steps:
            if not step.target.exists():
                continue  # taken out by hand
            try:
                self._trash(step.target)
            except OSError as error:  # TrashPermissionError is one
                self.left.append(LeftAlone(step.target, Obstacle.DISK, _words(error)))
                return False
        return True


def _restore(
    entries: Sequence[Entry], journal: Journal, control: JobControl, acts: FileActs
) -> tuple[list[Entry], list[LeftAlone], bool, str | None]:
    """Reverse entries, the last first, chunk by chunk; then remove what has become empty."""
    done: list[Entry] = []
    left: list[LeftAlone] = []
    interrupted, stopped = False, None
    try:
        control.begin(Stage.UNDO, len(entries))
        for chunk in _chunks(list(reversed(entries))):
            control.checkpoint()
            journal.set_state(chunk, State.UNDOING)
            outcomes = [(e, reverse(e, acts, never_done_is_fine=False)) for e in chunk]
            back = [entry for entry, problems in outcomes if not problems]
            done += back
            left += [problem for _, problems in outcomes for problem in problems]
            journal.sync(chunk)
            journal.set_state(back, State.UNDONE)
            journal.set_state([e for e, problems in outcomes if is_untouched(problems)], State.DONE)
            control.advance(len(chunk))
    except JobCancelled:
        interrupted = True
    except (StoreError, OSError) as error:
        stopped = _words(error)
    control.finish()
    _tidy_up(entries, acts, are_sure=stopped is None)
    return done, left, interrupted, stopped


def _hold_all(
    entries: Sequence[Entry], library: Library, acts: FileActs, held: contextlib.ExitStack
) -> tuple[list[Entry], list[LeftAlone]]:
    """Hold every holding folder of these entries; those of one that cannot be used are left."""
    usable: set[Path] = set()
    unusable: list[LeftAlone] = []
    for root in sorted({entry.holding.root for entry in entries}):
        try:
            held.enter_context(hold_recovered(root, library, acts))
            usable.add(root)
        except HoldingUnusable as error:  # a drive that is read-only today
            unusable.append(LeftAlone(error.path, Obstacle.DISK, error.reason))
    return [entry for entry in entries if entry.holding.root in usable], unusable


def _tidy_up(entries: Sequence[Entry], acts: FileActs, *, are_sure: bool) -> None:
    """Remove what has become empty; not where the two journals may disagree."""
    for batch, holding in {(entry.batch, entry.holding) for entry in entries}:
        prune_batch(holding, batch, acts)
        if are_sure:
            remove_if_spent(holding, acts)


def _report(
    batch: str,
    done: Sequence[Entry],
    left: Sequence[LeftAlone],
    interrupted: bool,
    stopped: str | None,
) -> BatchReport:
    return BatchReport(
        batch,
        tuple(path for entry in done for path in entry.paths),
        tuple(left),
        sum(entry.bytes_held for entry in done),
        interrupted,
        stopped,
    )


def _nowhere(root: str) -> LeftAlone:
    folder = Path(root) / HOLDING_NAME
    reason = "this holding folder is not to be found; plug in its drive, or it was removed by hand"
    return LeftAlone(folder, Obstacle.HOLDING_MISSING, reason)


def _chunks(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), CHUNK_ENTRIES):
        yield entries[start : start + CHUNK_ENTRIES]


def _words(error: Exception) -> str:
    return describe_error(error) if isinstance(error, OSError) else str(error)
