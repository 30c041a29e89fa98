"""Watches the session's folders beside the window, where the settings say so."""

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal, Slot

from photodedup.core.pipeline import ScanRequest
from photodedup.core.watch_reading import WatchNews
from photodedup.gui import messages
from photodedup.gui.counting import count_folders, count_new_photos
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.photo_model import printable
from photodedup.gui.session import Session


class Watcher(QObject):
    """Says in one quiet line what it does: said(line, details).

    Nothing is read while a scan runs, or while it is held: while photos are cleared.
    """

    said = Signal(str, str)
    _told = Signal(object)  # emitted on the job's thread, received on the window's

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._request: ScanRequest | None = None  # what is watched, or about to be
        self._news = self._before = WatchNews()  # by now; at the start of the last scan
        self._is_held = False
        self._runner = JobRunner(self)
        self._runner.failed.connect(self._show_failure)
        self._runner.cancelled.connect(self._start)
        self._told.connect(self._take_news, Qt.ConnectionType.QueuedConnection)
        session.folders_changed.connect(self.follow_settings)
        session.options_changed.connect(self.follow_settings)
        session.scan_started.connect(self._scan_started)
        session.scan_ended.connect(self._pause_or_go_on)
        self.follow_settings()

    @property
    def is_watching(self) -> bool:
        """Whether folders are watched, be it that nothing is read just now."""
        return self._runner.is_running

    @property
    def is_paused(self) -> bool:
        """Whether what happens in the folders is left for later."""
        return self._runner.is_running and self._runner.control.is_paused

    @Slot()
    def follow_settings(self) -> None:
        """Watch what is to be watched by now, or nothing."""
        request = self._wanted()
        if request == self._request:
            return
        self._request = request
        if self._runner.is_running:
            self._runner.control.cancel()  # then the next one starts
        else:
            self._start()

    def hold(self, held: bool) -> None:
        """Read nothing for a while, or go on; what happens meanwhile is looked into later."""
        self._is_held = held
        self._pause_or_go_on()

    def shut_down(self) -> None:
        """Stop; takes well below a second."""
        self._request = None
        self._runner.shut_down()

    def _wanted(self) -> ScanRequest | None:
        session = self._session
        if not session.options.watch or not session.folders:
            return None
        # of all that a scan is asked for only what decides about reading: the rest may change
        request = session.scan_request()
        return ScanRequest(
            folders=request.folders,
            excluded=request.excluded,
            device=request.device,
            model=request.model,
            limits=request.limits,
        )

    @Slot()
    def _start(self) -> None:
        request = self._request
        if request is None:
            self.said.emit("", "")
            return
        self._news = self._before = WatchNews()
        backend, tell = self._session.backend, self._told.emit
        self._runner.start(lambda control: backend.watch(request, control, tell))
        self._pause_or_go_on()

    @Slot()
    def _scan_started(self) -> None:
        self._before = replace(self._news, is_reading=False)
        self._pause_or_go_on()
        self._show()

    @Slot()
    def _pause_or_go_on(self) -> None:
        if not self._runner.is_running:
            return
        if self._is_held or self._session.is_scanning:
            self._runner.control.pause()
        else:
            self._runner.control.resume()

    @Slot(object)
    def _take_news(self, news: WatchNews) -> None:
        if self._runner.is_running and self._request is not None:
            self._news = news
            self._show()

    def _show(self) -> None:
        news = self._news
        if not news.watched:
            return
        read, gone = news.read - self._before.read, news.gone - self._before.gone
        line = self.tr("Watching {folders}").format(folders=count_folders(len(news.watched)))
        if news.is_reading:
            line = self.tr("Reading new photos …")
        elif read:
            text = self.tr("{photos} read: scan to compare")
            line = text.format(photos=count_new_photos(read))
        elif gone:
            line = self.tr("Photos were deleted or moved: scan to follow")
        details = [f"{printable(one.folder)}: {messages.way_name(one.way)}" for one in news.watched]
        self.said.emit(line, "\n".join(details))

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        self._request = None
        self.said.emit(self.tr("Watching has stopped"), messages.error_text(error))
