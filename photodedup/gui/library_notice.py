"""Tells the user that the library was restored from a backup, once and wherever it happened."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from photodedup.core.library_backup import Restoration, take_notice


class LibraryNotice(QObject):
    """Asks after each scan: the scan opens the library first, and so it is restored there."""

    def __init__(
        self, data_folder: Path, window: Callable[[], QWidget], parent: QObject | None = None
    ) -> None:
        """window: gives the present window."""
        super().__init__(parent)
        self._data_folder = data_folder
        self._window = window

    @Slot()
    def tell(self) -> None:
        """Show what was restored since the last time, if anything."""
        restored = take_notice(self._data_folder)
        if restored is None:
            return
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            self.tr("The library was restored"),
            self._text(restored),
            QMessageBox.StandardButton.Ok,
            self._window(),
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _text(self, restored: Restoration) -> str:
        moment = QDateTime.fromSecsSinceEpoch(round(restored.saved_at.timestamp()))
        saved = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
        text = self.tr(
            "The library of your decisions was damaged and is restored from its backup of {saved}. "
            "What you decided after that is lost; no photo is."
        ).format(saved=saved)
        if restored.damaged is not None:
            kept = self.tr("The damaged file is kept as {path}.").format(path=restored.damaged)
            text = f"{text}\n\n{kept}"
        return text
