"""What can be decided about the photos of a group: clear, keep, no duplicate; and the way back."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence, QPalette

from photodedup.core.records import Group, Member, Photo
from photodedup.gui import icons, messages
from photodedup.gui.counting import count_photos
from photodedup.gui.session import Session


class MarkActions(QObject):
    """The actions work on what chosen(), photos() and group() return at that moment."""

    def __init__(
        self,
        session: Session,
        chosen: Callable[[], Sequence[Member]],
        photos: Callable[[], Sequence[Photo]],
        group: Callable[[], Group | None],
        parent: QObject,
    ) -> None:
        """photos: those chosen, also keepers and those that failed; chosen: the other members."""
        super().__init__(parent)
        self._session = session
        self._chosen = chosen
        self._photos = photos
        self._group = group
        stack = session.marks.undo_stack
        self.toggle = self._make(self.tr("Mark for clearing"), "D", self._toggle)
        self.mark_rest = self._make(self.tr("Mark all but the keeper"), "Shift+D", self._mark_rest)
        self.keep_all = self._make(self.tr("Keep all of the group"), "K", self._keep_all)
        self.make_keeper = self._make(self.tr("Make it the keeper"), "M", self._make_keeper)
        self.make_keeper.setToolTip(
            self.tr("Let this photo stay; the others are verified against it")
        )
        self.reject = self._make(self.tr("Not a duplicate"), "X", self._reject)
        self.reject_all = self._make(
            self.tr("No duplicates in this group"), "Shift+X", self._reject_all
        )
        self.mark_safe = self._make(self.tr("Mark every safe copy"), "Ctrl+M", self._mark_safe)
        self.mark_safe.setToolTip(
            self.tr("Identical files and images, and photos that were only saved again")
        )
        self.unmark_all = self._make(self.tr("Take off every mark"), "Ctrl+U", self._unmark_all)
        self.undo = stack.createUndoAction(self, self.tr("Undo"))
        self.undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        self.redo = stack.createRedoAction(self, self.tr("Redo"))
        self.redo.setShortcut(QKeySequence(QKeySequence.StandardKey.Redo))
        self.clear = QAction(self)
        self.clear.setShortcut(QKeySequence("Ctrl+Return"))
        self.history = QAction(self.tr("History …"), self)
        self.history.setShortcut(QKeySequence("Ctrl+H"))
        session.marks.changed.connect(self.update)

    @property
    def of_photos(self) -> list[QAction]:
        """For the chosen photos; also in their context menu."""
        return [
            self.toggle,
            self.mark_rest,
            self.keep_all,
            self.make_keeper,
            self.reject,
            self.reject_all,
        ]

    @property
    def of_all(self) -> list[QAction]:
        """For everything that was found."""
        return [self.mark_safe, self.unmark_all]

    def set_palette(self, palette: QPalette) -> None:
        """Draw the icons in a palette's colours."""
        for action, name in (
            (self.toggle, "cancel"),
            (self.keep_all, "keep"),
            (self.make_keeper, "keeper"),
            (self.clear, "clear"),
            (self.history, "history"),
        ):
            action.setIcon(icons.icon(name, palette))

    @Slot()
    def update(self) -> None:
        """Enable what makes sense now, and say how many photos are marked."""
        marks, chosen = self._session.marks, self._chosen()
        all_marked = bool(chosen) and all(marks.is_marked(m.photo.path) for m in chosen)
        self.toggle.setText(
            self.tr("Take the mark off") if all_marked else self.tr("Mark for clearing")
        )
        self.toggle.setEnabled(bool(chosen))
        can_decide = self._session.can_decide
        may_differ = any(self._may_differ(member) for member in chosen)
        self.reject.setEnabled(can_decide and may_differ)
        group = self._group()
        self.make_keeper.setEnabled(can_decide and self._new_keeper() is not None)
        for action in (self.mark_rest, self.keep_all):
            action.setEnabled(group is not None)
        self.reject_all.setEnabled(can_decide and group is not None)
        has_result = self._session.result is not None
        self.mark_safe.setEnabled(has_result)
        self.unmark_all.setEnabled(marks.count > 0)
        text = self.tr("Clear {photos} ({size})").format(
            photos=count_photos(marks.count), size=messages.size_text(marks.size_bytes)
        )
        self.clear.setText((text if marks.count else self.tr("Clear")) + " …")
        self.clear.setIconText(text if marks.count else self.tr("Clear"))
        self.clear.setEnabled(marks.count > 0 and not self._session.is_scanning)

    def _make(self, text: str, keys: str, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(act)
        return action

    def _may_differ(self, member: Member) -> bool:
        """Whether it can be said that it is no duplicate: of the same bytes it cannot."""
        group = self._group()
        return group is not None and member.photo.digest != group.keeper.digest

    @Slot()
    def _toggle(self) -> None:
        chosen = self._chosen()
        all_marked = all(self._session.marks.is_marked(m.photo.path) for m in chosen)
        text = self.tr("take the mark off") if all_marked else self.tr("mark")
        self._session.marks.mark(chosen, not all_marked, text)

    @Slot()
    def _mark_rest(self) -> None:
        group = self._group()
        assert group is not None
        self._session.marks.mark(group.members, True, self.tr("mark the group"))

    @Slot()
    def _keep_all(self) -> None:
        group = self._group()
        assert group is not None
        self._session.marks.mark(group.members, False, self.tr("keep the group"))

    def _new_keeper(self) -> Photo | None:
        """The one photo that is chosen, unless it is the keeper."""
        group, photos = self._group(), self._photos()
        if group is None or len(photos) != 1 or photos[0] == group.keeper:
            return None
        return photos[0]

    @Slot()
    def _make_keeper(self) -> None:
        group, keeper = self._group(), self._new_keeper()
        assert group is not None
        assert keeper is not None
        self._session.choose_keeper(group, keeper, self.tr("another keeper"))

    @Slot()
    def _reject(self) -> None:
        group = self._group()
        assert group is not None
        stack = self._session.marks.undo_stack
        stack.beginMacro(self.tr("not a duplicate"))
        for member in filter(self._may_differ, self._chosen()):
            self._session.reject((group.keeper, member.photo), "")
        stack.endMacro()

    @Slot()
    def _reject_all(self) -> None:
        group = self._group()
        assert group is not None
        photos = [member.photo for member in group.members]
        if len({photo.digest for photo in photos}) > 1:
            self._session.reject(photos, self.tr("no duplicates"))

    @Slot()
    def _mark_safe(self) -> None:
        self._session.marks.mark_safe(self.tr("mark every safe copy"))

    @Slot()
    def _unmark_all(self) -> None:
        self._session.marks.unmark_all(self.tr("take off every mark"))
