"""Photos read and decoded in worker processes, so that a broken one costs itself and no more.

Each process has its own pipe and a thread here that feeds it. No lock or queue is shared between
processes, so one that crashes, hangs or is stopped cannot hold up another: it is replaced, the
file it was reading is reported, and the one that waited behind it goes to the new process.
"""

import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Self

from photodedup.core.decode import Limits
from photodedup.core.job import JobControl
from photodedup.core.prepare import NoGlance, PreparedGlance, PreparedPhoto, prepare_photo
from photodedup.core.raster import error_text
from photodedup.core.records import PhotoFile, Problem, ProblemCode
from photodedup.core.worker_process import Order, Outcome, WorkerSettings, work

__all__ = ["PhotoReader", "PreparedPhoto", "prepare_photo"]

logger = logging.getLogger(__name__)

_SENT_AHEAD = 2  # files at a worker: the one it reads and the next, so that it never waits
_TICK_S = 0.2
_START_TRIES = 3
_READY_S = 60.0  # a cold disk and a virus scanner are slow
_END_S = 5.0  # a killed process is gone long before
_DEFAULT_LIMITS = Limits()


class PhotoReader:
    """Worker processes that prepare photos; a context manager.

    workers: how many processes. input_size: side of the network's input. timeout_s: what one
    file may take, once it is a worker's turn.
    """

    def __init__(
        self,
        workers: int,
        input_size: int,
        timeout_s: float = 60.0,
        limits: Limits = _DEFAULT_LIMITS,
    ) -> None:
        self._ahead = 8 * workers + 16  # read ahead of the caller: a few MB of small pictures
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        settings = WorkerSettings(input_size, limits, timeout_s)
        self._lanes = [_Lane(self._tasks, settings, self._closing) for _ in range(workers)]
        self._watchdog = threading.Thread(target=self._watch, name="photo-watchdog", daemon=True)

    def __enter__(self) -> Self:
        for lane in self._lanes:
            lane.start()
        self._watchdog.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def prepare(
        self, files: Iterable[PhotoFile], control: JobControl | None = None
    ) -> Iterator[PreparedPhoto | Problem]:
        """Read each file and give what became of it exactly once, in the order of completion.

        files is taken from in the caller's thread, and not further than some dozens ahead. A
        crash gives a DECODER_CRASHED problem, a file that takes too long TIMED_OUT. control is
        asked while waiting. Raises RuntimeError if no worker process can be started.
        """
        for outcome in self._outcomes(map(Order, files), control):
            assert isinstance(outcome, PreparedPhoto | Problem)
            yield outcome

    def glance(
        self, files: Iterable[PhotoFile], control: JobControl | None = None
    ) -> Iterator[PreparedGlance | NoGlance | Problem]:
        """Read each file's embedded preview; see prepare, and prepare_glance in prepare.py."""
        orders = (Order(file, at_a_glance=True) for file in files)
        for outcome in self._outcomes(orders, control):
            assert not isinstance(outcome, PreparedPhoto)
            yield outcome

    def _outcomes(self, orders: Iterable[Order], control: JobControl | None) -> Iterator[Outcome]:
        batch = _Batch()
        waiting = iter(orders)
        missing = 0
        try:
            while True:
                while missing < self._ahead and (order := next(waiting, None)) is not None:
                    self._tasks.put(_Task(order, batch))
                    missing += 1
                if missing == 0:
                    return
                yield self._next_outcome(batch, control)
                missing -= 1
        finally:
            batch.is_abandoned = True

    def close(self) -> None:
        """End the workers at once, whatever they are doing."""
        self._closing.set()
        for lane in self._lanes:
            lane.kill()
            self._tasks.put(None)
        for lane in self._lanes:
            lane.join()

    def _next_outcome(self, batch: "_Batch", control: JobControl | None) -> Outcome:
        while True:
            if self._closing.is_set():
                raise RuntimeError("the photo reader was closed")
            if control is not None:
                control.checkpoint()
            with contextlib.suppress(queue.Empty):
                outcome = batch.outcomes.get(timeout=_TICK_S)
                if isinstance(outcome, RuntimeError):
                    raise outcome
                return outcome

    def _watch(self) -> None:
        """Count how long each worker has been at its file, and kill those that are stuck.

        In ticks, not by the clock: while the computer sleeps or the program is stopped, no
        decoder gets on, and none is to blame.
        """
        seen_s = time.monotonic()
        while not self._closing.wait(_TICK_S):
            now_s = time.monotonic()
            for lane in self._lanes:
                lane.tick(min(now_s - seen_s, 2 * _TICK_S))
            seen_s = now_s


@dataclass(slots=True)
class _Batch:
    """One call of prepare: where its outcomes go."""

    outcomes: "queue.SimpleQueue[Outcome | RuntimeError]" = field(default_factory=queue.SimpleQueue)
    is_abandoned: bool = False


@dataclass(frozen=True, slots=True)
class _Task:
    order: Order
    batch: _Batch


