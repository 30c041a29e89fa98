"""The dialogs of the main window: they open above it, and it goes on behind them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMessageBox

from photodedup.core.obstacles import BatchReport
from photodedup.gui import messages
from photodedup.gui.clear_dialog import ClearDialog
from photodedup.gui.help_dialogs import AboutDialog, KeysDialog
from photodedup.gui.history_dialog import HistoryDialog
from photodedup.gui.report_dialog import ReportDialog
from photodedup.gui.settings_dialog import GENERAL, KEEPERS, Choices, SettingsDialog
from photodedup.gui.theme import apply_theme
from photodedup.gui.window_settings import WindowSettings

if TYPE_CHECKING:
    from photodedup.gui.main_window import MainWindow


class WindowDialogs(QObject):
    """Connects the actions that open dialogs, and does what was confirmed in them."""

    def __init__(
        self,
        window: "MainWindow",
        settings: WindowSettings,
        keys: Sequence[tuple[str, list[QAction]]],
    ) -> None:
        """keys: names of menus and their actions, for the sheet of keys."""
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._settings = settings
        self._keys = keys
        actions, marks = window.window_actions, window.pages.mark_actions
        actions.settings.triggered.connect(self._show_settings)
        actions.keep_rules.triggered.connect(self._show_keep_rules)
        actions.keys.triggered.connect(self._show_keys)
        actions.about.triggered.connect(self._show_about)
        actions.report.triggered.connect(self._show_report)
        actions.themes.triggered.connect(self._choose_theme)
        actions.languages.triggered.connect(self._choose_language)
        marks.clear.triggered.connect(self._clear)
        marks.history.triggered.connect(self._show_history)
        window.session.scan_failed.connect(self._show_failure)
        self._check_choices()

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        title = self.tr("The scan stopped")
        box = QMessageBox(QMessageBox.Icon.Warning, title, "", parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(messages.error_text(error))
        self._open(box)

    @Slot()
    def _clear(self) -> None:
        session = self._session
        dialog = ClearDialog(session.clearing, session.clear_request(), self._window)
        dialog.cleared.connect(self._after_clearing)
        self._open(dialog)

    @Slot()
    def _show_history(self) -> None:
        dialog = HistoryDialog(self._session.clearing, self._window)
        dialog.changed.connect(self._after_clearing)
        self._open(dialog)

    @Slot(object)
    def _after_clearing(self, report: BatchReport) -> None:
        """Show the folders as they are now; marks of photos that went have done their work."""
        self._session.marks.forget(report.done)
        self._window.rescan()

    @Slot()
    def _show_settings(self) -> None:
        self._open_settings(GENERAL)

    @Slot()
    def _show_keep_rules(self) -> None:
        self._open_settings(KEEPERS)

    def _open_settings(self, page: int) -> None:
        session, pages = self._session, self._window.pages
        dialog = SettingsDialog(
            Choices(self._settings.language, self._settings.theme, session.options),
            session.protected_in_order,
            session.result.groups if session.result is not None else (),
            (pages.review or pages.duplicates).group,
            self._window.scan_bar.device_text,
            self._window,
        )
        dialog.show_page(page)
        dialog.confirmed.connect(self._take_settings)
        self._open(dialog)

    @Slot(object)
    def _take_settings(self, choices: Choices) -> None:
        """Take over what was confirmed; another language makes another window, so it is last."""
        self._settings.options = choices.options
        if self._session.set_options(choices.options):
            self._window.rescan_edited()
        if choices.theme is not self._settings.theme:
            self._settings.theme = choices.theme
            apply_theme(choices.theme)
        changed = choices.language != self._settings.language
        self._settings.language = choices.language
        self._check_choices()
        if changed:
            self._window.language_chosen.emit(choices.language)

    def _check_choices(self) -> None:
        """Check the theme and the language that are chosen in their menus."""
        actions = self._window.window_actions
        for group, value in (
            (actions.themes, self._settings.theme),
            (actions.languages, self._settings.language),
        ):
            for action in group.actions():
                action.setChecked(action.data() == value)

    @Slot()
    def _show_keys(self) -> None:
        self._open(KeysDialog(self._keys, self._window))

    @Slot()
    def _show_about(self) -> None:
        result = self._session.result
        device = result.device if result else ""
        self._open(AboutDialog(device, self._session.device_reason, self._window))

    @Slot()
    def _show_report(self) -> None:
        self._open(ReportDialog(self._session.backend.bug_report, self._window))

    @Slot(QAction)
    def _choose_theme(self, action: QAction) -> None:
        self._settings.theme = action.data()
        apply_theme(action.data())

    @Slot(QAction)
    def _choose_language(self, action: QAction) -> None:
        self._settings.language = action.data()
        self._window.language_chosen.emit(action.data())
