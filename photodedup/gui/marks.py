"""Which photos the user wants cleared: the safe ones at first, then as marked by hand."""

import json
import os
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from photodedup.core.job import JobControl
from photodedup.core.json_text import parse_json
from photodedup.core.records import Group, Member
from photodedup.gui.job_runner import JobRunner

SAVE_DELAY_MS = 1000
AT_ONCE = 5000  # photos that are marked within a few milliseconds; more are, beside the window
WRITTEN_AT_ONCE = 5000  # the encoder of JSON lets no other thread run

Choices = Mapping[str, bool | None]
"""What the user said of photos, by path: to be cleared, to stay, or (None) nothing."""


Members = Mapping[str, tuple[bool, int]]
"""Photos beside their keepers, by path: whether preselected, and bytes."""


@dataclass(frozen=True, slots=True)
class MarkIndex:
    """The members of groups, by path: whether preselected, and bytes. marked: bytes by path.

    said: up to which word of the user marked is right. Figures, not records: a hundred thousand
    of those lie all over the memory.
    """

    members: Members
    marked: dict[str, int]
    size_bytes: int
    said: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the user had said of photos at one moment. said: the number of the last word."""

    chosen: Mapping[str, bool]
    said: int


def index_members(groups: Iterable[Group], snapshot: Snapshot) -> MarkIndex:
    """Gather what marks are about; slow for many groups, so not for the window's thread."""
    members = {
        os.fspath(member.photo.path): (member.preselected, member.photo.file.size_bytes)
        for group in groups
        for member in group.members
        if member.relation is not None
    }
    marked = _marked(members, snapshot.chosen)
    return MarkIndex(members, marked, sum(marked.values()), snapshot.said)


def _marked(members: Members, chosen: Mapping[str, bool]) -> dict[str, int]:
    return {
        path: size_bytes
        for path, (preselected, size_bytes) in members.items()
        if chosen.get(path, preselected)
    }


def _say(chosen: dict[str, bool], choices: Choices) -> None:
    for path, marked in choices.items():
        if marked is None:
            chosen.pop(path, None)
        else:
            chosen[path] = marked


