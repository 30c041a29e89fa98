"""Whether a window can be opened here; asked before Qt is, because Qt would abort."""

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

DEBIAN_PACKAGES = (
    "libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libx11-xcb1 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 "
    "libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1"
)
IN_A_TERMINAL = "In a terminal, use: photodedup scan FOLDER"


def display_problem() -> str | None:
    """Why no window can be opened here, in one line; None if one can."""
    try:
        from PySide6 import QtSvg, QtWidgets  # noqa: F401
    except ImportError as error:
        return _missing_library(str(error))
    if not sys.platform.startswith("linux"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    if platform not in ("", "xcb", "wayland"):
        return None
    if os.environ.get("WAYLAND_DISPLAY") and platform != "xcb":
        return None
    if not os.environ.get("DISPLAY"):
        return f"no window: there is no display (DISPLAY is not set). {IN_A_TERMINAL}"
    return _x11_problem()


def _x11_problem() -> str | None:
    try:
        ctypes.CDLL(os.fspath(_qt_folder() / "plugins" / "platforms" / "libqxcb.so"))
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return _missing_library(str(error))
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if failed:
        display = os.environ["DISPLAY"]
        return f"no window: the display {display} does not answer. {IN_A_TERMINAL}"
    return None


def _qt_folder() -> Path:
    found = importlib.util.find_spec("PySide6")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "Qt"


def _missing_library(reason: str) -> str:
    return (
        f"no window: a library that Qt needs is missing ({reason}). "
        f"On Debian and Ubuntu: sudo apt-get install {DEBIAN_PACKAGES}"
    )
