"""One group: why its keeper stays, and the photos with what they are to it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from photodedup.core.records import Group, Member, Photo
from photodedup.gui import messages
from photodedup.gui.elided_label import ElidedLabel
from photodedup.gui.group_model import detail_text
from photodedup.gui.marks import Marks
from photodedup.gui.photo_grid import PhotoGrid
from photodedup.gui.photo_model import PhotoModel, cards_of_group, printable
from photodedup.gui.thumbnails import ThumbnailCache


class GroupPage(QWidget):
    """Shows one group, or says that none is chosen."""

    selection_changed = Signal()
    compare_requested = Signal()

    def __init__(
        self,
        thumbnails: ThumbnailCache,
        marks: Marks,
        buttons: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._group: Group | None = None
        self._model = PhotoModel(thumbnails, marks, self)
        self.grid = PhotoGrid(self._model)
        self.grid.setAccessibleName(self.tr("Photos of the group"))
        self.grid.activated.connect(self._activated)
        self.grid.selectionModel().selectionChanged.connect(self.selection_changed)
        self._title, self._reason = ElidedLabel(), ElidedLabel()
        bold = self._title.font()
        bold.setBold(True)
        bold.setPointSizeF(bold.pointSizeF() * 1.15)
        self._title.setFont(bold)
        row = QHBoxLayout()
        for action in buttons:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            row.addWidget(button)
        row.addStretch(1)
        header = QVBoxLayout()
        header.setContentsMargins(10, 8, 10, 6)
        header.setSpacing(4)
        header.addWidget(self._title)
        header.addWidget(self._reason)
        header.addLayout(row)  # of its own: beside the name no room is left for it
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self.grid, 1)

    @property
    def group(self) -> Group | None:
        """The group that is shown."""
        return self._group

    @property
    def reason(self) -> str:
        """The line that says why the keeper stays."""
        return self._reason.text()

    def show_group(self, group: Group | None) -> None:
        """Show another group; the keyboard starts at the first photo beside the keeper.

        The same group again, or as it is after a decision, keeps what is chosen in it.
        """
        before, self._group = self._group, group
        if group is not None and group == before:
            return
        if group is None:
            self._model.show([])
            self._title.setText(self.tr("No group is chosen"))
            self._reason.setText("")
        else:
            chosen = {photo.path for photo in self.selected_photos()}
            offset = self.grid.verticalScrollBar().value()
            self._model.show(cards_of_group(group))
            name = printable(group.keeper.path.name)
            self._title.setText(self.tr("Keep {name}").format(name=name))
            because = self.tr("because: {reason}").format(reason=messages.keeper_reason(group))
            self._reason.setText(f"{because} · {detail_text(group)}")
            if before is None or not self._choose_again(before, chosen, offset):
                self.grid.setCurrentIndex(self._model.index(min(1, len(group.members) - 1)))
        self.selection_changed.emit()

    def _choose_again(self, before: Group, chosen: set[Path], offset: int) -> bool:
        """Choose the same photos in a later form of the group; whether it is one."""
        kept = {member.photo.path for member in before.members}
        rows = [row for row, card in enumerate(self._model.cards) if card.photo.path in chosen]
        if not rows or not any(card.photo.path in kept for card in self._model.cards):
            return False
        selection = self.grid.selectionModel()
        for row in rows:
            index = self._model.index(row)
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
        self.grid.verticalScrollBar().setValue(offset)
        return True

    def choose(self, photo: Photo) -> None:
        """Choose one of the photos."""
        for row, card in enumerate(self._model.cards):
            if card.photo == photo:
                self.grid.setCurrentIndex(self._model.index(row))

    def selected_members(self) -> list[Member]:
        """The chosen members of the group, the keeper left out."""
        members = (card.member for card in self.grid.selected_cards())
        return [m for m in members if m is not None and m.relation is not None]

    def selected_photos(self) -> Sequence[Photo]:
        """The photos that actions work on."""
        return self.grid.selected_photos()

    @Slot(QModelIndex)
    def _activated(self, _index: QModelIndex) -> None:
        self.compare_requested.emit()
