import multiprocessing
import multiprocessing.spawn
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.prepare import PreparedPhoto, prepare_photo
from photodedup.core.records import PhotoFile, Problem, ProblemCode
from photodedup.core.scan import find_photos
from photodedup.core.worker_process import NICENESS
from photodedup.core.workers import PhotoReader
from tests.data.make_photos import textured_photo
from tests.data.photo_files import encode

SIZE = 32
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def files_in(folder: Path) -> list[PhotoFile]:
    return list(find_photos([folder], [], lambda problem: None))


@pytest.fixture
def slow_files(tmp_path: Path) -> list[PhotoFile]:
    """Sixty photos of some tens of milliseconds each: more than are taken ahead."""
    first = tmp_path / "00.png"
    first.write_bytes(encode(textured_photo(1, 900, 675), "PNG"))
    for number in range(1, 60):
        os.link(first, tmp_path / f"{number:02}.png")
    return files_in(tmp_path)


def path_of(outcome: PreparedPhoto | Problem) -> Path:
    return outcome.path if isinstance(outcome, Problem) else outcome.photo.path


def workers() -> list[int]:
    return [
        process.pid
        for process in multiprocessing.active_children()
        if process.name == "photo-worker" and process.pid is not None
    ]


@pytest.fixture(autouse=True)
def no_worker_is_left() -> Iterator[None]:
    yield
    assert workers() == []


def test_each_file_comes_out_once_and_as_in_process(tmp_path: Path) -> None:
    for seed in range(6):
        data = encode(textured_photo(seed, 300, 200), ("JPEG", "PNG", "WEBP")[seed % 3])
        (tmp_path / f"{seed}.jpg").write_bytes(data)
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no photo")
    files = files_in(tmp_path)
    with PhotoReader(2, SIZE) as reader:
        outcomes = {path_of(outcome).name: outcome for outcome in reader.prepare(files)}
    assert len(outcomes) == len(files) == 8
    for file in files:
        outcome = outcomes[file.path.name]
        if file.path.name[0].isdigit():
            expected = prepare_photo(file, SIZE)
            assert isinstance(outcome, PreparedPhoto)
            assert outcome.photo == expected.photo
            assert outcome.preview_jpeg == expected.preview_jpeg
            assert np.array_equal(outcome.network_input, expected.network_input)
    codes = {name: o.code for name, o in outcomes.items() if isinstance(o, Problem)}
    assert codes == {"empty.jpg": ProblemCode.EMPTY, "text.jpg": ProblemCode.NOT_A_PHOTO}


def test_no_files_and_several_calls(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(textured_photo(1, 64, 48), "PNG"))
    with PhotoReader(1, SIZE) as reader:
        assert list(reader.prepare([])) == []
        for _ in range(3):
            assert [path_of(o).name for o in reader.prepare(files_in(tmp_path))] == ["a.png"]


def test_files_are_taken_only_a_little_ahead(slow_files: list[PhotoFile]) -> None:
    taken = 0

    def endless() -> Iterator[PhotoFile]:
        nonlocal taken
        while True:
            yield slow_files[taken % 60]
            taken += 1

    with PhotoReader(1, SIZE) as reader:
        outcomes = reader.prepare(endless())
        for _ in range(3):
            next(outcomes)
        assert taken < 60


@needs_signals
@pytest.mark.parametrize("signal_name", ["SIGSEGV", "SIGKILL"])
def test_a_crashed_worker_costs_one_file(slow_files: list[PhotoFile], signal_name: str) -> None:
    with PhotoReader(1, SIZE) as reader:  # the one that answered: another may still be starting
        outcomes = reader.prepare(slow_files)
        collected = [next(outcomes)]
        os.kill(workers()[0], getattr(signal, signal_name))
        collected += list(outcomes)
    assert sorted(map(path_of, collected)) == [file.path for file in slow_files]
    problems = [outcome for outcome in collected if isinstance(outcome, Problem)]
    assert [problem.code for problem in problems] == [ProblemCode.DECODER_CRASHED]
    assert ("killed by the system" if signal_name == "SIGKILL" else "SIGSEGV") in problems[0].reason


@needs_signals
def test_a_stopped_worker_costs_one_file(slow_files: list[PhotoFile]) -> None:
    with PhotoReader(1, SIZE, timeout_s=4) as reader:
        outcomes = reader.prepare(slow_files)
        collected = [next(outcomes)]
        os.kill(workers()[0], signal.SIGSTOP)
        collected += list(outcomes)
    assert sorted(map(path_of, collected)) == [file.path for file in slow_files]
    problems = [outcome for outcome in collected if isinstance(outcome, Problem)]
    assert [(p.code, p.reason) for p in problems] == [
        (ProblemCode.TIMED_OUT, "took longer than 4 seconds")
    ]


@needs_signals
def test_a_worker_killed_between_two_calls_costs_nothing(slow_files: list[PhotoFile]) -> None:
    with PhotoReader(1, SIZE) as reader:
        assert len(list(reader.prepare(slow_files[:2]))) == 2
        (idle,) = workers()
        os.kill(idle, signal.SIGKILL)
        while idle in workers():
            time.sleep(0.01)
        assert all(isinstance(o, PreparedPhoto) for o in reader.prepare(slow_files[:5]))


