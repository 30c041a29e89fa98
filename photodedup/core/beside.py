"""Work that cannot be interrupted, done so that a job can."""

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from photodedup.core.job import JobControl

LOOK_EVERY_S = 0.1

Result = TypeVar("Result")


class Beside(Generic[Result]):
    """Runs one call on a thread of its own, which is left to itself when the job is cancelled.

    It then runs on to its end, but holds nobody up, not even the end of the program.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._future: concurrent.futures.Future[Result] = concurrent.futures.Future()
        threading.Thread(target=self._run, args=(work,), name="beside", daemon=True).start()

    def result(self, control: JobControl) -> Result:
        """Wait for it. Raises what it raised, and JobCancelled."""
        while not concurrent.futures.wait([self._future], LOOK_EVERY_S).done:
            control.checkpoint()
        return self._future.result()

    def _run(self, work: Callable[[], Result]) -> None:
        try:
            self._future.set_result(work())
        except BaseException as error:
            self._future.set_exception(error)
