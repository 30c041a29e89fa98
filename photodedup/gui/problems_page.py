"""The files a scan could not read, or not wholly, and why."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.records import Problem, ProblemCode
from photodedup.gui import desktop, icons, messages
from photodedup.gui.photo_model import printable
from photodedup.gui.rows_model import Column, RowsModel
from photodedup.gui.tables import make_table

LIMITED = frozenset({ProblemCode.TOO_LARGE, ProblemCode.TIMED_OUT})


class ProblemsPage(QWidget):
    """The table of problems; Enter or a double click shows the file in its folder.

    Files that have not changed are not tried again unless that is asked for here.
    """

    retry_requested = Signal()
    limits_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RowsModel(
            (
                Column(self.tr("File or folder"), lambda problem: printable(problem.path)),
                Column(self.tr("Problem"), lambda problem: messages.problem_name(problem.code)),
                Column(self.tr("Reason"), lambda problem: problem.reason),
            ),
            self,
        )
        self._table = make_table(self.model, (0, 2), self.tr("Problems"))
        self._table.setFrameShape(QTableView.Shape.NoFrame)
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
        listed = tuple(problems)
        self.model.show(listed)
        self.limits.setVisible(any(problem.code in LIMITED for problem in listed))
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
        self.limits = QPushButton(self.tr("&Limits …"))
        self.limits.setToolTip(self.tr("Allow larger photos, or more time for one"))
        self.limits.clicked.connect(self.limits_requested)
        self.retry = QPushButton(self.tr("&Try again"))
        self.retry.clicked.connect(self.retry_requested)
        row = QHBoxLayout(footer)
        row.addWidget(text, 1)
        row.addWidget(self.limits)
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
        return self.model.row(index.row()) if index.isValid() else None

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
