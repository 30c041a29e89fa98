"""What runs inside a process that reads photos; workers.py is its other end."""

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection

import cv2

from photodedup.core.errors import PhotoProblem
from photodedup.core.freed_memory import keep_freed_memory
from photodedup.core.prepare import (
    NoGlance,
    PreparedGlance,
    PreparedPhoto,
    prepare_glance,
    prepare_photo,
)
from photodedup.core.raster import Limits, error_text
from photodedup.core.records import PhotoFile, Problem, ProblemCode

Outcome = PreparedPhoto | PreparedGlance | NoGlance | Problem

# The program's own threads go first: the window answers, and what was read is matched meanwhile
# instead of at the end, where less runs in parallel. On two cores a whole scan took 20.5 s without
# it, 19.6 with 3, 19.1 with 6, 18.3 with 10 (two or three runs each).
NICENESS = 10


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker is told once; the names are those of PhotoReader's arguments."""

    input_size: int
    limits: Limits
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Order:
    """A file for a worker: to be read whole, or at_a_glance: see prepare.py."""

    file: PhotoFile
    at_a_glance: bool = False


def work(connection: Connection, settings: WorkerSettings) -> None:
    """The worker's main function: answer each order until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    _silence_libraries()
    keep_freed_memory()
    cv2.setNumThreads(1)  # the other cores read other photos
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
    # the program is gone, however it ended
    with contextlib.suppress(EOFError, OSError):
        connection.send(None)
        while True:
            order = connection.recv()
            _limit_cpu_time(2 * settings.timeout_s)
            connection.send(_outcome(order, settings))


def _outcome(order: Order, settings: WorkerSettings) -> Outcome:
    file = order.file
    try:
        if order.at_a_glance:
            return prepare_glance(file, settings.input_size)
        return prepare_photo(file, settings.input_size, settings.limits)
    except PhotoProblem as problem:
        return Problem(file.path, problem.code, problem.reason)
    except Exception as error:  # one file's edge: the scan goes on
        reason = f"{type(error).__name__}: {error_text(error)}"
        return Problem(file.path, ProblemCode.UNDECODABLE, reason)


def _silence_libraries() -> None:
    """Keep what C libraries print about broken files off the terminal; Python keeps its stderr."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _limit_cpu_time(seconds: float) -> None:
    """End this process if it computes on for so long: an orphan that loops ends by itself."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF's default action ends it
