"""The dialogs of the main window: they open above it, and it goes on behind them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from photodedup.core.obstacles import BatchReport
from photodedup.core.records import Member
from photodedup.gui import messages
from photodedup.gui.clear_dialog import ClearDialog
from photodedup.gui.decisions_dialog import DecisionsDialog
from photodedup.gui.help_dialogs import AboutDialog, KeysDialog
from photodedup.gui.history_dialog import HistoryDialog
from photodedup.gui.overlap_dialogs import CoverageDialog, PairsDialog
from photodedup.gui.pages import Pages
from photodedup.gui.report_dialog import ReportDialog
from photodedup.gui.session import Session
from photodedup.gui.settings_dialog import GENERAL, KEEPERS, SCANNING, Choices, SettingsDialog
from photodedup.gui.theme import apply_theme
from photodedup.gui.window_actions import WindowActions
from photodedup.gui.window_settings import WindowSettings


class WindowDialogs(QObject):
    """Connects the actions that open dialogs, and does what was confirmed in them."""

    rescan_wanted = Signal()  # the files are no longer as shown
    clearing = Signal(bool)  # whether a dialog is open that moves photos
    edited = Signal()  # what is shown may no longer fit the settings
    language_chosen = Signal(str)

    def __init__(
        self,
        session: Session,
        pages: Pages,
        actions: WindowActions,
        settings: WindowSettings,
        keys: Sequence[tuple[str, list[QAction]]],
        device_text: Callable[[], str],
        parent: QWidget,
    ) -> None:
        """keys: names of menus and their actions, for the sheet of keys.

        device_text: says what the last scan ran on, and why.
        """
        super().__init__(parent)
        self._window = parent
        self._session = session
        self._pages = pages
        self._actions = actions
        self._settings = settings
        self._keys = keys
        self._device_text = device_text
        marks = pages.mark_actions
        actions.settings.triggered.connect(self._show_settings)
        actions.keep_rules.triggered.connect(self._show_keep_rules)
        pages.problems.limits_requested.connect(self._show_limits)
        actions.pairs.triggered.connect(self._show_pairs)
        actions.coverage.triggered.connect(self._show_coverage)
        actions.decisions.triggered.connect(self._show_decisions)
        actions.keys.triggered.connect(self._show_keys)
        actions.about.triggered.connect(self._show_about)
        actions.report.triggered.connect(self._show_report)
        actions.themes.triggered.connect(self._choose_theme)
        actions.languages.triggered.connect(self._choose_language)
        marks.clear.triggered.connect(self._clear)
        marks.history.triggered.connect(self._show_history)
        session.scan_failed.connect(self._show_failure)
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
        dialog.stopped.connect(self.rescan_wanted)
        self._open_clearing(dialog)

    @Slot()
    def _show_history(self) -> None:
        dialog = HistoryDialog(self._session.clearing, self._window)
        dialog.changed.connect(self._after_clearing)
        dialog.stopped.connect(self.rescan_wanted)
        self._open_clearing(dialog)

    def _open_clearing(self, dialog: QDialog) -> None:
        """Open a dialog that moves photos; nothing else reads them meanwhile."""
        self.clearing.emit(True)
        dialog.finished.connect(self._clearing_closed)
        self._open(dialog)

    @Slot()
    def _clearing_closed(self) -> None:
        self.clearing.emit(False)

    @Slot(object)
    def _after_clearing(self, report: BatchReport) -> None:
        """Show the folders as they are now; marks of photos that went have done their work."""
        self._session.marks.forget(report.done)
        self.rescan_wanted.emit()

    @Slot()
    def _show_decisions(self) -> None:
        dialog = DecisionsDialog(self._session.clearing, self._window)
        dialog.changed.connect(self._session.follow_decisions)
        self._open(dialog)

    @Slot()
    def _show_pairs(self) -> None:
        result = self._session.result
        groups = result.groups if result is not None else ()
        dialog = PairsDialog(groups, self._session.photos, self._window)
        dialog.chosen.connect(self._show_groups_of)
        self._open(dialog)

    @Slot(object)
    def _show_groups_of(self, folders: Sequence[Path]) -> None:
        self._pages.show_duplicates()
        self._pages.duplicates.filters.show_folders(folders)

    @Slot()
    def _show_coverage(self) -> None:
        session = self._session
        groups = session.result.groups if session.result is not None else ()
        dialog = CoverageDialog(session.folders, groups, session.photos, self._window)
        dialog.mark_requested.connect(self._mark_covered)
        self._open(dialog)

    @Slot(object)
    def _mark_covered(self, members: Sequence[Member]) -> None:
        text = self.tr("mark what the library has")
        self._session.marks.mark(members, True, text)

    @Slot()
    def _show_settings(self) -> None:
        self._open_settings(GENERAL)

    @Slot()
    def _show_limits(self) -> None:
        self._open_settings(SCANNING)

    @Slot()
    def _show_keep_rules(self) -> None:
        self._open_settings(KEEPERS)

    def _open_settings(self, page: int) -> None:
        session, pages = self._session, self._pages
        dialog = SettingsDialog(
            Choices(self._settings.language, self._settings.theme, session.options),
            session.protected_in_order,
            session.result.groups if session.result is not None else (),
            (pages.review or pages.duplicates).group,
            self._device_text(),
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
            self.edited.emit()
        if choices.theme is not self._settings.theme:
            self._settings.theme = choices.theme
            apply_theme(choices.theme)
        changed = choices.language != self._settings.language
        self._settings.language = choices.language
        self._check_choices()
        if changed:
            self.language_chosen.emit(choices.language)

    def _check_choices(self) -> None:
        """Check the theme and the language that are chosen in their menus."""
        for group, value in (
            (self._actions.themes, self._settings.theme),
            (self._actions.languages, self._settings.language),
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
        self.language_chosen.emit(action.data())
