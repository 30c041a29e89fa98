"""Both journals as one, and what the next start does with a batch that a crash interrupted."""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.holding import JOURNAL_NAME, LOCK_NAME, Holding, HoldingUnusable, hold
from photodedup.core.journal import Entry, State, append_states, read_line_file
from photodedup.core.library import Library
from photodedup.core.reversal import has_happened, is_untouched, reverse

OPEN_STATES = tuple(state for state in State if state.is_open)
SPENT_STATES = (State.REVERTED, State.UNDONE, State.TRASHED)
CHUNK_ENTRIES = 64  # entries that share their fsyncs: each stands on disk before its own act
log = logging.getLogger(__name__)


class Journal:
    """Writes every entry to the line file of its holding folder and to library.db.

    library may be None: a batch can be taken back by its holding folder alone. Methods raise
    OSError or StoreError; then nothing may be done that was only intended.
    """

    def __init__(self, library: Library | None, acts: FileActs) -> None:
        self._library = library
        self._acts = acts

    def intend(self, entries: Sequence[Entry]) -> None:
        """Put entries on disk before they are acted on."""
        append_states(entries, State.INTENDED, self._acts)
        if self._library is not None:
            self._library.add_entries(entries)

    def set_state(self, entries: Sequence[Entry], state: State) -> None:
        """Put on disk how entries ended, or what is about to be done with them."""
        if not entries:
            return
        append_states(entries, state, self._acts)
        if self._library is not None:
            self._library.set_state(entries, state)

    def sync(self, entries: Iterable[Entry]) -> None:
        """Wait until the renames of entries are on disk."""
        folders: set[Path] = set()
        for entry in entries:
            for step in entry.steps:
                folders.add(step.source.parent)
                folders.add(step.target.parent)
                above = step.target.parents  # folders that were made for it on the way
                folders.update(f for f in above if entry.holding.folder in f.parents)
            folders.add(entry.holding.folder)
        for folder in sorted(folders):
            if folder.is_dir():
                self._acts.sync_folder(folder)


@contextlib.contextmanager
def hold_recovered(root: Path, library: Library | None, acts: FileActs) -> Iterator[Holding]:
    """Hold the folder of root; what a crash left open there is finished or reverted first.

    Raises ClearingBusy, HoldingUnusable or StoreError.
    """
    with hold(root, acts) as holding:
        if library is not None:
            library.remember_holding(holding)
        entries = [entry for entry in read_line_file(holding) if entry.state.is_open]
        settle_interrupted(entries, Journal(library, acts), acts)
        yield holding


def recover_interrupted(library: Library, acts: FileActs) -> list[str]:
    """Finish or revert what any known holding folder has open; call it at start.

    Returns the roots of holding folders that have something open but are not to be found now;
    they are looked at when they are back. Raises ClearingBusy or StoreError.
    """
    entries, missing = library.entries(OPEN_STATES)
    for holding in {entry.holding for entry in entries}:
        try:
            with hold_recovered(holding.root, library, acts):
                own = [entry for entry in entries if entry.holding == holding]
                _follow_line_file(own, holding, library, acts)
        except HoldingUnusable as error:
            log.warning("%s", error)
            missing.append(str(holding.root))
    return missing


def _follow_line_file(
    entries: Sequence[Entry], holding: Holding, library: Library, acts: FileActs
) -> None:
    """Settle what is open in library.db alone: the crash came between the two journals."""
    written = {entry.key: entry for entry in read_line_file(holding)}
    unknown = []
    for entry in entries:
        state = written[entry.key].state if entry.key in written else None
        if state is None or state.is_open:
            unknown.append(entry)
        else:
            library.set_state([entry], state)
    settle_interrupted(unknown, Journal(library, acts), acts)


def settle_interrupted(entries: Sequence[Entry], journal: Journal, acts: FileActs) -> None:
    """Decide each open entry by what is on disk, bring it there wholly, and write it down.

    An act that came to its end counts as done. Any other is reverted: moving back needs no
    further checks. A half-made undo is finished. What cannot be settled, or not be written down
    (a full disk), stays open until the next start.
    """
    settled: dict[State, list[Entry]] = {}
    for entry in entries:
        state = _settle(entry, acts)
        log.info("batch %s, entry %d: found %s, now %s", *entry.key, entry.state, state)
        if state is not None:
            settled.setdefault(state, []).append(entry)
    try:
        for state, alike in settled.items():
            journal.sync(alike)
            journal.set_state(alike, state)
    except OSError as error:
        log.warning("the journal could not be written: %s", error)


def _settle(entry: Entry, acts: FileActs) -> State | None:
    if entry.state is State.TRASHING:
        remain = any(step.target.exists() for step in entry.held_steps)
        return State.DONE if remain else State.TRASHED
    if entry.state is State.INTENDED and _came_to_its_end(entry):
        return State.DONE
    left = reverse(entry, acts, never_done_is_fine=entry.state is State.INTENDED)
    for problem in left:
        log.warning("%s: %s", problem.path, problem.reason)
    if left and not (is_untouched(left) and entry.state is State.UNDOING):
        return None
    if entry.state is State.UNDOING:
        return State.DONE if left else State.UNDONE
    return State.REVERTED


def _came_to_its_end(entry: Entry) -> bool:
    """Whether every step happened and every keeper is still there, as it must be after an act."""
    return all(has_happened(step) for step in entry.steps) and all(
        keeper.path.is_file() for keeper in entry.keepers
    )


def remove_if_spent(holding: Holding, acts: FileActs) -> None:
    """Remove a holding folder that holds no file and whose journal tells of nothing to undo.

    Its lock must be held. Left where it is if anything stands in the way.
    """
    with contextlib.suppress(OSError, HoldingUnusable):
        if set(os.listdir(holding.folder)) - {JOURNAL_NAME, LOCK_NAME}:
            return
        if any(entry.state not in SPENT_STATES for entry in read_line_file(holding)):
            return
        acts.unlink(holding.journal)
        acts.unlink(holding.folder / LOCK_NAME)
        acts.remove_folder(holding.folder)