@needs_signals
def test_closing_ends_even_a_stopped_worker_at_once(slow_files: list[PhotoFile]) -> None:
    with PhotoReader(2, SIZE) as reader:
        next(reader.prepare(slow_files))
        for pid in workers():
            os.kill(pid, signal.SIGSTOP)
        started_s = time.monotonic()
    assert time.monotonic() - started_s < 4  # waiting for it would take 5


def test_a_cancelled_job_does_not_wait_for_the_worker(slow_files: list[PhotoFile]) -> None:
    control = JobControl()
    with PhotoReader(1, SIZE) as reader:
        outcomes = reader.prepare(slow_files, control)
        next(outcomes)
        control.cancel()
        with pytest.raises(JobCancelled):
            list(outcomes)


def test_an_abandoned_call_leaves_nothing_for_the_next(slow_files: list[PhotoFile]) -> None:
    with PhotoReader(1, SIZE) as reader:
        outcomes = reader.prepare(slow_files)
        next(outcomes)
        del outcomes
        assert [path_of(o) for o in reader.prepare(slow_files[:3])] == [
            file.path for file in slow_files[:3]
        ]


def test_closing_while_another_thread_waits(slow_files: list[PhotoFile]) -> None:
    reader = PhotoReader(1, SIZE)
    caught: list[BaseException] = []

    def read() -> None:
        try:
            list(reader.prepare(slow_files * 10))
        except RuntimeError as error:
            caught.append(error)

    with reader:
        thread = threading.Thread(target=read)
        thread.start()
        time.sleep(0.5)
    thread.join(5)
    assert not thread.is_alive()
    assert [str(error) for error in caught] == ["the photo reader was closed"]


@pytest.fixture
def no_process_starts() -> Iterator[Callable[[], None]]:
    """From when it is called on, what is started in place of Python ends at once."""
    executable = multiprocessing.spawn.get_executable()
    yield lambda: multiprocessing.set_executable("/bin/false")
    multiprocessing.set_executable(executable)


@needs_signals
def test_processes_that_do_not_start_are_an_error_not_a_hang(
    slow_files: list[PhotoFile], no_process_starts: Callable[[], None]
) -> None:
    no_process_starts()
    with PhotoReader(2, SIZE) as reader, pytest.raises(RuntimeError, match="do not start"):
        list(reader.prepare(slow_files))


@needs_signals
def test_a_process_that_cannot_be_replaced_is_an_error_not_a_hang(
    slow_files: list[PhotoFile], no_process_starts: Callable[[], None]
) -> None:
    with PhotoReader(1, SIZE) as reader:
        outcomes = reader.prepare(slow_files)
        next(outcomes)
        no_process_starts()
        os.kill(workers()[0], signal.SIGKILL)
        with pytest.raises(RuntimeError, match="do not start"):
            list(outcomes)


SCRIPT = """
    import pathlib, signal, sys
    from photodedup.core.scan import find_photos
    from photodedup.core.workers import PhotoReader

    if __name__ != "__main__":
        raise SystemExit("the main module was imported by a worker")
    # whatever started the tests may ignore Ctrl-C, as a shell does for its background jobs
    signal.signal(signal.SIGINT, signal.default_int_handler)
    files = list(find_photos([pathlib.Path(sys.argv[1])], [], print))
    with PhotoReader(2, 32) as reader:
        for number, outcome in enumerate(reader.prepare(files * 500)):
            if number == 0:
                print("first", flush=True)
"""


def run_script(tmp_path: Path, folder: Path) -> "subprocess.Popen[str]":
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    return process


@needs_signals
@pytest.mark.parametrize("signal_name", ["SIGINT", "SIGKILL"])
def test_workers_end_with_the_program(
    tmp_path: Path, slow_files: list[PhotoFile], signal_name: str
) -> None:
    """Ctrl-C reaches the whole group, kill -9 the program alone."""
    process = run_script(tmp_path, slow_files[0].path.parent)
    if signal_name == "SIGINT":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.kill()
    _, errors = process.communicate(timeout=30)  # ends when the last holder of the pipes is gone
    assert errors.count("Traceback") == (1 if signal_name == "SIGINT" else 0)  # the program's own
    assert "photo-lane" not in errors


@needs_signals
def test_workers_let_the_program_go_first(slow_files: list[PhotoFile]) -> None:
    with PhotoReader(1, SIZE) as reader:
        list(reader.prepare(slow_files[:1]))
        (worker,) = workers()
        wanted = min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
        assert os.getpriority(os.PRIO_PROCESS, worker) == wanted


def test_workers_import_no_toolkit_and_no_runtime() -> None:
    """They start in a moment and stay small; Qt in a worker would want a display too.

    OpenCV is there: 16 MB and 30 ms a worker, and 1.5 ms less for each photo.
    """
    heavy = "{'PySide6', 'onnxruntime', 'torch'}"
    code = f"import sys, photodedup.core.worker_process; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
