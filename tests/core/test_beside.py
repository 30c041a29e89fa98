"""Work beside a job: its result, its error, and a cancel that does not wait for it."""

import threading

import pytest

from photodedup.core.beside import Beside
from photodedup.core.job import JobCancelled, JobControl


def test_the_result_comes_back() -> None:
    assert Beside(lambda: 42).result(JobControl()) == 42


def test_an_error_comes_back() -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        Beside(fail).result(JobControl())


def test_a_cancel_does_not_wait() -> None:
    go_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait()
        ended.set()

    control = JobControl()
    beside = Beside(work)
    control.cancel()
    with pytest.raises(JobCancelled):
        beside.result(control)
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(60)
