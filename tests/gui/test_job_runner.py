import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from photodedup.core.job import JobControl, Progress, Stage
from photodedup.gui.job_runner import JobRunner


class Listener(QObject):
    """Notes what it hears, and on which thread."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self.heard: list[tuple[str, object]] = []
        self.threads: set[bool] = set()
        runner.succeeded.connect(self.succeeded)
        runner.failed.connect(self.failed)
        runner.cancelled.connect(self.cancelled)

    @Slot(object)
    def succeeded(self, value: object) -> None:
        self.note("succeeded", value)

    @Slot(object)
    def failed(self, error: object) -> None:
        self.note("failed", error)

    @Slot()
    def cancelled(self) -> None:
        self.note("cancelled", None)

    def note(self, name: str, value: object) -> None:
        self.threads.add(QThread.isMainThread())
        self.heard.append((name, value))


@pytest.fixture
def runner(qapp: object) -> JobRunner:
    return JobRunner()


def wait_for_end(qtbot: QtBot, runner: JobRunner) -> None:
    qtbot.waitUntil(lambda: not runner.is_running)


def test_hands_over_the_result_on_the_windows_thread(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    large = 3 * 2**30  # beyond 32 bits
    runner.start(lambda _control: (large, QThread.isMainThread()))
    wait_for_end(qtbot, runner)
    assert listener.heard == [("succeeded", (large, False))]
    assert listener.threads == {True}


def test_reports_a_failure_and_can_run_again(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    error = ValueError("broken")

    def fail(_control: JobControl) -> None:
        raise error

    runner.start(fail)
    wait_for_end(qtbot, runner)
    runner.start(lambda _control: "again")
    wait_for_end(qtbot, runner)
    assert listener.heard == [("failed", error), ("succeeded", "again")]


def count_for_ever(control: JobControl) -> None:
    control.begin(Stage.EMBED, None)
    while True:
        control.advance()
        threading.Event().wait(0.001)


def test_cancels_a_paused_job(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    control = runner.start(count_for_ever)
    qtbot.waitUntil(lambda: control.progress().done > 3)
    control.pause()
    qtbot.wait(30)
    held_at = control.progress().done
    qtbot.wait(30)
    assert control.progress().done == held_at
    control.cancel()
    wait_for_end(qtbot, runner)
    assert listener.heard == [("cancelled", None)]


def test_polls_progress(qtbot: QtBot, runner: JobRunner) -> None:
    with qtbot.waitSignal(runner.progressed) as caught:
        runner.start(count_for_ever)
    runner.shut_down()
    (progress,) = caught.args
    assert isinstance(progress, Progress)
    assert progress.stage is Stage.EMBED


def test_shutting_down_joins_and_announces_nothing(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    runner.start(count_for_ever)
    runner.shut_down()
    assert "job" not in {thread.name for thread in threading.enumerate()}
    qtbot.wait(20)  # the end that was on its way arrives, and is dropped
    assert listener.heard == []


def test_refuses_a_second_job(qtbot: QtBot, runner: JobRunner) -> None:
    runner.start(count_for_ever)
    with pytest.raises(RuntimeError):
        runner.start(count_for_ever)
    runner.shut_down()
