"""The status bar's inhabitants: what the scan does, how far it is, and the way to stop it."""

from PySide6.QtCore import QLocale, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from photodedup.core.job import Progress
from photodedup.gui import messages
from photodedup.gui.counting import count_photos
from photodedup.gui.session import Session

BAR_WIDTH = 220
BAR_STEPS = 1000
SAY_MS = 6000


class ScanBar(QStatusBar):
    """Shows the session's scan; the actions it offers belong to the window."""

    def __init__(
        self, session: Session, pause: QAction, cancel: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._text = QLabel()
        self._progress = QProgressBar()
        self._progress.setFixedWidth(BAR_WIDTH)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(self.tr("Progress of the scan"))
        self._pause, self._cancel = QToolButton(), QToolButton()
        self._pause.setDefaultAction(pause)
        self._cancel.setDefaultAction(cancel)
        self._device, self._watch = QLabel(), QLabel()
        self._watch.setTextFormat(Qt.TextFormat.PlainText)
        self.addWidget(self._text, 1)
        for widget in (self._progress, self._pause, self._cancel, self._watch, self._device):
            self.addPermanentWidget(widget)
        session.scan_started.connect(self._started)
        session.scan_progressed.connect(self._show_progress)
        session.scan_paused.connect(self._show_paused)
        session.scan_ended.connect(self._show_rest)
        session.scan_cancelled.connect(self._show_cancelled)
        self.show_watching("", "")
        self._show_rest()

    @property
    def text(self) -> str:
        """What is written."""
        return self._text.text()

    @property
    def device_text(self) -> str:
        """What the last scan ran on, and why; empty before the first."""
        return self._device.toolTip()

    @property
    def watch_text(self) -> str:
        """What is said of watching; empty where nothing is watched."""
        return self._watch.text()

    @property
    def watch_details(self) -> str:
        """How each folder is watched, a line each."""
        return self._watch.toolTip()

    @Slot(str, str)
    def show_watching(self, line: str, details: str) -> None:
        """Say that folders are watched, or what came of it."""
        self._watch.setText(line)
        self._watch.setToolTip(details)
        self._watch.setVisible(bool(line))

    @Slot(str)
    def say(self, text: str) -> None:
        """Say something for a moment, in place of the scan."""
        self.showMessage(text, SAY_MS)

    @Slot()
    def _started(self) -> None:
        self._text.setText(self.tr("Starting …"))
        self._progress.setRange(0, 0)
        self._set_running(True)

    @Slot(object)
    def _show_progress(self, progress: Progress) -> None:
        if self._session.is_paused:
            return
        self._text.setText(messages.progress_text(progress))
        if progress.total:
            self._progress.setRange(0, BAR_STEPS)
            self._progress.setValue(round(BAR_STEPS * progress.done / progress.total))
        else:
            self._progress.setRange(0, 0)

    @Slot(bool)
    def _show_paused(self, paused: bool) -> None:
        if paused:
            self._text.setText(self.tr("Paused"))

    @Slot()
    def _show_rest(self) -> None:
        self._set_running(False)
        result = self._session.result
        if result is None:
            self._text.setText(self.tr("Ready"))
            return
        photos = count_photos(result.counts.embedded + result.counts.from_cache)
        duration = messages.duration_text(result.seconds.get("total", 0.0))
        text = self.tr("{photos} looked at in {duration}").format(photos=photos, duration=duration)
        if result.counts.glanced:
            glanced = QLocale().toString(result.counts.glanced)
            more = self.tr("{count} more only glanced at: search does not find them")
            text = f"{text}; {more.format(count=glanced)}"
        self._text.setText(text)
        self._device.setText(self.tr("on {device}").format(device=result.device.upper()))
        text = self.tr("The network {model} ran on {device}")
        lines = [text.format(model=result.model, device=result.device.upper())]
        if self._session.device_reason:
            reason = self.tr("CUDA is not used: {reason}")
            lines.append(reason.format(reason=self._session.device_reason))
        self._device.setToolTip("\n".join(lines))

    @Slot()
    def _show_cancelled(self) -> None:
        self._text.setText(self.tr("Scan cancelled; what was read is kept for the next scan"))

    def _set_running(self, running: bool) -> None:
        for widget in (self._progress, self._pause, self._cancel):
            widget.setVisible(running)
