"""Clears the marked photos: reads them again, shows all that would go, acts, says what was done."""

from PySide6.QtCore import QAbstractItemModel, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.job import Progress
from photodedup.core.obstacles import BatchReport, LeftAlone
from photodedup.core.plan import Plan
from photodedup.gui import messages
from photodedup.gui.clearing_core import Clearing, ClearRequest
from photodedup.gui.counting import count_files, count_photos
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.plan_model import left_model, plan_model

BAR_STEPS = 1000


class ClearDialog(QDialog):
    """Nothing is touched before the second button is pressed."""

    cleared = Signal(object)  # BatchReport, also after an undo
    stopped = Signal()  # it was closed while files were moved: some are no longer where they were

    def __init__(
        self, clearing: Clearing, request: ClearRequest, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._clearing = clearing
        self._request = request
        self._plan: Plan | None = None
        self._report: BatchReport | None = None
        self._is_moving = False
        self._runner = JobRunner(self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.failed.connect(self._show_failure)
        self._runner.cancelled.connect(self.reject)
        self._runner.succeeded.connect(self._take)
        self.setWindowTitle(self.tr("Clear photos"))
        self._text, self._left_text = QLabel(), QLabel()
        for label in (self._text, self._left_text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._table, self._left_table = _table(), _table()
        self._table.setAccessibleName(self.tr("Files that go"))
        self._left_table.setAccessibleName(self.tr("Files that stay"))
        self._lay_out()
        self.resize(900, 560)
        self._start_planning()

    @property
    def text(self) -> str:
        """What it says above."""
        return self._text.text()

    @property
    def is_moving(self) -> bool:
        """Whether files are being moved now."""
        return self._is_moving

    @property
    def table_model(self) -> QAbstractItemModel:
        """What is listed to go."""
        return self._table.model()

    @property
    def left_model(self) -> QAbstractItemModel:
        """What is listed to stay."""
        return self._left_table.model()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what runs; what was done until then is in the history."""
        self._stop()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close, also by Escape."""
        self._stop()
        super().reject()

    def _stop(self) -> None:
        self._runner.shut_down()
        if self._is_moving:
            self._is_moving = False
            self.stopped.emit()

    def _lay_out(self) -> None:
        self.act_button = QPushButton()
        self.act_button.clicked.connect(self._start_applying)
        self.undo_button = QPushButton(self.tr("Take all of it back"))
        self.undo_button.clicked.connect(self._start_undoing)
        self.close_button = QPushButton(self.tr("Cancel"))
        self.close_button.clicked.connect(self.reject)
        self.close_button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.undo_button, self.act_button, self.close_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(self._progress)
        layout.addWidget(self._table, 3)
        layout.addWidget(self._left_text)
        layout.addWidget(self._left_table, 1)
        layout.addLayout(buttons)

    def _show(self, *widgets: QWidget) -> None:
        """Show these of the parts that come and go."""
        for widget in (
            self._progress,
            self._table,
            self._left_text,
            self._left_table,
            self.act_button,
            self.undo_button,
        ):
            widget.setVisible(widget in widgets)

    def _start_planning(self) -> None:
        self._text.setText(self.tr("The marked photos and those that stay are read again …"))
        self._show(self._progress)
        self._runner.start(lambda control: self._clearing.plan(self._request, control))

    @Slot()
    def _start_applying(self) -> None:
        plan = self._plan
        assert plan is not None
        self._text.setText(self.tr("Moving photos into the holding folder …"))
        self._show(self._progress)
        self._is_moving = True
        self._runner.start(lambda control: self._clearing.apply(plan, control))

    @Slot()
    def _start_undoing(self) -> None:
        assert self._report is not None
        batch = self._report.batch
        self._text.setText(self.tr("Putting photos back …"))
        self._show(self._progress)
        self._is_moving = True
        self._runner.start(lambda control: self._clearing.undo(batch, control))

    @Slot(object)
    def _take(self, result: object) -> None:
        if isinstance(result, Plan):
            self._confirm(result)
            return
        assert isinstance(result, BatchReport)
        self._is_moving = False
        was_undo = self._report is not None
        self._report = result
        self._show_report(result, was_undo)
        self.cleared.emit(result)

    def _confirm(self, plan: Plan) -> None:
        """Show every path, the keeper beside it, and the bytes gained."""
        self._plan = plan
        photos = len(plan.discards)
        files = sum(len(discard.files) for discard in plan.discards)
        if not photos:
            self._text.setText(self.tr("None of the marked photos can be cleared safely."))
            self.close_button.setText(self.tr("Close"))
            self._show(*self._show_left(plan.kept_back))
            return
        text = self.tr(
            "{photos} ({files}) go into the folder .photodedup-holding of the folder that was "
            "scanned. {size} are gained once that is emptied. Until then all of it can be taken "
            "back."
        )
        self._text.setText(
            text.format(
                photos=count_photos(photos),
                files=count_files(files),
                size=messages.size_text(plan.bytes_gained),
            )
        )
        _fill(self._table, plan_model(plan, self))
        self.act_button.setText(self.tr("Clear {photos}").format(photos=count_photos(photos)))
        self.close_button.setDefault(True)
        self._show(self._table, self.act_button, *self._show_left(plan.kept_back))

    def _show_report(self, report: BatchReport, was_undo: bool) -> None:
        text = (
            self.tr("{photos} are back in their places.")
            if was_undo
            else self.tr("{photos} were cleared ({size}).")
        )
        lines = [
            text.format(
                photos=count_photos(len(report.done)), size=messages.size_text(report.bytes)
            )
        ]
        if report.interrupted:
            lines.append(self.tr("It was stopped before the end; what was done is kept."))
        if report.stopped is not None:
            lines.append(report.stopped)
        lines += report.notes
        self._text.setText("\n".join(lines))
        self.close_button.setText(self.tr("Close"))
        shown = self._show_left(report.left)
        if report.done and not was_undo:
            shown.append(self.undo_button)
        self._show(*shown)

    def _show_left(self, left: tuple[LeftAlone, ...]) -> list[QWidget]:
        """Prepare the list of what stays; what of it is to be shown."""
        if not left:
            return []
        self._left_text.setText(self.tr("Stays where it is:"))
        _fill(self._left_table, left_model(left, self))
        return [self._left_text, self._left_table]

    @Slot(object)
    def _show_progress(self, progress: Progress) -> None:
        if progress.total:
            self._progress.setRange(0, BAR_STEPS)
            self._progress.setValue(round(BAR_STEPS * progress.done / progress.total))
        else:
            self._progress.setRange(0, 0)

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        if self._is_moving:
            self._is_moving = False
            self.stopped.emit()
        self._text.setText(messages.error_text(error))
        self.close_button.setText(self.tr("Close"))
        self._show()


def _table() -> QTableView:
    table = QTableView()
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.verticalHeader().hide()
    return table


def _fill(table: QTableView, model: QAbstractItemModel) -> None:
    table.setModel(model)
    stretch, fit = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.ResizeToContents
    header = table.horizontalHeader()
    last = model.columnCount() - 1
    for column in range(last + 1):
        header.setSectionResizeMode(column, stretch if column in (0, last) else fit)
