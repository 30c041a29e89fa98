"""What a bug report needs, shown before it is copied."""

from collections.abc import Callable

from PySide6.QtCore import QSaveFile, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.job import JobControl
from photodedup.gui import messages
from photodedup.gui.job_runner import JobRunner

FIRST_SIZE = (680, 520)


class ReportDialog(QDialog):
    """The report, with the choice of personal paths, to be copied or saved."""

    def __init__(self, report: Callable[[bool], str], parent: QWidget | None = None) -> None:
        """report: makes the text, with paths or without; called beside the window."""
        super().__init__(parent)
        self._report = report
        self.setWindowTitle(self.tr("Report a problem"))
        explained = QLabel(
            self.tr(
                "Versions, figures and the last problems. Nothing is sent: copy it into your "
                "report, and add what you did and what happened."
            )
        )
        explained.setWordWrap(True)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(self.tr("Report"))
        self.with_paths = QCheckBox(self.tr("With the names of photos and folders, and the log"))
        self.with_paths.toggled.connect(self._refresh)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self._buttons: list[QPushButton] = []
        for text, act in ((self.tr("&Copy"), self.copy), (self.tr("&Save …"), self._save)):
            button = buttons.addButton(text, role)
            button.clicked.connect(act)
            self._buttons.append(button)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (explained, self._text, self.with_paths, buttons):
            layout.addWidget(widget)
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._show)
        self._runner.failed.connect(self._show_failure)
        self.finished.connect(self._runner.shut_down)
        self.resize(*FIRST_SIZE)
        self._refresh()

    @property
    def text(self) -> str:
        """What is shown; empty while it is made."""
        return self._text.toPlainText()

    @Slot()
    def copy(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    @Slot()
    def _refresh(self) -> None:
        report, with_paths = self._report, self.with_paths.isChecked()

        def make(_control: JobControl) -> str:
            return report(with_paths)

        self._text.clear()
        self._set_enabled(False)
        self._runner.start(make)

    @Slot(object)
    def _show(self, text: str) -> None:
        self._text.setPlainText(text)
        self._set_enabled(True)

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        self._text.setPlainText(messages.error_text(error))
        self._set_enabled(True)

    def _set_enabled(self, enabled: bool) -> None:
        for widget in (*self._buttons, self.with_paths):
            widget.setEnabled(enabled)

    @Slot()
    def _save(self) -> None:
        name = "photodedup-report.txt"
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save the report"), name)
        if not chosen:
            return
        file = QSaveFile(chosen)
        data = self.text.encode("utf-8")
        if (
            not file.open(QSaveFile.OpenModeFlag.WriteOnly)
            or file.write(data) != len(data)
            or not file.commit()
        ):
            self._text.setPlainText(file.errorString())
