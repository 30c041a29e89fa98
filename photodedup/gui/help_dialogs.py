"""The sheet of keys, and what a bug report needs."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from photodedup import __version__
from photodedup.core.environment import installed_versions
from photodedup.gui import icons
from photodedup.gui.window_actions import without_mnemonic

NATIVE = QKeySequence.SequenceFormat.NativeText


class KeysDialog(QDialog):
    """Every key, by the part of the window it belongs to."""

    def __init__(
        self, sections: Iterable[tuple[str, Iterable[QAction]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard"))
        self._table = QTableWidget(0, 2)
        self._table.horizontalHeader().hide()
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for title, actions in sections:
            self._add_section(title, actions)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._table)
        layout.addWidget(buttons)
        self.resize(480, 560)

    def keys(self) -> dict[str, str]:
        """What is listed: the act and its keys."""
        rows = range(self._table.rowCount())
        texts = [[self._table.item(row, column) for column in (0, 1)] for row in rows]
        return {act.text(): keys.text() for act, keys in texts if act and keys}

    def _add_section(self, title: str, actions: Iterable[QAction]) -> None:
        self._add_row(title, None)
        for action in actions:
            keys = ", ".join(keys.toString(NATIVE) for keys in action.shortcuts())
            if keys:
                self._add_row(without_mnemonic(action.text()), keys)

    def _add_row(self, text: str, keys: str | None) -> None:
        row = self._table.rowCount()
        self._table.insertRow(row)
        left = QTableWidgetItem(text)
        self._table.setItem(row, 0, left)
        if keys is None:
            font = left.font()
            font.setBold(True)
            left.setFont(font)
            self._table.setSpan(row, 0, 1, 2)
        else:
            self._table.setItem(row, 1, QTableWidgetItem(keys))


class AboutDialog(QDialog):
    """Name and version, and the versions of everything that matters, ready to be copied."""

    def __init__(self, device: str, device_reason: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About photodedup"))
        picture = QLabel()
        picture.setPixmap(icons.render("photodedup", QSize(64, 64), scale=self.devicePixelRatioF()))
        title = QLabel(f"photodedup {__version__}")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        title.setFont(font)
        text = QLabel(
            self.tr("Finds near-duplicate photos, and photos like an example.\nApache License 2.0")
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._report = QPlainTextEdit(report_text(device, device_reason))
        self._report.setReadOnly(True)
        self._report.setAccessibleName(self.tr("Versions, for a bug report"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(
            self.tr("Copy for a bug report"), QDialogButtonBox.ButtonRole.ActionRole
        )
        copy.clicked.connect(self.copy_report)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (picture, title, text):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._report)
        layout.addWidget(buttons)
        self.resize(520, 460)

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self._report.toPlainText())


def report_text(device: str, device_reason: str) -> str:
    """Versions and device, one a line."""
    lines = [f"{name} {version}" for name, version in installed_versions().items()]
    if device:
        lines.append(f"device {device}" + (f" ({device_reason})" if device_reason else ""))
    return "\n".join(lines)
