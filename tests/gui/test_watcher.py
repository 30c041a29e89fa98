"""Folders are watched where the settings say so, quietly and after everything else."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.core.watch import Watched, Way
from photodedup.core.watch_reading import WatchNews
from photodedup.gui.history_dialog import HistoryDialog
from photodedup.gui.main_window import MainWindow
from tests.gui.fake_core import FakeBackend

A, B = Path("/photos/a").absolute(), Path("/photos/b").absolute()
WATCHED = (Watched(A, Way.EVENTS), Watched(B, Way.NO_WATCHES))


def set_watching(window: MainWindow, on: bool) -> None:
    window.session.set_options(replace(window.session.options, watch=on))


@pytest.fixture
def watching(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window that watches A and B."""
    window.session.set_folders([A, B])
    set_watching(window, True)
    qtbot.waitUntil(lambda: window.scan_bar.watch_text == "Watching 2 folder(s)")
    return window


def tell(qtbot: QtBot, window: MainWindow, backend: FakeBackend, news: WatchNews) -> None:
    before = window.scan_bar.watch_text
    backend.watch_news.put(news)
    qtbot.waitUntil(lambda: window.scan_bar.watch_text != before)


def test_nothing_is_watched_unless_asked_for(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    window.session.set_folders([A])
    assert not window.watcher.is_watching
    assert window.scan_bar.watch_text == ""
    set_watching(window, True)
    assert window.watcher.is_watching
    qtbot.waitUntil(lambda: bool(backend.watched))
    assert backend.watched[0].folders == (A,)
    set_watching(window, False)
    qtbot.waitUntil(lambda: not window.watcher.is_watching)
    assert window.scan_bar.watch_text == ""


def test_it_says_quietly_what_is_new_until_the_next_scan(
    qtbot: QtBot, watching: MainWindow, backend: FakeBackend
) -> None:
    bar = watching.scan_bar
    tell(qtbot, watching, backend, WatchNews(WATCHED, 0, 0, is_reading=True))
    assert bar.watch_text == "Reading new photos …"
    tell(qtbot, watching, backend, WatchNews(WATCHED, 3, 0))
    assert bar.watch_text == "3 new photo(s) read: scan to compare"
    with qtbot.waitSignal(watching.session.scan_ended):
        watching.rescan()
    assert bar.watch_text == "Watching 2 folder(s)"
    tell(qtbot, watching, backend, WatchNews(WATCHED, 3, 1))
    assert bar.watch_text == "Photos were deleted or moved: scan to follow"
    tell(qtbot, watching, backend, WatchNews(WATCHED, 4, 1))
    assert bar.watch_text == "1 new photo(s) read: scan to compare"


def test_nothing_is_read_while_a_scan_runs_or_photos_are_cleared(
    qtbot: QtBot, watching: MainWindow, backend: FakeBackend
) -> None:
    assert not watching.watcher.is_paused
    backend.go_on.clear()
    watching.rescan()
    assert watching.watcher.is_paused
    with qtbot.waitSignal(watching.session.scan_ended):
        backend.go_on.set()
    assert not watching.watcher.is_paused
    watching.pages.mark_actions.history.trigger()
    assert watching.watcher.is_paused
    dialog = watching.findChild(HistoryDialog)
    with qtbot.waitSignal(watching.session.scan_ended):
        watching.rescan()
    assert watching.watcher.is_paused  # still: the dialog is open
    dialog.reject()
    assert not watching.watcher.is_paused


def test_watching_that_begins_in_a_scan_waits_for_its_end(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    window.session.set_folders([A])
    backend.go_on.clear()
    window.rescan()
    set_watching(window, True)
    assert window.watcher.is_paused
    with qtbot.waitSignal(window.session.scan_ended):
        backend.go_on.set()
    assert not window.watcher.is_paused


def test_other_folders_are_watched_instead_and_other_marks_change_nothing(
    qtbot: QtBot, watching: MainWindow, backend: FakeBackend
) -> None:
    watching.session.protect([A], True)
    watching.session.remove_folders([B])
    qtbot.waitUntil(lambda: watching.scan_bar.watch_text == "Watching 1 folder(s)")
    assert [request.folders for request in backend.watched] == [(A, B), (A,)]
    watching.session.remove_folders([A])
    qtbot.waitUntil(lambda: not watching.watcher.is_watching)


def test_how_a_folder_is_watched_and_what_helps_stands_in_the_tool_tip(
    qtbot: QtBot, watching: MainWindow, backend: FakeBackend
) -> None:
    tell(qtbot, watching, backend, WatchNews(WATCHED, 1, 0))
    first, second = watching.scan_bar.watch_details.splitlines()
    assert first == f"{A}: watched"
    assert second.startswith(f"{B}: looked at now and then: the system allows no more watches")


def test_a_failure_is_told_and_watching_can_be_begun_again(
    qtbot: QtBot, watching: MainWindow, backend: FakeBackend
) -> None:
    backend.watch_news.put(OSError("no space left"))
    qtbot.waitUntil(lambda: watching.scan_bar.watch_text == "Watching has stopped")
    assert not watching.watcher.is_watching
    set_watching(watching, False)
    set_watching(watching, True)
    qtbot.waitUntil(lambda: watching.scan_bar.watch_text == "Watching 2 folder(s)")


def test_closing_the_window_ends_it_even_in_a_pause(
    qtbot: QtBot, watching: MainWindow, backend: FakeBackend
) -> None:
    watching.watcher.hold(True)
    watching.close()
    assert not watching.watcher.is_watching
