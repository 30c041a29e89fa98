from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from photodedup.gui.theme import Theme, apply_theme
from photodedup.gui.window_app import WindowApp
from photodedup.gui.window_settings import WindowSettings
from tests.gui.fake_core import FakeBackend


@pytest.fixture
def app(qapp: QApplication, backend: FakeBackend, settings: WindowSettings) -> Iterator[WindowApp]:
    settings.language = "en"
    made = WindowApp(qapp, backend, settings)
    yield made
    made.window.close()
    made.remove_translations()
    QLocale.setDefault(QLocale("en"))
    apply_theme(Theme.SYSTEM)


def tab(app: WindowApp, number: int) -> str:
    return app.window.pages.tabs.tabText(number)


def choose_language(app: WindowApp, language: str) -> None:
    actions = app.window.window_actions.languages.actions()
    next(action for action in actions if action.data() == language).trigger()


def test_takes_up_the_last_session(
    qtbot: QtBot, app: WindowApp, backend: FakeBackend, tmp_path: Path
) -> None:
    app.session.set_folders([tmp_path])
    app.open([])
    qtbot.waitUntil(lambda: tab(app, 0) == "Duplicates (2)")
    assert backend.requests[0].folders == (tmp_path,)


def test_english_has_plurals(qtbot: QtBot, app: WindowApp, tmp_path: Path) -> None:
    app.open([tmp_path])
    qtbot.waitUntil(lambda: app.session.result is not None)
    totals = app.window.pages.duplicates.totals
    assert totals.startswith("2 groups · 5 photos")


def test_korean_and_back_without_a_new_scan(
    qtbot: QtBot, app: WindowApp, backend: FakeBackend, settings: WindowSettings, tmp_path: Path
) -> None:
    app.open([tmp_path])
    qtbot.waitUntil(lambda: app.session.result is not None)
    choose_language(app, "ko")
    assert settings.language == "ko"
    assert tab(app, 0) == "중복 (2)"
    assert app.window.isVisible()
    assert "사진" in app.window.pages.duplicates.totals
    choose_language(app, "en")
    assert tab(app, 0) == "Duplicates (2)"
    assert len(backend.requests) == 1


def test_a_scan_goes_on_while_the_language_changes(
    qtbot: QtBot, app: WindowApp, backend: FakeBackend, tmp_path: Path
) -> None:
    backend.go_on.clear()
    app.open([tmp_path])
    choose_language(app, "ko")
    assert app.window.window_actions.pause.isEnabled()
    backend.go_on.set()
    qtbot.waitUntil(lambda: tab(app, 0) == "중복 (2)")