class Marks(QObject):
    """Marks over the groups of the last scan, with undo and redo.

    What the user said is kept by path: it outlives another strictness, another scan and the
    program. A keeper is never marked. Inside, paths are text: it is hashed ten times as fast.
    """

    changed = Signal()

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        """file: where choices are kept from run to run; None: nowhere."""
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._file = file
        self._chosen: dict[str, bool] = _read(file)
        self._said = 0  # how often the user has said something
        self._said_of: dict[str, int] = {}  # the last time, by photo
        self._members: Members = {}
        self._marked: dict[str, int] = {}
        self._bytes = 0
        self._waiting: deque[Choices] = deque()  # in order; the first is being applied
        self._applier = JobRunner(self)
        self._applier.succeeded.connect(self._applied)
        self._writer = JobRunner(self)
        self._save_soon = QTimer(self, singleShot=True, interval=SAVE_DELAY_MS)
        self._save_soon.timeout.connect(self._save)

    @property
    def count(self) -> int:
        """How many photos are marked."""
        return len(self._marked)

    @property
    def size_bytes(self) -> int:
        """How many bytes the marked photos have."""
        return self._bytes

    @property
    def paths(self) -> frozenset[Path]:
        """The marked photos."""
        return frozenset(map(Path, self._marked))

    def is_marked(self, path: Path) -> bool:
        """Whether a photo is to be cleared."""
        return os.fspath(path) in self._marked

    def marked_in(self, group: Group) -> int:
        """How many photos of a group are marked."""
        return sum(self.is_marked(member.photo.path) for member in group.members)

    def is_decided(self, group: Group) -> bool:
        """Whether every photo beside the keeper is marked, or was said to stay; any thread."""
        chosen, marked = self._chosen, self._marked
        return all(
            path in marked or path in chosen
            for path in (os.fspath(m.photo.path) for m in group.members if m.relation is not None)
        )

    def snapshot(self) -> Snapshot:
        """What was said until now, for index_members on another thread."""
        return Snapshot(dict(self._chosen), self._said)

    def take(self, index: MarkIndex) -> None:
        """Go by other groups, indexed with any snapshot; what was said since it counts too."""
        self._members, self._marked, self._bytes = index.members, index.marked, index.size_bytes
        self._settle([path for path, said in self._said_of.items() if said > index.said])
        self.changed.emit()

    def mark(self, members: Iterable[Member], marked: bool, text: str) -> None:
        """Mark photos, or take their marks off, as one act that can be undone."""
        paths = [os.fspath(m.photo.path) for m in members if m.relation is not None]
        # a photo that was never marked can be said to stay: then its group is decided
        self._push(
            dict.fromkeys((path for path in paths if self._chosen.get(path) is not marked), marked),
            text,
        )

    def mark_safe(self, text: str) -> None:
        """Mark everything identical or saved again, whatever was said before."""
        marked = self._marked
        safe = [
            path
            for path, (preselected, _) in self._members.items()
            if preselected and path not in marked
        ]
        self._push(dict.fromkeys(safe, True), text)

    def unmark_all(self, text: str) -> None:
        """Take off every mark."""
        self._push(dict.fromkeys(self._marked, False), text)

    def forget(self, paths: Iterable[Path]) -> None:
        """Drop what was said of photos that are gone; there is no way back to before."""
        self.undo_stack.clear()
        self.apply_choices({os.fspath(path): None for path in paths})

    def shut_down(self) -> None:
        """Write what was said, at once, and forget how to undo."""
        self.undo_stack.clear()
        self._applier.shut_down()
        for choices in self._waiting:
            _say(self._chosen, choices)
            self._save_soon.start()
        self._waiting.clear()
        self._writer.wait()
        if self._save_soon.isActive() and self._file is not None:
            self._save_soon.stop()
            _write(self._file, self._chosen)

    def apply_choices(self, choices: Choices) -> None:
        """Take over what the user says now, after what was said before; for the undo commands.

        Of many photos it is done beside the window, and changed follows.
        """
        if self._waiting or len(choices) > AT_ONCE:
            self._waiting.append(choices)
            if not self._applier.is_running:
                self._apply_next()
            return
        _say(self._chosen, choices)
        self._settle(choices)
        self._finish(choices)

    def _apply_next(self) -> None:
        choices, members, chosen = self._waiting[0], self._members, self._chosen

        def apply(_control: JobControl) -> tuple[Members, dict[str, bool], dict[str, int], int]:
            said = dict(chosen)
            _say(said, choices)
            marked = _marked(members, said)
            return members, said, marked, sum(marked.values())

        self._applier.start(apply)

    @Slot(object)
    def _applied(self, applied: tuple[Members, dict[str, bool], dict[str, int], int]) -> None:
        members, said, marked, size_bytes = applied
        if members is self._members:
            self._chosen, self._marked, self._bytes = said, marked, size_bytes
            self._finish(self._waiting.popleft())
        if self._waiting:  # others; or other groups have come meanwhile, so the same again
            self._apply_next()

    def _finish(self, choices: Choices) -> None:
        self._said += 1
        self._said_of.update(dict.fromkeys(choices, self._said))
        self._save_soon.start()
        self.changed.emit()

    @Slot()
    def _save(self) -> None:
        """Write beside the window: with many marks it takes a while."""
        file, chosen = self._file, dict(self._chosen)
        if file is None:
            return
        if self._writer.is_running:
            self._save_soon.start()
            return
        self._writer.start(lambda _control: _write(file, chosen))

    def _push(self, choices: Choices, text: str) -> None:
        if not choices:
            return
        before = {path: self._chosen.get(path) for path in choices}
        self.undo_stack.push(_Choose(self, before, choices, text))  # push calls redo

    def _settle(self, paths: Iterable[str]) -> None:
        """Mark what shall be marked now; one plain loop, as it may be a hundred thousand."""
        chosen, members, marked = self._chosen, self._members, self._marked
        nobody = (False, 0)
        gained = 0
        for path in paths:
            preselected, size_bytes = members.get(path, nobody)
            wanted = chosen.get(path, preselected) and path in members
            if wanted and path not in marked:
                marked[path] = size_bytes
                gained += size_bytes
            elif not wanted:
                gained -= marked.pop(path, 0)
        self._bytes += gained


class _Choose(QUndoCommand):
    def __init__(self, marks: Marks, before: Choices, after: Choices, text: str) -> None:
        super().__init__(text)
        self._marks = marks
        self._before = before
        self._after = after

    def redo(self) -> None:
        self._marks.apply_choices(self._after)

    def undo(self) -> None:
        self._marks.apply_choices(self._before)


def _read(file: Path | None) -> dict[str, bool]:
    """Read saved choices; a file that is damaged or not there means none."""
    if file is None:
        return {}
    try:
        saved = parse_json(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    if not isinstance(saved, dict):
        return {}
    return {path: marked for path, marked in saved.items() if isinstance(marked, bool)}


def _write(file: Path, chosen: Mapping[str, bool]) -> None:
    """Write choices, whole or not at all. ASCII JSON keeps names that are not UTF-8."""
    partial = file.with_suffix(".part")
    entries = list(chosen.items())
    with partial.open("w", encoding="ascii") as out:
        out.write("{")
        for start in range(0, len(entries), WRITTEN_AT_ONCE):
            some = json.dumps(dict(entries[start : start + WRITTEN_AT_ONCE]))
            out.write((", " if start else "") + some[1:-1])
        out.write("}")
    partial.replace(file)