class _Lane:
    """One worker process, the thread that feeds it, and its replacement when it is lost."""

    def __init__(
        self,
        tasks: "queue.SimpleQueue[_Task | None]",
        settings: WorkerSettings,
        closing: threading.Event,
    ) -> None:
        self._tasks = tasks
        self._settings = settings
        self._closing = closing
        self._thread = threading.Thread(target=self._run, name="photo-lane", daemon=True)
        self._lock = threading.Lock()  # around what the watchdog and close look at
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._sent: deque[_Task] = deque()
        self._busy_s = 0.0
        self._is_late = False

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def tick(self, elapsed_s: float) -> None:
        """Called by the watchdog: elapsed_s more have passed."""
        with self._lock:
            if not self._sent or self._process is None or self._is_late:
                return
            self._busy_s += elapsed_s
            if self._busy_s > self._settings.timeout_s:
                self._is_late = True
                self._process.kill()

    def _run(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # inherited: Ctrl-C does not reach the workers
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while not self._closing.is_set():
                if self._process is None:
                    self._start_process()
                self._send_ahead()
                if self._sent:
                    self._finish(self._receive())
        except _Closed:
            pass
        except RuntimeError as error:  # no process starts: every call of prepare must hear of it
            self._fail(error)
        finally:
            self._end_process()

    def _send_ahead(self) -> None:
        """Hand files to the worker; waits for one only if the worker has none."""
        while len(self._sent) < _SENT_AHEAD:
            try:
                task = self._tasks.get(block=not self._sent)
            except queue.Empty:
                return
            if task is None:
                raise _Closed
            if not task.batch.is_abandoned:
                self._send(task)

    def _send(self, task: _Task) -> None:
        assert self._process is not None
        if not self._sent and not self._process.is_alive():  # died idle: no file's fault
            self._end_process()
            self._start_process()
        assert self._connection is not None
        with self._lock:
            if not self._sent:
                self._busy_s = 0.0
            self._sent.append(task)
        with contextlib.suppress(OSError):  # a worker that is lost is noticed when it is asked
            self._connection.send(task.order)

    def _receive(self) -> Outcome:
        """Wait for the first file's outcome; if the worker is lost over it, that is the outcome."""
        assert self._connection is not None
        try:
            outcome: Outcome = self._connection.recv()
        except (EOFError, OSError):
            if self._closing.is_set():
                raise _Closed from None
            outcome = self._describe_loss(self._sent[0].order.file)
            logger.warning("%r: %s", os.fspath(outcome.path), outcome.reason)
            self._end_process()
        return outcome

    def _finish(self, outcome: Outcome) -> None:
        with self._lock:
            task = self._sent.popleft()
            self._busy_s = 0.0
        if self._is_late:  # killed in the moment it answered: the next file is not to blame
            self._end_process()
        task.batch.outcomes.put(outcome)
        if self._process is None and self._sent:  # what waited behind the lost one
            self._send_again()

    def _send_again(self) -> None:
        """Hand what a lost worker left to a new one."""
        waiting = list(self._sent)
        self._sent.clear()
        try:
            self._start_process()
        except RuntimeError:
            self._sent.extend(waiting)  # to be answered with this error
            raise
        for task in waiting:
            self._send(task)

    def _describe_loss(self, file: PhotoFile) -> Problem:
        if self._is_late:
            reason = f"took longer than {self._settings.timeout_s:g} seconds"
            return Problem(file.path, ProblemCode.TIMED_OUT, reason)
        assert self._process is not None
        self._process.join(_END_S)
        reason = f"the process that read it {_describe_exit(self._process.exitcode)}"
        return Problem(file.path, ProblemCode.DECODER_CRASHED, reason)

    def _start_process(self) -> None:
        """Start a worker and wait until it is ready. Raises RuntimeError after some tries."""
        reason = ""
        for _ in range(_START_TRIES):
            ours, theirs = multiprocessing.Pipe()
            process = multiprocessing.get_context("spawn").Process(
                target=work, args=(theirs, self._settings), name="photo-worker", daemon=True
            )
            try:
                with self._lock:
                    if self._closing.is_set():
                        raise _Closed
                    with _main_module_left_out():
                        process.start()
                    self._process, self._connection, self._is_late = process, ours, False
                theirs.close()
                if ours.poll(_READY_S):
                    ours.recv()
                    return
                reason = "no answer"
            except (EOFError, OSError) as error:
                if self._closing.is_set():
                    raise _Closed from None
                reason = error_text(error)
            self._end_process()
        raise RuntimeError(f"the processes that read photos do not start: {reason}")

    def _end_process(self) -> None:
        with self._lock:
            process, connection = self._process, self._connection
            self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None and process.pid is not None:
            process.kill()
            process.join(_END_S)

    def _fail(self, error: RuntimeError) -> None:
        """Answer what was sent and all that comes with the error."""
        logger.error("%s", error)
        task: _Task | None = self._sent.popleft() if self._sent else self._tasks.get()
        while task is not None:
            task.batch.outcomes.put(error)
            task = self._sent.popleft() if self._sent else self._tasks.get()


class _Closed(Exception):
    """The reader was closed: the thread of a lane ends."""


_main_lock = threading.Lock()


@contextlib.contextmanager
def _main_module_left_out() -> Iterator[None]:
    """Start a process that does not import the program's main module again.

    Under "spawn" it would, for a script: Qt and onnxruntime in every worker. A main module that
    is a package's __main__ is not imported, so that is what ours is said to be.
    """
    main = sys.modules["__main__"]
    with _main_lock:
        spec = main.__spec__
        main.__spec__ = ModuleSpec("photodedup.__main__", None)
        try:
            yield
        finally:
            main.__spec__ = spec


def _describe_exit(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"ended without an answer (exit code {exit_code})"
    if -exit_code == getattr(signal, "SIGKILL", None):
        return "was killed by the system, perhaps for want of memory"
    try:
        return f"crashed ({signal.Signals(-exit_code).name})"
    except ValueError:
        return f"crashed (signal {-exit_code})"
