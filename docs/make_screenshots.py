"""Takes pictures of every view of the window, from painted photos, on a display of its own.

    python docs/make_screenshots.py FOLDER     every view: light and dark, English and Korean,
                                               at 1366 x 768 and at 200 % scale, to be looked at
    python docs/make_screenshots.py --pictures the few that the documents show, into docs/pictures

Needs Xvfb, openbox (so that windows have frames, and one of them the keyboard), and a font with
Korean letters. Each combination runs in a process of its own: Qt takes its scale when it starts.
The library is scanned once; the others find it in the cache.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from photodedup.core.sample import make_sample_library

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

SIZE = (1366, 768)
THEMES = ("light", "dark")
LANGUAGES = ("en", "ko")
SCALES = (1, 2)
LIMIT_S = 300
PICTURES = Path(__file__).parent / "pictures"
SHOWN = ("window", "compare", "search", "clear")
QUALITY = 80


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, help="where every view is put")
    parser.add_argument("--pictures", action="store_true", help="make those of the documents")
    parser.add_argument("--only", nargs="*", help="views to take, by name; default: all")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        library, out, theme, language, scale = options.child
        Camera(Path(library), Path(out), theme, language, scale).take(options.only)
    elif options.pictures:
        with tempfile.TemporaryDirectory() as work:
            take_all(Path(work), (1,), SHOWN)
            publish(Path(work))
    elif options.folder:
        take_all(options.folder, SCALES, options.only or ())
    else:
        parser.error("name a folder, or --pictures")


def take_all(out: Path, scales: tuple[int, ...], only: tuple[str, ...]) -> None:
    """Take views in every combination of language, theme and scale."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        library = make_sample_library(Path(work) / "Pictures")
        (library / "Phone" / "IMG_0007.jpg").write_bytes(b"")  # something for the problems
        for scale in scales:
            with display(scale) as name:
                for language, theme in itertools.product(LANGUAGES, THEMES):
                    arguments = (library, out, theme, language, scale)
                    command = [sys.executable, __file__, "--child", *map(str, arguments)]
                    if only:
                        command += ["--only", *only]
                    environment = {
                        **os.environ,
                        "DISPLAY": name,
                        "QT_QPA_PLATFORM": "xcb",
                        "QT_SCALE_FACTOR": str(scale),
                        "PHOTODEDUP_DATA_DIR": str(Path(work) / "data"),
                    }
                    subprocess.run(command, env=environment, check=True)


@contextmanager
def display(scale: int) -> Iterator[str]:
    """A screen of SIZE at a scale, without anything on it; its name."""
    reader, writer = os.pipe()
    width, height = (scale * side for side in SIZE)
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            name = f":{int(pipe.readline())}"
        manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": name})
        yield name
        manager.terminate()
        manager.wait()
    finally:
        server.terminate()
        server.wait()


def publish(taken: Path) -> None:
    """Make the documents' pictures small."""
    PICTURES.mkdir(exist_ok=True)
    for view, theme, language in itertools.product(SHOWN, THEMES, LANGUAGES):
        suffix = "" if language == "en" else f"-{language}"
        with Image.open(taken / f"{view}-{theme}-{language}-1x.png") as picture:
            target = PICTURES / f"{view}-{theme}{suffix}.webp"
            picture.convert("RGB").save(target, quality=QUALITY, method=6)


