"""The files a scan could not read, or not wholly, and why."""

from collections.abc import Iterable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.records import Problem
from photodedup.gui import desktop, icons, messages
from photodedup.gui.photo_model import Index, printable

PATH_COLUMN, KIND_COLUMN, REASON_COLUMN = range(3)


class ProblemModel(QAbstractTableModel):
    """One row a problem: path, kind, reason."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: list[Problem] = []

    def show(self, problems: Iterable[Problem]) -> None:
        """Show other problems."""
        self.beginResetModel()
        self._problems = list(problems)
        self.endResetModel()

    def problem(self, row: int) -> Problem:
        """The problem in a row."""
        return self._problems[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a problem."""
        return 0 if parent.isValid() else len(self._problems)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Path, kind, reason."""
        return 0 if parent.isValid() else 3

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return [self.tr("File or folder"), self.tr("Problem"), self.tr("Reason")][section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The cell's text."""
        if not index.isValid():
            return None
        problem = self._problems[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if index.column() == PATH_COLUMN:
                return printable(problem.path)
            if index.column() == KIND_COLUMN:
                return messages.problem_name(problem.code)
            return problem.reason
        return None


class ProblemsPage(QWidget):
    """The table of problems; Enter or a double click shows the file in its folder.

    Files that have not changed are not tried again unless that is asked for here.
    """

    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ProblemModel(self)
        self._table = QTableView()
        self._table.setModel(self.model)
        self._table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._table.setWordWrap(False)
        self._table.setShowGrid(False)
        self._table.setAlternatingRowColors(True)
        self._table.setFrameShape(QTableView.Shape.NoFrame)
        self._table.setAccessibleName(self.tr("Problems"))
        self._table.verticalHeader().hide()
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(PATH_COLUMN, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(KIND_COLUMN, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(REASON_COLUMN, QHeaderView.ResizeMode.Stretch)
        self._table.activated.connect(self._show_in_folder)
        self._add_actions()
        self._hint = QLabel(self.tr("Files that cannot be read are listed here."))
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._hint, 1)
        layout.addWidget(self._table, 1)
        self._footer = self._make_footer()
        layout.addWidget(self._footer)
        self._table.hide()
        self._footer.hide()

    def allow_retry(self, allowed: bool) -> None:
        """Say whether a scan can be started now."""
        self.retry.setEnabled(allowed)

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Show other problems, or say that there is none."""
        self.model.show(problems)
        self._hint.setText(self.tr("Every photo was read without a problem."))
        self._table.setVisible(self.model.rowCount() > 0)
        self._hint.setVisible(self.model.rowCount() == 0)
        self._footer.setVisible(self.model.rowCount() > 0)

    def _make_footer(self) -> QWidget:
        footer = QWidget()
        text = QLabel(
            self.tr("What could not be read is tried again when it changes, or when you ask.")
        )
        text.setWordWrap(True)
        self.retry = QPushButton(self.tr("&Try again"))
        self.retry.clicked.connect(self.retry_requested)
        row = QHBoxLayout(footer)
        row.addWidget(text, 1)
        row.addWidget(self.retry)
        return footer

    def _add_actions(self) -> None:
        show = QAction(icons.icon("folder", self.palette()), self.tr("Show in folder"), self)
        show.triggered.connect(self._show_in_folder)
        copy = QAction(self.tr("Copy path"), self)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self._copy_path)
        self._table.addActions([show, copy])
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _current(self) -> Problem | None:
        index = self._table.currentIndex()
        return self.model.problem(index.row()) if index.isValid() else None

    @Slot()
    def _show_in_folder(self) -> None:
        problem = self._current()
        if problem is not None:
            desktop.show_in_folder(problem.path)

    @Slot()
    def _copy_path(self) -> None:
        problem = self._current()
        if problem is not None:
            QGuiApplication.clipboard().setText(printable(problem.path))
