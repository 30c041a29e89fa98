"""Which photos the user wants cleared: the safe ones at first, then as marked by hand."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from photodedup.core.records import Group, Member

SAVE_DELAY_MS = 1000

Choices = Mapping[Path, bool | None]
"""What the user said of photos: to be cleared, to stay, or (None) nothing."""


class Marks(QObject):
    """Marks over the groups of the last scan, with undo and redo.

    What the user said is kept by path: it outlives another strictness, another scan and the
    program. A keeper is never marked.
    """

    changed = Signal()

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        """file: where choices are kept from run to run; None: nowhere."""
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._file = file
        self._chosen: dict[Path, bool] = _read(file)
        self._members: dict[Path, Member] = {}
        self._marked: dict[Path, Member] = {}
        self._bytes = 0
        self._save_soon = QTimer(self, singleShot=True, interval=SAVE_DELAY_MS)
        self._save_soon.timeout.connect(self.save)

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
        return frozenset(self._marked)

    def is_marked(self, path: Path) -> bool:
        """Whether a photo is to be cleared."""
        return path in self._marked

    def marked_in(self, group: Group) -> int:
        """How many photos of a group are marked."""
        return sum(member.photo.path in self._marked for member in group.members)

    def set_groups(self, groups: Iterable[Group]) -> None:
        """Go by other groups; what the user said is kept."""
        self._members = {
            member.photo.path: member
            for group in groups
            for member in group.members
            if member.relation is not None
        }
        self._marked = {
            path: member
            for path, member in self._members.items()
            if self._chosen.get(path, member.preselected)
        }
        self._bytes = sum(member.photo.file.size_bytes for member in self._marked.values())
        self.changed.emit()

    def mark(self, members: Iterable[Member], marked: bool, text: str) -> None:
        """Mark photos, or take their marks off, as one act that can be undone."""
        paths = [member.photo.path for member in members if member.relation is not None]
        paths = [path for path in paths if self.is_marked(path) is not marked]
        self._push(dict.fromkeys(paths, marked), text)

    def mark_safe(self, text: str) -> None:
        """Mark everything identical or saved again, whatever was said before."""
        safe = [
            path
            for path, member in self._members.items()
            if member.preselected and not self.is_marked(path)
        ]
        self._push(dict.fromkeys(safe, True), text)

    def unmark_all(self, text: str) -> None:
        """Take off every mark."""
        self._push(dict.fromkeys(self._marked, False), text)

    def forget(self, paths: Iterable[Path]) -> None:
        """Drop what was said of photos that are gone; there is no way back to before."""
        for path in paths:
            self._chosen.pop(path, None)
        self.undo_stack.clear()
        self._save_soon.start()

    @Slot()
    def save(self) -> None:
        """Write what the user said, whole or not at all."""
        self._save_soon.stop()
        if self._file is None:
            return
        # ASCII JSON keeps names that are not UTF-8, as lone surrogates.
        text = json.dumps({os.fspath(path): marked for path, marked in self._chosen.items()})
        partial = self._file.with_suffix(".part")
        partial.write_text(text, encoding="ascii")
        partial.replace(self._file)

    def apply_choices(self, choices: Choices) -> None:
        """Take over what the user says now; for the undo commands."""
        for path, marked in choices.items():
            if marked is None:
                self._chosen.pop(path, None)
            else:
                self._chosen[path] = marked
            self._settle(path)
        self._save_soon.start()
        self.changed.emit()

    def _push(self, choices: Choices, text: str) -> None:
        if not choices:
            return
        before = {path: self._chosen.get(path) for path in choices}
        self.undo_stack.push(_Choose(self, before, choices, text))  # push calls redo

    def _settle(self, path: Path) -> None:
        member = self._members.get(path)
        if member is None:
            return
        size_bytes = member.photo.file.size_bytes
        if self._marked.pop(path, None) is not None:
            self._bytes -= size_bytes
        if self._chosen.get(path, member.preselected):
            self._marked[path] = member
            self._bytes += size_bytes


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


def _read(file: Path | None) -> dict[Path, bool]:
    """Read saved choices; a file that is damaged or not there means none."""
    if file is None:
        return {}
    try:
        saved = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    if not isinstance(saved, dict):
        return {}
    return {Path(name): marked for name, marked in saved.items() if isinstance(marked, bool)}
