"""Taking one journal entry back, step by step, and telling how far it had come."""

import os
from collections.abc import Callable
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.journal import Entry, State, Step, StepKind
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
        undoings = _Foresight(entry, acts, never_done_is_fine=never_done_is_fine).all()
        for undo in undoings:
            undo()
    except CheckFailed as error:
        return [LeftAlone(path, error.obstacle, error.reason) for path in entry.paths]
    except OSError as error:
        reason = describe_error(error)
        return [LeftAlone(path, Obstacle.DISK, reason) for path in entry.paths]
    return []


def is_untouched(left: list[LeftAlone]) -> bool:
    """Whether reverse foresaw what it reports, and changed nothing.

    A disk that failed may have left half a shot on each side: the entry must stay open, so that
    the next start, or the next undo, brings the rest.
    """
    return bool(left) and all(problem.obstacle is not Obstacle.DISK for problem in left)


class _Foresight:
    """What taking an entry back will need, judged before anything is changed."""

    def __init__(self, entry: Entry, acts: FileActs, *, never_done_is_fine: bool) -> None:
        self._steps = steps = entry.steps
        self._was_begun = entry.state is State.UNDOING
        self._acts = acts
        self._never_done_is_fine = never_done_is_fine
        moves = [step for step in steps if step.kind is StepKind.MOVE]
        links = [step for step in steps if step.kind is StepKind.LINK]
        self._at_home = {step.source for step in moves if not os.path.lexists(step.target)}
        self._freed = {
            step.target
            for step in links
            if step.target not in self._at_home and _are_one_file(step.source, step.target)
        }

    def all(self) -> list[Callable[[], None]]:
        """The acts that take everything back, the last step first. Raises CheckFailed."""
        return [self._foresee(step) for step in reversed(self._steps)]

    def _foresee(self, step: Step) -> Callable[[], None]:
        if step.kind is StepKind.MOVE:
            return self._move(step)
        if step.kind is StepKind.LINK:
            return self._link(step)
        return self._made_file(step)

    def _move(self, step: Step) -> Callable[[], None]:
        source_exists = os.path.lexists(step.source) and step.source not in self._freed
        if step.source in self._at_home:
            # an undo that was cut short may have brought it back, and its owner worked on it
            is_back = source_exists and (self._was_begun or _holds(step.source, step.sha256))
            if self._never_done_is_fine or is_back:
                return _nothing
            raise CheckFailed(Obstacle.NOT_IN_HOLDING, f"no longer at {step.target}")
        if not source_exists:
            return lambda: self._move_back(step)
        if _are_one_file(step.source, step.target):  # half a move: a second name was made
            return lambda: self._acts.unlink(step.target)
        if self._never_done_is_fine and _holds(step.source, step.sha256):
            return _nothing  # what lies at the target was never ours
        raise CheckFailed(
            Obstacle.OCCUPIED, f"another file is in its place; it stays at {step.target}"
        )

    def _move_back(self, step: Step) -> None:
        self._acts.make_folders(step.source.parent)
        self._acts.rename(step.target, step.source)
        changed = os.lstat(step.source).st_mtime_ns != step.mtime_ns
        if changed and _holds(step.source, step.sha256):  # touched while it waited, not written
            self._acts.set_mtime(step.source, step.mtime_ns)

    def _link(self, step: Step) -> Callable[[], None]:
        if step.target in self._freed:
            return lambda: self._acts.unlink(step.target)
        if step.target in self._at_home or not os.path.lexists(step.target):
            return _nothing
        raise CheckFailed(Obstacle.OCCUPIED, "it is no longer the link that was made")

    def _made_file(self, step: Step) -> Callable[[], None]:
        """A copy or a sidecar of ours: removed only while it holds exactly what we wrote."""
        if os.path.lexists(step.target) and not _holds(step.target, step.sha256):
            raise CheckFailed(Obstacle.CHANGED, f"{step.target} was changed since, and stays")

        def remove() -> None:
            partial = partial_path(step.target)
            if os.path.lexists(partial):
                self._acts.unlink(partial)
            if not os.path.lexists(step.target):
                return
            if step.kind is StepKind.COPY and not _holds(step.source, step.sha256):
                raise CheckFailed(Obstacle.CHANGED, f"the copy at {step.target} is the only one")
            self._acts.unlink(step.target)

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
