"""What the user decided by hand, with the way back: no duplicates, and chosen keepers."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from photodedup.core.decisions import Decision
from photodedup.core.keeper_choices import KeeperChoice
from photodedup.gui import messages
from photodedup.gui.clearing_core import Clearing
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.photo_model import printable
from photodedup.gui.rows_model import Column, RowsModel
from photodedup.gui.tables import make_table


@dataclass(frozen=True, slots=True)
class _Row:
    """One decision, ready to be shown and to be taken back."""

    created: str
    decided: Decision | KeeperChoice

    def take_back(self, clearing: Clearing) -> None:
        if isinstance(self.decided, Decision):
            clearing.revoke(self.decided.id)
        else:
            clearing.revoke_choice(self.decided.id)


class DecisionsDialog(QDialog):
    """Reads the decisions in a job; taking one back is a job too."""

    changed = Signal()

    def __init__(self, clearing: Clearing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clearing = clearing
        self.setWindowTitle(self.tr("Decisions"))
        self.model = RowsModel(
            (
                Column(self.tr("When"), lambda row: _when(row.created)),
                Column(self.tr("Decision"), self._what),
                Column(self.tr("Photos"), _photos),
            ),
            self,
        )
        self.table = make_table(self.model, (2,), self.windowTitle())
        self.table.selectionModel().currentChanged.connect(self._enable)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self.back_button = QPushButton(self.tr("Take it back"))
        self.back_button.clicked.connect(self._take_back)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        close.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._text)
        layout.addLayout(buttons)
        self.resize(820, 420)
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._show)
        self._runner.failed.connect(self._show_failure)
        self._read(None)

    @property
    def text(self) -> str:
        """What it says below the table."""
        return self._text.text()

    def done(self, result: int) -> None:
        """Wait for what is being written before the dialog closes."""
        self._runner.wait()
        super().done(result)

    def _read(self, back: _Row | None) -> None:
        """Read the decisions, after one was taken back."""
        clearing = self._clearing

        def read(_control: object) -> tuple[bool, list[_Row]]:
            if back is not None:
                back.take_back(clearing)
            decided: Sequence[Decision | KeeperChoice] = (
                *clearing.rejections(),
                *clearing.keeper_choices(),
            )
            rows = [_Row(one.created, one) for one in decided]
            return back is not None, sorted(rows, key=lambda row: row.created, reverse=True)

        self._runner.start(read)
        self._enable()

    def _what(self, row: _Row) -> str:
        if isinstance(row.decided, Decision):
            return self.tr("no duplicates")
        return self.tr("keeper chosen")

    @Slot(object)
    def _show(self, answer: tuple[bool, list[_Row]]) -> None:
        was_taken_back, rows = answer
        self.model.show(rows)
        self._text.setText("" if rows else self.tr("Nothing was decided by hand."))
        if rows:
            self.table.selectRow(0)
        self._enable()
        if was_taken_back:
            self.changed.emit()

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        self._text.setText(messages.error_text(error))
        self._enable()

    @Slot()
    def _enable(self) -> None:
        chosen = self.table.currentIndex().isValid()
        self.back_button.setEnabled(chosen and not self._runner.is_running)

    @Slot()
    def _take_back(self) -> None:
        row: _Row = self.model.row(self.table.currentIndex().row())
        self._read(row)


def _photos(row: _Row) -> str:
    decided = row.decided
    paths = decided.paths if isinstance(decided, Decision) else (decided.path,)
    return "; ".join(printable(path) for path in paths)


def _when(created: str) -> str:
    moment = QDateTime.fromString(created, Qt.DateFormat.ISODate).toLocalTime()
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
