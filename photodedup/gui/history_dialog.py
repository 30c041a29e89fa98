"""What was cleared, batch by batch, with the way back, and the way out of the holding folders."""

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.journal import Act, State
from photodedup.core.library import BatchSummary
from photodedup.core.obstacles import BatchReport
from photodedup.core.undo import Held
from photodedup.gui import messages
from photodedup.gui.clearing_core import Clearing
from photodedup.gui.counting import count_files, count_photos
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.photo_model import printable

History = tuple[list[BatchSummary], Held]


class HistoryDialog(QDialog):
    """Reads the history in a job; undoing and emptying are jobs too."""

    changed = Signal(object)  # BatchReport
    stopped = Signal()  # it was closed while files were moved: some are no longer where they were

    def __init__(self, clearing: Clearing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clearing = clearing
        self._batches: Sequence[BatchSummary] = ()
        self._held = Held((), ())
        self._is_moving = False
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._take)
        self._runner.failed.connect(self._show_failure)
        self.setWindowTitle(self.tr("History"))
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels(
            [self.tr("When"), self.tr("What was done"), self.tr("Size")]
        )
        self.table.setAccessibleName(self.tr("Batches, the newest first"))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._update_buttons)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.resize(680, 420)
        self._read()

    @property
    def text(self) -> str:
        """What it says below the table."""
        return self._text.text()

    def done(self, result: int) -> None:
        """Stop what runs before the dialog closes."""
        self._runner.shut_down()
        if self._is_moving:
            self._is_moving = False
            self.stopped.emit()
        super().done(result)

    def _lay_out(self) -> None:
        self.undo_button = QPushButton(self.tr("Take this batch back"))
        self.undo_button.clicked.connect(self._undo)
        self.empty_button = QPushButton(self.tr("Empty the holding folder …"))
        self.empty_button.clicked.connect(self._ask_to_empty)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.undo_button)
        buttons.addWidget(self.empty_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._text)
        layout.addLayout(buttons)

    def _read(self) -> None:
        self._runner.start(lambda _control: self._clearing.history())
        self._update_buttons()

    @Slot(object)
    def _take(self, result: History | BatchReport) -> None:
        self._is_moving = False
        if isinstance(result, BatchReport):
            self._tell(result)
            self.changed.emit(result)
            self._read()
            return
        self._batches, self._held = result
        self.table.setRowCount(len(self._batches))
        for row, batch in enumerate(self._batches):
            size = messages.size_text(batch.bytes)
            for column, text in enumerate((_when(batch), self._what(batch), size)):
                self.table.setItem(row, column, QTableWidgetItem(text))
        if self._batches:
            self.table.selectRow(0)
        elif not self._text.text():
            self._text.setText(self.tr("Nothing was cleared yet."))
        self._update_buttons()

    def _tell(self, report: BatchReport) -> None:
        lines = [self.tr("Done: {photos}.").format(photos=count_photos(len(report.done)))]
        lines += [
            f"{printable(left.path)}: {messages.obstacle_name(left.obstacle)}"
            for left in report.left
        ]
        lines += report.notes
        if report.stopped is not None:
            lines.append(report.stopped)
        self._text.setText("\n".join(lines))

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        self._text.setText(messages.error_text(error))
        self._update_buttons()

    @Slot()
    def _update_buttons(self) -> None:
        row = self.table.currentRow()
        idle = not self._runner.is_running
        chosen = self._batches[row] if 0 <= row < len(self._batches) else None
        self.undo_button.setEnabled(idle and chosen is not None and chosen.can_be_undone)
        self.empty_button.setEnabled(idle and self._held.files > 0)

    @Slot()
    def _undo(self) -> None:
        batch = self._batches[self.table.currentRow()].id
        self._is_moving = True
        self._runner.start(lambda control: self._clearing.undo(batch, control))
        self._update_buttons()

    @Slot()
    def _ask_to_empty(self) -> None:
        text = self.tr(
            "Put {files} ({size}) into the system's trash? They can then no longer be taken back "
            "here, only from the trash."
        )
        files, size = count_files(self._held.files), messages.size_text(self._held.bytes)
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Empty the holding folder"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text.format(files=files, size=size))
        empty = box.addButton(self.tr("Put into the trash"), QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        empty.clicked.connect(self._empty)
        box.open()

    @Slot()
    def _empty(self) -> None:
        self._is_moving = True
        self._runner.start(self._clearing.empty)
        self._update_buttons()

    def _what(self, batch: BatchSummary) -> str:
        acts = {
            Act.DISCARD: self.tr("cleared"),
            Act.HARD_LINK: self.tr("replaced by links"),
            Act.MOVE: self.tr("moved"),
        }
        states = {
            State.INTENDED: self.tr("interrupted"),
            State.DONE: acts.get(batch.act, batch.act.value),
            State.REVERTED: self.tr("not done"),
            State.UNDOING: self.tr("interrupted on the way back"),
            State.UNDONE: self.tr("taken back"),
            State.TRASHING: self.tr("interrupted on the way to the trash"),
            State.TRASHED: self.tr("in the trash"),
        }
        return ", ".join(
            f"{QLocale().toString(batch.entries[state])} {words}"
            for state, words in states.items()
            if batch.entries.get(state)
        )


def _when(batch: BatchSummary) -> str:
    created = QDateTime.fromString(batch.created, Qt.DateFormat.ISODate).toLocalTime()
    return QLocale().toString(created, QLocale.FormatType.ShortFormat)
