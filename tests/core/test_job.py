"""A job can be watched, held and stopped."""

import threading

import pytest

from photodedup.core.job import JobCancelled, JobControl, Stage
from photodedup.terminal import progress_line


def test_counts_stages_and_their_time() -> None:
    control = JobControl()
    control.begin(Stage.WALK, None)
    control.advance(3)
    control.begin(Stage.EMBED, 10)
    control.advance(4)
    progress = control.progress()
    assert (progress.stage, progress.done, progress.total) == (Stage.EMBED, 4, 10)
    assert progress.seconds_left == pytest.approx(6 / progress.rate)
    control.finish()
    assert set(control.seconds) == {"walk", "embed"}


def test_cancel_is_raised_at_the_next_checkpoint() -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(JobCancelled):
        control.advance()


def test_pause_holds_and_cancel_wakes() -> None:
    control = JobControl()
    control.begin(Stage.EMBED, 2)
    control.pause()
    ended = threading.Event()

    def job() -> None:
        with pytest.raises(JobCancelled):
            control.advance()
        ended.set()

    worker = threading.Thread(target=job)
    worker.start()
    assert not ended.wait(0.1)
    control.cancel()
    assert ended.wait(5)
    worker.join()


def test_the_progress_line_tells_rate_and_time_left() -> None:
    control = JobControl()
    control.begin(Stage.EMBED, 2000)
    control.advance(1000)
    line = progress_line(control.progress())
    assert "Reading photos" in line
    assert "1,000 of 2,000" in line
    assert "/s" in line
    assert "left" in line
