"""Runs one long job beside the window: progress by polling, one signal at the end."""

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from photodedup.core.errors import UserError
from photodedup.core.job import JobCancelled, JobControl

logger = logging.getLogger(__name__)

Job = Callable[[JobControl], object]
"""Runs on a thread of its own: it may touch no widget, no pixmap and no tr()."""

POLL_MS = 100


class JobRunner(QObject):
    """One job at a time; every public signal arrives on the window's thread."""

    progressed = Signal(object)  # job.Progress
    succeeded = Signal(object)  # what the job returned
    failed = Signal(object)  # the exception
    cancelled = Signal()
    _ended = Signal(object)  # emitted on the worker, received on the window's thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._control = JobControl()
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        # A bound slot, not a lambda: only this is carried to the window's thread.
        self._ended.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        """Whether a job was started whose end was not yet announced."""
        return self._thread is not None

    @property
    def control(self) -> JobControl:
        """The control of the current job, or of the last."""
        return self._control

    def start(self, job: Job) -> JobControl:
        """Start the job. Raises RuntimeError while another runs."""
        if self._thread is not None:
            raise RuntimeError("a job is already running")
        self._control = JobControl()
        self._thread = threading.Thread(target=self._run, args=(job, self._control), name="job")
        self._thread.start()
        self._timer.start()
        return self._control

    def wait(self) -> None:
        """Wait for the end of the job, announcing nothing; for closing windows."""
        self._timer.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def shut_down(self) -> None:
        """Cancel the job and wait for its end, announcing nothing; for closing windows."""
        self._control.cancel()
        self.wait()

    def _run(self, job: Job, control: JobControl) -> None:
        outcome: tuple[str, object]
        try:
            outcome = ("succeeded", job(control))
        except JobCancelled:
            outcome = ("cancelled", None)
        except UserError as error:
            logger.info("The job stopped: %s", error)
            outcome = ("failed", error)
        except Exception as error:  # the edge of one job: the window shows it
            logger.exception("The job failed")
            outcome = ("failed", error)
        self._ended.emit((control, *outcome))

    @Slot()
    def _poll(self) -> None:
        self.progressed.emit(self._control.progress())

    @Slot(object)
    def _finish(self, ending: tuple[JobControl, str, object]) -> None:
        control, outcome, value = ending
        if self._thread is None or control is not self._control:
            return  # it was shut down while this was on its way
        self._timer.stop()
        self._thread.join()
        self._thread = None
        if outcome == "succeeded":
            self.succeeded.emit(value)
        elif outcome == "failed":
            self.failed.emit(value)
        else:
            self.cancelled.emit()
