"""The folders to scan: add, remove, protect."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from photodedup.gui import icons
from photodedup.gui.photo_model import printable
from photodedup.gui.session import Session

PATH_ROLE = Qt.ItemDataRole.UserRole


class FoldersPanel(QWidget):
    """Lists the session's folders; a lock marks the protected, a cross those that are offline."""

    edited = Signal()  # the user removed or protected folders here

    def __init__(self, session: Session, add: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._add_action = add
        self._list = QListWidget()
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._list.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName(self.tr("Folders"))
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.itemSelectionChanged.connect(self._update_actions)
        self._make_actions()
        self.excluded = QLineEdit(", ".join(session.excluded))
        self.excluded.setPlaceholderText(self.tr("Leave out: *.png, cache/*"))
        self.excluded.setClearButtonEnabled(True)
        self.excluded.setAccessibleName(self.tr("Names to leave out"))
        self.excluded.setToolTip(
            self.tr("Names, or paths below a folder, that are not scanned; commas between them")
        )
        self.excluded.editingFinished.connect(self._exclude)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._toolbar())
        layout.addWidget(self._list)
        layout.addWidget(self.excluded)
        session.folders_changed.connect(self._fill)
        session.scan_started.connect(self._update_actions)
        session.scan_ended.connect(self._fill)
        self.redraw()

    def selected(self) -> list[Path]:
        """The chosen folders."""
        return [item.data(PATH_ROLE) for item in self._list.selectedItems()]

    def select(self, folders: Sequence[Path]) -> None:
        """Choose folders."""
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setSelected(item.data(PATH_ROLE) in folders)

    def redraw(self) -> None:
        """Draw the icons in the palette's colours."""
        self.remove_action.setIcon(icons.icon("remove", self.palette()))
        self.protect_action.setIcon(icons.icon("lock", self.palette()))
        self._fill()

    def _make_actions(self) -> None:
        self.remove_action = QAction(self.tr("Remove"), self)
        self.remove_action.setToolTip(
            self.tr("Take the folder off this list; its photos stay where they are")
        )
        self.remove_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self.remove_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.remove_action.triggered.connect(self._remove)
        self.protect_action = QAction(self.tr("Protect"), self)
        self.protect_action.setCheckable(True)
        self.protect_action.setToolTip(
            self.tr("Photos in a protected folder are always the ones that stay")
        )
        self.protect_action.triggered.connect(self._protect)
        self._list.addActions([self._add_action, self.remove_action, self.protect_action])
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _toolbar(self) -> QToolBar:
        bar = QToolBar()
        bar.setIconSize(QSize(18, 18))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        bar.addActions([self._add_action, self.remove_action, self.protect_action])
        return bar

    @Slot()
    def _fill(self) -> None:
        excluded = ", ".join(self._session.excluded)
        if excluded != self.excluded.text() and not self.excluded.hasFocus():
            self.excluded.setText(excluded)
        chosen = self.selected()
        self._list.clear()
        for folder in self._session.folders:
            item = QListWidgetItem(printable(folder))
            item.setData(PATH_ROLE, folder)
            item.setToolTip(printable(folder))
            name, spoken = "folder", self.tr("folder")
            if not folder.is_dir():
                name, spoken = "folder-offline", self.tr("not there now")
                item.setToolTip(f"{printable(folder)}\n{spoken}")
            elif folder in self._session.protected:
                name, spoken = "lock", self.tr("protected")
                item.setToolTip(f"{printable(folder)}\n{spoken}")
            item.setIcon(icons.icon(name, self.palette()))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{printable(folder)}, {spoken}")
            self._list.addItem(item)
        self.select(chosen)
        self._update_actions()

    @Slot()
    def _update_actions(self) -> None:
        chosen = self.selected()
        idle = not self._session.is_scanning
        self.remove_action.setEnabled(idle and bool(chosen))
        self.protect_action.setEnabled(idle and bool(chosen))
        self.protect_action.setChecked(
            bool(chosen) and all(folder in self._session.protected for folder in chosen)
        )

    @Slot()
    def _remove(self) -> None:
        self._session.remove_folders(self.selected())
        self.edited.emit()

    @Slot()
    def _exclude(self) -> None:
        if self._session.set_excluded(self.excluded.text().split(",")):
            self.edited.emit()

    @Slot(bool)
    def _protect(self, protected: bool) -> None:
        self._session.protect(self.selected(), protected)
        self.edited.emit()
