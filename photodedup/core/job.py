"""How a face watches, pauses and cancels long work, without the work knowing the face."""

import enum
import threading
import time
from dataclasses import dataclass


class Stage(enum.Enum):
    """The stages of a scan, in order; the value is the key in the JSON's seconds."""

    START = "start"  # load the network, open the databases, start the decoders
    WALK = "walk"
    GLANCE = "glance"  # of a quick scan: read and embed the previews in the files
    EMBED = "embed"  # read, decode and embed: they overlap
    INDEX = "index"
    VERIFY = "verify"
    GROUP = "group"
    APPLY = "apply"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job is: total is None while unknown; elapsed_s leaves out the time paused."""

    stage: Stage | None
    done: int
    total: int | None
    elapsed_s: float

    @property
    def rate(self) -> float | None:
        """Items per second of this stage; None before the first."""
        return self.done / self.elapsed_s if self.done and self.elapsed_s > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the rate so far; None while unknown."""
        rate = self.rate
        return None if rate is None or self.total is None else (self.total - self.done) / rate


class JobCancelled(Exception):
    """Raised inside the job at its next checkpoint after cancel(); what is done is kept."""


class JobControl:
    """One per job. The job calls begin, advance and checkpoint from one thread; a face polls.

    Any thread may call pause, resume, cancel, hold and progress.
    """

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._done = 0
        self._total: int | None = None
        self._started_s = time.monotonic()
        self._paused_s = 0.0
        self._running = threading.Event()
        self._running.set()
        self._cancelled = threading.Event()
        self.seconds: dict[str, float] = {}

    def begin(self, stage: Stage, total: int | None) -> None:
        """Enter a stage; the time of the one before it is written to seconds."""
        self._close_stage()
        self._started_s, self._paused_s = time.monotonic(), 0.0
        self._stage, self._done, self._total = stage, 0, total
        self.checkpoint()

    def finish(self) -> None:
        """Leave the last stage."""
        self._close_stage()
        self._stage = None

    def advance(self, n: int = 1) -> None:
        """Count n finished items, then stop here while paused, or for good if cancelled."""
        self._done += n
        self.checkpoint()

    def checkpoint(self) -> None:
        """Wait while paused; raise JobCancelled if cancelled."""
        if not self._running.is_set():
            paused_at_s = time.monotonic()
            self._running.wait()
            self._paused_s += time.monotonic() - paused_at_s
        if self._cancelled.is_set():
            raise JobCancelled

    def hold(self) -> None:
        """Wait while paused, in another thread that works for the job."""
        self._running.wait()

    def progress(self) -> Progress:
        """Read where the job is."""
        elapsed_s = time.monotonic() - self._started_s - self._paused_s
        return Progress(self._stage, self._done, self._total, elapsed_s)

    def pause(self) -> None:
        """Hold the job at its next checkpoint."""
        self._running.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._running.set()

    @property
    def is_paused(self) -> bool:
        """Whether pause was asked for and resume was not."""
        return not self._running.is_set()

    def cancel(self) -> None:
        """Stop the job at its next checkpoint, also when it is paused."""
        self._cancelled.set()
        self._running.set()

    def _close_stage(self) -> None:
        if self._stage is not None:
            elapsed_s = time.monotonic() - self._started_s - self._paused_s
            name = self._stage.value
            self.seconds[name] = self.seconds.get(name, 0.0) + elapsed_s
