"""The command line's view of a running job: a progress bar, and Ctrl-C as cancel."""

import contextlib
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from photodedup.core.job import JobControl, Progress
from photodedup.core.messages import STAGES, format_seconds
from photodedup.core.report import printable

REFRESH_S = 0.25
BAR_CELLS = 24


@contextlib.contextmanager
def watched_job() -> Iterator[JobControl]:
    """A control whose progress is drawn on stderr, if that is a terminal.

    Ctrl-C cancels the job at its next checkpoint; a second one interrupts at once.
    """
    control = JobControl()
    ended = threading.Event()
    drawer = threading.Thread(target=_draw, args=(control, ended), daemon=True)

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        control.cancel()

    before = signal.signal(signal.SIGINT, cancel)
    if sys.stderr.isatty():
        drawer.start()
    try:
        yield control
    finally:
        ended.set()
        if drawer.is_alive():
            drawer.join()
        signal.signal(signal.SIGINT, before)


def _draw(control: JobControl, ended: threading.Event) -> None:
    while not ended.wait(REFRESH_S):
        line = progress_line(control.progress())
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r{line[:width]:<{width}}")
        sys.stderr.flush()
    sys.stderr.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
    sys.stderr.flush()


def on_one_line(text: str) -> str:
    """Text as a terminal may show it: line breaks and escape codes of names escaped."""
    text = printable(text)
    if text.isprintable():  # letter by letter takes many times as long, with thousands of names
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def counted(number: int, thing: str) -> str:
    """A number with its noun: "1 group", "2,000 groups"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def progress_line(progress: Progress) -> str:
    """One line: stage, bar, done of total, rate, time left."""
    if progress.stage is None:
        return ""
    parts = [f"{STAGES[progress.stage]:<18}"]
    if progress.total:
        cells = BAR_CELLS * min(progress.done, progress.total) // progress.total
        parts.append(f"[{'#' * cells}{'.' * (BAR_CELLS - cells)}]")
        parts.append(f"{progress.done:,} of {progress.total:,}")
    elif progress.done:
        parts.append(f"{progress.done:,}")
    if progress.rate is not None:
        parts.append(f"{progress.rate:.1f}/s")
    if progress.seconds_left is not None:
        parts.append(f"{format_seconds(progress.seconds_left)} left")
    return "  ".join(parts)
