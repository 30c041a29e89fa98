"""The main window: folders on the left, the pages in the middle, the scan below."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QMainWindow,
    QSizePolicy,
    QToolBar,
    QWidget,
)

from photodedup.gui import dropping, messages
from photodedup.gui.backend import Backend
from photodedup.gui.folders_panel import FoldersPanel
from photodedup.gui.image_loader import PairLoader
from photodedup.gui.pages import Pages
from photodedup.gui.position import Position
from photodedup.gui.scan_bar import ScanBar
from photodedup.gui.searcher import Searcher
from photodedup.gui.session import Session
from photodedup.gui.strictness_bar import StrictnessBar
from photodedup.gui.thumbnails import ThumbnailCache, ThumbnailLoader
from photodedup.gui.watcher import Watcher
from photodedup.gui.window_actions import WindowActions
from photodedup.gui.window_dialogs import WindowDialogs
from photodedup.gui.window_settings import WindowSettings

STATE_VERSION = 1
SAVE_DELAY_MS = 1500
FIRST_SIZE = (1180, 700)


class MainWindow(QMainWindow):
    """Joins the pages; what they show comes from the session."""

    language_chosen = Signal(str)

    def __init__(self, session: Session, backend: Backend, settings: WindowSettings) -> None:
        super().__init__()
        self.session = session
        self._backend = backend
        self._settings = settings
        self._scan_again = False
        self.setWindowTitle("photodedup")
        self.setAcceptDrops(True)
        self.window_actions = WindowActions(self.palette(), self)
        self._loader = ThumbnailLoader(backend.open_previews, self)
        self.thumbnails = ThumbnailCache(self._loader, parent=self)
        self._searcher = Searcher(backend, self)
        self.watcher = Watcher(session, self)
        self._pairs = PairLoader(backend, self)
        self.pages = Pages(
            session, self._searcher, self._pairs, self.thumbnails, self.window_actions
        )
        self.setCentralWidget(self.pages)
        self._make_frame()
        self._connect_session()
        self._connect_actions()
        self._restore()
        self._update_actions()

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Scan folders, and search for photos like files."""
        folders = [path for path in paths if path.is_dir()]
        files = tuple(path for path in paths if not path.is_dir())
        if folders:
            self.add_folders(folders)
        if files:
            self.pages.search_by(dropping.Dropped(files=files))

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Add folders and scan; while a scan runs, they are scanned after it."""
        self.pages.show_duplicates()
        self.session.add_folders(folders)
        self._settings.remember_recent(map(dropping.absolute, folders))
        self._show_recent()
        self.rescan()

    def release(self) -> None:
        """Stop this window's own threads; the session goes on."""
        self._save_soon.stop()
        self.pages.shut_down()
        self.watcher.shut_down()
        self._searcher.shut_down()
        self._pairs.shut_down()
        self._loader.shut_down()

    def save(self) -> None:
        """Write what the next run takes up."""
        self._settings.folders = list(self.session.folders)
        self._settings.protected = list(self.session.protected)
        excluded = self.session.excluded
        self._settings.options = replace(self._settings.options, excluded=excluded)
        self._settings.position = Position(
            self.pages.tabs.currentIndex(),
            self.session.strictness,
            self.pages.duplicates.position(),
            self.pages.similar.position(),
        )
        self._settings.set_geometry("window", self.saveGeometry())
        self._settings.set_geometry("panels", self.saveState(STATE_VERSION))
        self._settings.set_geometry("duplicates", self.pages.duplicates.save_state())
        self._settings.set_geometry("similar", self.pages.similar.save_state())
        self._settings.sync()

    @Slot()
    def _save_now(self) -> None:
        self.save()  # a crash may come at any moment

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop everything that runs beside the window before it goes."""
        self._scan_again = False
        self._save_soon.stop()
        self.save()
        self.release()
        self.session.shut_down()
        self._backend.close()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Draw icons in the colours of a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.centralWidget() is not None:
            self.window_actions.redraw(self.palette())
            self.folders_panel.redraw()
            self.pages.redraw()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders, photos and pictures."""
        self._consider(event)
        if event.isAccepted():
            self.pages.search.prepare()  # done before most people let go

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take folders, photos and pictures."""
        self._consider(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Folders are scanned, photos searched for."""
        dropped = dropping.read(event.mimeData())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._take(dropped)

    def _take(self, dropped: dropping.Dropped) -> None:
        if dropped.folders:
            self.add_folders(dropped.folders)
        elif not dropped.is_empty:
            self.pages.search_by(dropped)

    def _consider(self, event: QDragMoveEvent) -> None:
        if dropping.can_read(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def _make_frame(self) -> None:
        actions = self.window_actions
        self.folders_panel = FoldersPanel(self.session, actions.add_folder)
        dock = QDockWidget(self.tr("Folders"))
        dock.setObjectName("folders")
        dock.setWidget(self.folders_panel)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        self.resizeDocks([dock], [210], Qt.Orientation.Horizontal)
        bar = QToolBar(self.tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addActions([actions.add_folder, actions.scan, actions.choose_query])
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        bar.addWidget(StrictnessBar(self.session))
        bar.addSeparator()
        bar.addAction(self.pages.mark_actions.clear)
        self.addToolBar(bar)
        self.scan_bar = ScanBar(self.session, actions.pause, actions.cancel)
        self.setStatusBar(self.scan_bar)
        self.watcher.said.connect(self.scan_bar.show_watching)
        keys = actions.fill_menus(
            self,
            self.pages.photo_actions,
            self.pages.mark_actions,
            self.pages.tab_actions,
            dock.toggleViewAction(),
        )
        keys.append((self.tr("Comparing"), self.pages.compare.actions()))
        keys.append((self.tr("Searching"), self.pages.search.actions()))
        dialogs = WindowDialogs(
            self.session,
            self.pages,
            actions,
            self._settings,
            keys,
            lambda: self.scan_bar.device_text,
            self,
        )
        dialogs.rescan_wanted.connect(self.rescan)
        dialogs.edited.connect(self.rescan_edited)
        dialogs.clearing.connect(self.watcher.hold)
        dialogs.language_chosen.connect(self.language_chosen)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def _connect_session(self) -> None:
        session = self.session
        session.folders_changed.connect(self._update_actions)
        session.scan_started.connect(self._update_actions)
        session.scan_paused.connect(self._show_paused)
        session.scan_ended.connect(self._scan_ended)

    def _connect_actions(self) -> None:
        actions = self.window_actions
        actions.add_folder.triggered.connect(self._choose_folder)
        actions.choose_query.triggered.connect(self._choose_query)
        actions.paste_query.triggered.connect(self._paste_query)
        actions.quit.triggered.connect(self.close)
        actions.scan.triggered.connect(self.rescan)
        actions.pause.triggered.connect(self.session.pause_scan)
        actions.cancel.triggered.connect(self.session.cancel_scan)
        actions.next_group.triggered.connect(self._next_group)
        actions.previous_group.triggered.connect(self._previous_group)
        self.pages.problems.retry_requested.connect(self._retry)
        self.folders_panel.edited.connect(self.rescan_edited)
        self.pages.photo_actions.failed.connect(self.scan_bar.say)
        self.pages.welcome.folder_made.connect(self._add_sample)
        self.pages.welcome.failed.connect(self._show_no_sample)
        self.pages.changed.connect(self._update_actions)
        self._save_soon = QTimer(self, singleShot=True, interval=SAVE_DELAY_MS)
        self._save_soon.timeout.connect(self._save_now)
        for moved in (
            self.pages.changed,
            self.pages.duplicates.moved,
            self.pages.similar.moved,
            self.session.folders_changed,
            self.session.result_changed,
        ):
            moved.connect(self._save_soon.start)

    def _restore(self) -> None:
        if not self.restoreGeometry(self._settings.geometry("window")):
            self.resize(*FIRST_SIZE)
        self.restoreState(self._settings.geometry("panels"), STATE_VERSION)
        self.pages.duplicates.restore_state(self._settings.geometry("duplicates"))
        self.pages.similar.restore_state(self._settings.geometry("similar"))
        position = self._settings.position
        self.pages.duplicates.restore_position(position.duplicates)
        self.pages.similar.restore_position(position.similar)
        self.pages.tabs.setCurrentIndex(position.tab)
        self._show_recent()

    def _show_recent(self) -> None:
        self.window_actions.show_recent(self._settings.recent, self._add_recent)

    def _add_recent(self, folder: Path) -> None:
        self.add_folders([folder])

    @Slot()
    def _update_actions(self) -> None:
        actions, scanning = self.window_actions, self.session.is_scanning
        actions.scan.setEnabled(bool(self.session.folders) and not scanning)
        self.pages.problems.allow_retry(actions.scan.isEnabled())
        has_result = self.session.result is not None
        for action in (actions.pairs, actions.coverage):
            action.setEnabled(has_result and bool(self.session.folders) and not scanning)
        actions.pause.setEnabled(scanning)
        actions.cancel.setEnabled(scanning)
        actions.show_paused(self.session.is_paused, self.palette())
        has_group = self.pages.review is not None and self.pages.review.group is not None
        actions.next_group.setEnabled(has_group)
        actions.previous_group.setEnabled(has_group)

    @Slot()
    def rescan(self) -> None:
        """Scan now, or after the scan that runs."""
        if self.session.is_scanning:
            self._scan_again = True
        elif self.session.folders:
            self.session.start_scan()

    @Slot()
    def _retry(self) -> None:
        """Scan again, and try what could not be read once more."""
        if self.session.folders and not self.session.is_scanning:
            self.session.start_scan(retry=True)

    @Slot()
    def rescan_edited(self) -> None:
        """What is shown should fit the folders; what is cached makes this quick."""
        if self.session.result is not None:
            self.rescan()

    @Slot()
    def _scan_ended(self) -> None:
        self._update_actions()
        if self._scan_again:
            self._scan_again = False
            self.rescan()

    @Slot(bool)
    def _show_paused(self, _paused: bool) -> None:
        self._update_actions()

    @Slot()
    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Add a folder"))
        if chosen:
            self.add_folders([Path(chosen)])

    @Slot(object)
    def _add_sample(self, folder: Path) -> None:
        self.add_folders([folder])

    @Slot(object)
    def _show_no_sample(self, error: Exception) -> None:
        self.scan_bar.say(messages.error_text(error))

    @Slot()
    def _choose_query(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, self.tr("Search by photo"))
        if chosen:
            self.pages.search_by(dropping.Dropped(files=tuple(map(Path, chosen))))

    @Slot()
    def _paste_query(self) -> None:
        dropped = dropping.read(QGuiApplication.clipboard().mimeData())
        if dropped.is_empty:
            self.scan_bar.say(self.tr("There is no picture on the clipboard"))
        else:
            self._take(dropped)

    @Slot()
    def _next_group(self) -> None:
        self.pages.step_group(1)

    @Slot()
    def _previous_group(self) -> None:
        self.pages.step_group(-1)
