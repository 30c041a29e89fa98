"""How the window's program starts, or says why it cannot; each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only X11 can be missing")


def run(code: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Run Python code with some environment variables changed, None: removed."""
    environment = {**os.environ, **{k: v for k, v in changed.items() if v is not None}}
    for name, value in changed.items():
        if value is None:
            environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )


def open_window(*arguments: str) -> str:
    return f"import sys; from photodedup.gui.app import main; sys.exit(main({list(arguments)}))"


NO_DISPLAY = {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None}


@LINUX
def test_without_a_display_one_line_says_so() -> None:
    done = run(open_window(), **NO_DISPLAY)
    assert done.returncode == 2
    assert done.stderr.startswith("photodedup: no window: there is no display")
    assert done.stderr.count("\n") == 1


@LINUX
def test_a_display_that_does_not_answer_is_named() -> None:
    done = run(open_window(), **{**NO_DISPLAY, "DISPLAY": ":4242"})
    assert done.returncode == 2
    assert "no window" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_library_is_named_with_the_command_that_installs_it() -> None:
    hide = "import sys; sys.modules['PySide6.QtWidgets'] = None; "
    done = run(hide + open_window())
    assert done.returncode == 2
    assert "apt-get install libegl1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    done = run(open_window(str(gone)), QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 2
    assert f"{gone}: no such file or folder" in done.stderr


def test_opens_keeps_to_its_data_folder_and_closes_on_interrupt(tmp_path: Path) -> None:
    """Everything it writes lies below --data-dir; Ctrl-C closes the window properly."""
    data = tmp_path / "data"
    code = (
        "import os, signal, sys, threading\n"
        "from photodedup.gui.app import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's jobs ignore it
        "def interrupt():\n"
        "    while signal.getsignal(signal.SIGINT) is signal.default_int_handler:\n"
        "        threading.Event().wait(0.05)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=interrupt, daemon=True).start()\n"
        f"sys.exit(main(['--data-dir', {str(data)!r}]))\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    done = run(
        code,
        QT_QPA_PLATFORM="offscreen",
        HOME=str(home),
        XDG_CONFIG_HOME=str(home),
        ORT_DISABLE_TELEMETRY="1",  # else onnxruntime writes to the home folder
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (data / "window.ini").is_file()
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_onnxruntime_is_loaded_before_qt() -> None:
    """The other way round it fails on Windows."""
    code = (
        "import sys, photodedup.gui.app\n"
        "assert 'onnxruntime' in sys.modules\n"
        "assert 'PySide6.QtWidgets' not in sys.modules\n"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
