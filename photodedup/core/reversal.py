"""Taking one journal entry back, step by step, and telling how far it had come."""

import os
from collections.abc import Callable
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.journal import Entry, Step, StepKind
from photodedup.core.obstacles import CheckFailed, LeftAlone, Obstacle, describe_error
from photodedup.core.recheck import fingerprint

PARTIAL_SUFFIX = ".photodedup-partial"


def partial_path(target: Path) -> Path:
    """Where a file is made before it gets its name, so that a torn copy never bears the name."""
    return target.with_name(target.name + PARTIAL_SUFFIX)


def has_happened(step: Step) -> bool:
    """Whether a step is wholly done, by what is on disk now."""
    if not os.path.lexists(step.target):
        return False
    if step.kind is StepKind.MOVE:
        return not _are_one_file(step.source, step.target)
    if step.kind is StepKind.LINK:
        return _are_one_file(step.source, step.target)
    return _holds(step.target, step.sha256)


def reverse(entry: Entry, acts: FileActs, *, never_done_is_fine: bool) -> list[LeftAlone]:
    """Undo every step of an entry that happened, the last first. Never replaces a file.

    All or nothing as far as can be foreseen: if one step cannot be taken back, none is.
    never_done_is_fine: a file that is at neither place is no failure (an entry that may not have
    been begun). Returns what stands in the way, empty if all is as it was before.
    """
    try:
        undoings = [
            _foresee(step, acts, never_done_is_fine=never_done_is_fine)
            for step in reversed(entry.steps)
        ]
        for undo in undoings:
            undo()
    except CheckFailed as error:
        return [LeftAlone(path, error.obstacle, error.reason) for path in entry.paths]
    except OSError as error:
        reason = describe_error(error)
        return [LeftAlone(path, Obstacle.DISK, reason) for path in entry.paths]
    return []


def _foresee(step: Step, acts: FileActs, *, never_done_is_fine: bool) -> Callable[[], None]:
    """Check that a step can be taken back; returns the act that does it. Raises CheckFailed."""
    if step.kind is StepKind.MOVE:
        return _foresee_move(step, acts, never_done_is_fine=never_done_is_fine)
    if step.kind is StepKind.LINK:
        return _foresee_link(step, acts)
    return _foresee_made_file(step, acts)


def _foresee_move(step: Step, acts: FileActs, *, never_done_is_fine: bool) -> Callable[[], None]:
    source_exists = os.path.lexists(step.source)
    if not os.path.lexists(step.target):
        if never_done_is_fine or (source_exists and _holds(step.source, step.sha256)):
            return _nothing
        raise CheckFailed(Obstacle.NOT_IN_HOLDING, f"no longer at {step.target}")
    if not source_exists:
        return lambda: _move_back(step, acts)
    if _are_one_file(step.source, step.target):  # half a move: a second name was made
        return lambda: acts.unlink(step.target)
    raise CheckFailed(Obstacle.OCCUPIED, f"another file is in its place; it stays at {step.target}")


def _move_back(step: Step, acts: FileActs) -> None:
    acts.make_folders(step.source.parent)
    acts.rename(step.target, step.source)
    changed = os.lstat(step.source).st_mtime_ns != step.mtime_ns
    if changed and _holds(step.source, step.sha256):  # touched while it waited, not written to
        acts.set_mtime(step.source, step.mtime_ns)


def _foresee_link(step: Step, acts: FileActs) -> Callable[[], None]:
    if not os.path.lexists(step.target):
        return _nothing
    if not _are_one_file(step.source, step.target):
        raise CheckFailed(Obstacle.OCCUPIED, "it is no longer the link that was made")
    return lambda: acts.unlink(step.target)


def _foresee_made_file(step: Step, acts: FileActs) -> Callable[[], None]:
    """A copy or a sidecar of ours: removed only while it holds exactly what we wrote."""

    def remove() -> None:
        partial = partial_path(step.target)
        if os.path.lexists(partial):
            acts.unlink(partial)
        if not os.path.lexists(step.target):
            return
        if step.kind is StepKind.COPY and not _holds(step.source, step.sha256):
            raise CheckFailed(Obstacle.CHANGED, f"the copy at {step.target} is the only one")
        acts.unlink(step.target)

    if os.path.lexists(step.target) and not _holds(step.target, step.sha256):
        raise CheckFailed(Obstacle.CHANGED, f"{step.target} was changed since, and stays")
    return remove


def _nothing() -> None:
    pass


def _holds(path: Path, sha256: str) -> bool:
    try:
        return fingerprint(path).record.sha256 == sha256
    except CheckFailed:
        return False


def _are_one_file(a: Path, b: Path) -> bool:
    """Whether two paths are two names of one file, beyond doubt.

    File systems without inode numbers report 0 or make them up: the count of names must agree.
    """
    try:
        first, second = os.lstat(a), os.lstat(b)
    except OSError:
        return False
    return os.path.samestat(first, second) and first.st_ino != 0 and first.st_nlink > 1
