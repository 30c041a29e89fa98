"""The application around the window: language, theme, and the window made anew for another."""

import signal
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QSocketNotifier, Qt, QTranslator, Slot
from PySide6.QtWidgets import QApplication

from photodedup.core.environment import DataFolders
from photodedup.core.resources import resource_folder
from photodedup.gui import icons
from photodedup.gui.backend import Backend, CoreBackend
from photodedup.gui.library_notice import LibraryNotice
from photodedup.gui.main_window import MainWindow
from photodedup.gui.session import Session
from photodedup.gui.theme import apply_theme
from photodedup.gui.window_settings import WindowSettings

TRANSLATIONS = resource_folder() / "translations"


class WindowApp(QObject):
    """Owns the session, which outlives a window that is replaced by one in another language."""

    def __init__(
        self,
        app: QApplication,
        backend: Backend,
        settings: WindowSettings,
        device: str = "auto",
        model: Path | None = None,
    ) -> None:
        """device, model: those of the command line, for this run; "auto", None: as was set."""
        super().__init__(app)
        self._app = app
        self._backend = backend
        self._settings = settings
        self._translators: list[QTranslator] = []
        options = settings.options
        if device != "auto":
            options = replace(options, device=device)
        if model is not None:
            options = replace(options, model=model)
        self.session = Session(backend, options, settings.marks_file, self)
        self.session.set_folders(settings.folders, settings.protected)
        self.session.set_strictness(settings.position.strictness)
        apply_theme(settings.theme)
        self._translate(settings.language)
        self.window = self._make_window()

    @classmethod
    def make(cls, folders: DataFolders, device: str, model: Path | None) -> "WindowApp":
        """Make the application with the real core."""
        app = QApplication(["photodedup"])
        app.setApplicationName("photodedup")
        app.setDesktopFileName("photodedup")
        app.setWindowIcon(icons.application_icon())
        return cls(app, CoreBackend(folders), WindowSettings(folders.data), device, model)

    def open(self, paths: Sequence[Path]) -> None:
        """Show the window; scan and search for paths, or else take up the last session."""
        self.window.show()
        if paths:
            self.window.open_paths(paths)
        elif self.session.folders:
            self.session.start_scan()  # what is cached is not read again

    def watch_library(self, data_folder: Path) -> None:
        """Tell the user when the library of this data folder was restored from a backup."""
        notice = LibraryNotice(data_folder, lambda: self.window, self)
        self.session.scan_ended.connect(notice.tell)

    @Slot(object)
    def open_more(self, paths: Sequence[Path]) -> None:
        """Come to the front, and open what a second start of the program was asked to open."""
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        dialog = QApplication.activeModalWidget()
        if dialog is not None:  # not every desktop keeps it above its window
            dialog.raise_()
        self.window.open_paths(paths)

    def exec(self) -> int:
        """Run until the window is closed, also by Ctrl-C in the terminal."""
        interrupts = _Interrupts(self._app)
        code = self._app.exec()
        interrupts.stop()
        return code

    def remove_translations(self) -> None:
        """Take the application back to the texts of the code."""
        for translator in self._translators:
            self._app.removeTranslator(translator)
        self._translators = []

    @Slot(str)
    def _change_language(self, language: str) -> None:
        """Replace the window by one in another language, where it stands and with what it shows."""
        old = self.window
        old.save()
        self._translate(language)
        self.window = self._make_window()
        self.window.show()
        old.release()
        old.hide()
        old.deleteLater()

    def _make_window(self) -> MainWindow:
        window = MainWindow(self.session, self._backend, self._settings)
        window.language_chosen.connect(self._change_language)
        return window

    def _translate(self, language: str) -> None:
        """Install the translations; "" is the system's language, else English."""
        self.remove_translations()
        locale = QLocale(language) if language else QLocale.system()
        QLocale.setDefault(locale)
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for name, folder in (("qtbase", qt_folder), ("photodedup", str(TRANSLATIONS))):
            translator = QTranslator(self)
            # English has a file too: it holds the plurals.
            if translator.load(locale, name, "_", folder) or (
                name == "photodedup" and translator.load("photodedup_en", folder)
            ):
                self._app.installTranslator(translator)
                self._translators.append(translator)


class _Interrupts(QObject):
    """Closes the windows on Ctrl-C, which Qt's loop would not let Python see."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno())
        self._before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._close_windows)

    def stop(self) -> None:
        """Give Ctrl-C back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, self._before)
        self._reader.close()
        self._writer.close()

    @Slot()
    def _close_windows(self) -> None:
        self._reader.recv(64)
        QApplication.closeAllWindows()
