"""Settings: nothing changes before it is confirmed, and then what it needs is done anew."""

from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from photodedup.core.keep_rules import Criterion
from photodedup.core.reading_limits import ReadingLimits
from photodedup.gui.keep_choice import with_first
from photodedup.gui.main_window import MainWindow
from photodedup.gui.scan_bar import ScanBar
from photodedup.gui.settings_dialog import GIB, QUICK_SCAN_FIGURES, SettingsDialog
from photodedup.gui.theme import Theme, apply_theme
from photodedup.gui.window_settings import WindowSettings
from tests.gui.fake_core import FakeBackend


@pytest.fixture
def scanned(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    with qtbot.waitSignal(window.session.scan_ended):
        window.open_paths([tmp_path])
    return window


def open_settings(window: MainWindow) -> SettingsDialog:
    window.window_actions.settings.trigger()
    dialog = window.findChild(SettingsDialog)
    assert isinstance(dialog, SettingsDialog)
    return dialog


def test_confirmed_settings_are_kept_and_used(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend, settings: WindowSettings
) -> None:
    dialog = open_settings(scanned)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.workers.setValue(3)
    dialog.excluded.setText("*.png, , *.png")
    dialog.choose_model(Path("/net.onnx"))
    dialog.previews.setValue(2)
    dialog.megapixels.setValue(400)
    dialog.timeout.setValue(120)
    dialog.watch.setChecked(True)
    dialog.quick.setChecked(True)
    dialog.keep_rules.show_choice(with_first(Criterion.OLDER))
    assert backend.options.device == "auto"
    with qtbot.waitSignal(scanned.session.scan_ended):
        dialog.accept()
    request = backend.requests[-1]
    assert (request.device, request.workers, request.model) == ("cpu", 3, Path("/net.onnx"))
    assert request.excluded == ("*.png",)
    assert request.quick
    assert request.rules.criteria[2] is Criterion.OLDER
    assert request.limits == ReadingLimits(400, 120)
    assert backend.options.previews_bytes == 2 * GIB
    assert backend.options.watch
    assert settings.options == scanned.session.options
    assert scanned.folders_panel.excluded.text() == "*.png"


def test_cancelled_settings_change_nothing(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend, settings: WindowSettings
) -> None:
    before = settings.options
    dialog = open_settings(scanned)
    dialog.workers.setValue(3)
    dialog.theme.setCurrentIndex(dialog.theme.findData(Theme.DARK))
    dialog.reject()
    assert settings.options == before
    assert settings.theme is Theme.SYSTEM
    assert len(backend.requests) == 1


def test_fewer_workers_need_no_new_scan(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend
) -> None:
    dialog = open_settings(scanned)
    dialog.workers.setValue(1)
    dialog.accept()
    assert backend.options.workers == 1
    assert not scanned.session.is_scanning


def test_theme_and_language(qtbot: QtBot, scanned: MainWindow, settings: WindowSettings) -> None:
    dialog = open_settings(scanned)
    dialog.theme.setCurrentIndex(dialog.theme.findData(Theme.DARK))
    dialog.language.setCurrentIndex(dialog.language.findData("ko"))
    with qtbot.waitSignal(scanned.language_chosen) as caught:
        dialog.accept()
    assert caught.args == ["ko"]
    assert (settings.theme, settings.language) == (Theme.DARK, "ko")
    themes = scanned.window_actions.themes.actions()
    assert [action.data() for action in themes if action.isChecked()] == [Theme.DARK]
    apply_theme(Theme.SYSTEM)


def test_the_keep_rules_open_at_their_page(qtbot: QtBot, scanned: MainWindow) -> None:
    scanned.window_actions.keep_rules.trigger()
    dialog = scanned.findChild(SettingsDialog)
    assert dialog.keep_rules.isVisible()
    assert dialog.keep_rules.effect.startswith("★")
    dialog.reject()


def test_the_built_in_network_comes_back(qtbot: QtBot, scanned: MainWindow) -> None:
    dialog = open_settings(scanned)
    dialog.choose_model(Path("/net.onnx"))
    assert dialog.choices.options.model == Path("/net.onnx")
    dialog.choose_model(None)
    assert dialog.choices.options.model is None
    dialog.reject()


def test_figures_stand_beside_the_switch_of_the_quick_scan(
    scanned: MainWindow,
) -> None:
    dialog = open_settings(scanned)
    assert not dialog.quick.isChecked()
    notes = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for figure in QUICK_SCAN_FIGURES.values():
        assert figure in notes
    assert "not found by search" in notes


def test_the_window_says_what_was_only_glanced_at(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend
) -> None:
    bar = scanned.findChild(ScanBar)
    assert isinstance(bar, ScanBar)
    assert "glanced" not in bar.text
    backend.glanced = 9412
    with qtbot.waitSignal(scanned.session.scan_ended):
        scanned.session.start_scan()
    count = QLocale().toString(9412)
    assert f"{count} more only glanced at: search does not find them" in bar.text
