"""A second start hands its paths to the first window, or says that it cannot."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.gui.main_window import MainWindow
from photodedup.gui.single_instance import SOCKET_NAME, SingleInstance
from photodedup.gui.window_app import WindowApp
from photodedup.gui.window_settings import WindowSettings
from tests.gui.fake_core import FakeBackend

# Another process: Qt's blocking calls hold the interpreter's lock, so a thread would not do.
SECOND = """
import json, sys
from pathlib import Path
from photodedup.gui.single_instance import SingleInstance
again = SingleInstance(Path(sys.argv[1]))
assert not again.is_first
sys.exit(0 if again.forward([Path(text) for text in json.loads(sys.argv[2])]) else 7)
"""


@pytest.fixture
def first(qapp: object, tmp_path: Path) -> Iterator[SingleInstance]:
    made = SingleInstance(tmp_path)
    yield made
    made.close()


def start_again(data: Path, *paths: Path) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-c", SECOND, str(data), json.dumps([str(path) for path in paths])]
    return subprocess.Popen(words, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("folder", ["short", "long" * 40])
def test_paths_arrive_at_the_first(qtbot: QtBot, tmp_path: Path, folder: str) -> None:
    data = tmp_path / folder
    data.mkdir()
    first = SingleInstance(data)
    first.listen()
    odd = Path(os.fsdecode(b"/caf\xe9\nnew line"))
    with qtbot.waitSignal(first.received, timeout=60_000) as received:
        again = start_again(data, odd, Path("relative"))
    assert received.args == [[odd, Path(__file__).parents[2] / "relative"]]
    assert again.wait(60) == 0
    first.close()


def test_one_that_is_starting_is_waited_for(
    qtbot: QtBot, first: SingleInstance, tmp_path: Path
) -> None:
    again = start_again(tmp_path)
    with qtbot.waitSignal(first.received, timeout=60_000) as received:
        first.listen()
    assert received.args == [[]]
    assert again.wait(60) == 0


def test_one_that_never_answers_is_told_of(first: SingleInstance, tmp_path: Path) -> None:
    again = SingleInstance(tmp_path)
    assert not again.is_first
    assert not again.forward([], patience_s=0)


def test_what_a_killed_one_left_does_not_stand_in_the_way(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / SOCKET_NAME).touch()
    first = SingleInstance(tmp_path)
    assert first.is_first
    first.listen()
    with qtbot.waitSignal(first.received, timeout=60_000):
        again = start_again(tmp_path)
    assert again.wait(60) == 0
    first.close()


def test_after_the_first_another_is_first(first: SingleInstance, tmp_path: Path) -> None:
    first.close()
    again = SingleInstance(tmp_path)
    assert again.is_first
    again.close()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="named pipes are not sockets")
@pytest.mark.parametrize(
    "message", [b"no json\n", b"7\n", b"[[1]]\n[]\n", b"[" * 100_000 + b"\n", b"x" * (1 << 21)]
)
def test_nonsense_is_passed_over(qtbot: QtBot, first: SingleInstance, message: bytes) -> None:
    first.listen()
    answers: list[bytes] = []

    def send(text: bytes) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(first.address)
            try:
                connection.sendall(text)
                answers.append(connection.recv(100))
            except (BrokenPipeError, ConnectionResetError):
                answers.append(b"")

    for text, answer in ((message, b""), (b"[]\n", b"taken\n")):
        thread = threading.Thread(target=send, args=(text,))
        thread.start()
        qtbot.waitUntil(lambda: bool(answers), timeout=60_000)
        thread.join()
        assert answers.pop() == answer


@pytest.mark.qt_log_ignore("does not support raise", "propagateSizeHints")
def test_the_window_opens_what_was_sent(
    qtbot: QtBot, qapp: object, backend: FakeBackend, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    app = WindowApp(qapp, backend, WindowSettings(tmp_path))  # type: ignore[arg-type]
    app.open([])
    assert isinstance(app.window, MainWindow)
    with qtbot.waitSignal(app.session.scan_ended):
        app.open_more([tmp_path / "photos"])
    assert app.session.folders == (tmp_path / "photos",)
    app.window.close()
    app.remove_translations()