class Camera:
    """Drives one window through its views; runs in a process of its own."""

    def __init__(self, library: Path, out: Path, theme: str, language: str, scale: str) -> None:
        from photodedup.core.environment import default_folders
        from photodedup.gui.theme import Theme
        from photodedup.gui.window_app import WindowApp
        from photodedup.gui.window_settings import WindowSettings

        self._library = library
        self._out = out
        self._suffix = f"{theme}-{language}-{scale}x"
        folders = default_folders()
        settings = WindowSettings(folders.data)
        settings.theme, settings.language = Theme(theme), language
        settings.folders = []
        settings.sync()
        self._app = WindowApp.make(folders, "cpu", None)
        self._window = self._app.window
        self._pages = self._window.pages

    def take(self, only: list[str] | None) -> None:
        """Take the views, all or those that are named; the window is closed at the end."""
        self._window.showFullScreen()
        self._wait(self._window.isActiveWindow)
        if not only or "empty" in only:
            self._shoot("empty")
        self._window.open_paths([self._library])
        self._wait(lambda: not self._app.session.is_scanning)
        self._wait(lambda: self._pages.duplicates.model.rowCount() > 0)
        for name, view in self._views():
            if not only or name in only:
                view(name)
        self._window.close()

    def _views(self) -> list[tuple[str, Callable[[str], None]]]:
        return [
            ("window", self._group),
            ("compare", self._compare),
            ("wipe", self._compare),
            ("difference", self._compare),
            ("points", self._compare),
            ("similar", self._tab),
            ("problems", self._tab),
            ("search-empty", self._tab),
            ("search", self._search),
            ("part", self._part),
            ("settings", self._settings),
            ("pairs", self._dialog),
            ("coverage", self._dialog),
            ("decisions", self._dialog),
            ("clear", self._clear),
            ("history", self._history),
            ("keys", self._dialog),
            ("about", self._dialog),
            ("report", self._dialog),
            ("menu", self._menu),
        ]

    def _group(self, name: str) -> None:
        self._choose_group(2)
        self._pages.duplicates.group_page.grid.setFocus()
        self._shoot(name)

    def _compare(self, name: str) -> None:
        self._choose_group(1, "postcard")
        self._pages.start_comparison()
        page = self._pages.compare
        self._wait(lambda: page.is_loaded)
        mode = {"wipe": 2, "difference": 3}.get(name, 0)
        page.mode_actions[mode].trigger()
        page.points_action.setChecked(name == "points")
        self._shoot(name)
        page.points_action.setChecked(False)
        page.mode_actions[0].trigger()
        self._pages.leave_comparison()

    def _tab(self, name: str) -> None:
        number = {"similar": 1, "search-empty": 2, "problems": 3}[name]
        self._pages.tab_actions[number].trigger()
        self._shoot(name)
        self._pages.tab_actions[0].trigger()

    def _search(self, name: str) -> None:
        self._search_postcard()
        self._shoot(name)
        self._pages.tab_actions[0].trigger()

    def _search_postcard(self) -> None:
        self._window.open_paths([self._library / "Edited" / "postcard.jpg"])
        self._wait(self._pages.search.part_action.isEnabled)

    def _clear(self, name: str) -> None:
        from photodedup.gui.clear_dialog import ClearDialog

        photos = self._photos()
        self._pages.mark_actions.clear.trigger()
        dialog = self._window.findChild(ClearDialog)
        assert isinstance(dialog, ClearDialog)
        self._wait(dialog.act_button.isVisible)
        self._shoot(name)
        dialog.act_button.click()
        self._wait(dialog.undo_button.isVisible)
        self._wait(lambda: not self._app.session.is_scanning)
        self._shoot(f"{name}ed")
        dialog.undo_button.click()
        self._wait(lambda: not dialog.is_moving)
        dialog.close()
        assert self._photos() == photos
        self._wait(lambda: not self._app.session.is_scanning)

    def _photos(self) -> list[Path]:
        return sorted(self._library.glob("[!.]*/*"))

    def _history(self, name: str) -> None:
        from photodedup.gui.history_dialog import HistoryDialog

        self._pages.mark_actions.history.trigger()
        dialog = self._window.findChild(HistoryDialog)
        assert isinstance(dialog, HistoryDialog)
        self._wait(lambda: dialog.table.rowCount() > 0)
        self._shoot(name)
        dialog.close()

    def _part(self, name: str) -> None:
        self._search_postcard()
        self._pages.search.part_action.trigger()
        self._shoot(name)
        self._close_dialog()
        self._pages.tab_actions[0].trigger()

    def _settings(self, name: str) -> None:
        from photodedup.gui.settings_dialog import SettingsDialog

        self._choose_group(2)
        self._window.window_actions.settings.trigger()
        dialog = self._window.findChild(SettingsDialog)
        assert isinstance(dialog, SettingsDialog)
        for page in range(3):
            dialog.show_page(page)
            self._shoot(f"{name}{page}")
        self._close_dialog()

    def _dialog(self, name: str) -> None:
        action: QAction = getattr(self._window.window_actions, name)
        action.trigger()
        self._shoot(name)
        self._close_dialog()

    def _close_dialog(self) -> None:
        from PySide6.QtWidgets import QApplication

        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        dialog.close()

    def _menu(self, name: str) -> None:
        from PySide6.QtWidgets import QMenu

        bar = self._window.menuBar()
        for number, action in enumerate(bar.actions()):
            menu = action.menu()
            assert isinstance(menu, QMenu)
            menu.popup(bar.mapToGlobal(bar.actionGeometry(action).bottomLeft()))
            self._shoot(f"{name}{number}")
            menu.close()

    def _choose_group(self, photos: int, name: str = "") -> None:
        """Choose the first group with more photos than this, and a file so named in it."""
        review = self._pages.duplicates
        for row in range(review.model.rowCount()):
            group = review.model.group(row)
            names = [member.photo.path.name for member in group.members]
            found = [at for at, text in enumerate(names) if name in text and at > 0]
            if len(names) > photos and found:
                review.list.setCurrentIndex(review.model.index(row))
                grid = review.group_page.grid
                grid.setCurrentIndex(grid.model().index(found[0], 0))
                return

    def _shoot(self, name: str) -> None:
        from PySide6.QtGui import QGuiApplication

        _run_events(300)  # menus open
        self._wait(lambda: self._window.thumbnails.is_idle)
        _run_events(100)
        screen = QGuiApplication.primaryScreen()
        target = self._out / f"{name}-{self._suffix}.png"
        assert screen.grabWindow(0).save(str(target)), target

    def _wait(self, until: Callable[[], bool]) -> None:
        give_up = time.monotonic() + LIMIT_S
        while not until():
            assert time.monotonic() < give_up, "the window did not come that far"
            _run_events(20)


def _run_events(ms: int) -> None:
    """Let the window live so long; QTest.qWait would hold the interpreter, and with it scans."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()
