"""Reporting a problem, trying again, and what is said of a restored library."""

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from photodedup.core.decisions import reject
from photodedup.core.errors import StoreError
from photodedup.core.library import LIBRARY_NAME, open_library
from photodedup.core.records import Problem, ProblemCode
from photodedup.gui.library_notice import LibraryNotice
from photodedup.gui.main_window import MainWindow
from photodedup.gui.report_dialog import ReportDialog
from photodedup.gui.settings_dialog import SettingsDialog
from tests.gui.fake_core import FakeBackend


def test_a_report_has_paths_only_when_chosen(qtbot: QtBot, window: MainWindow) -> None:
    window.window_actions.report.trigger()
    (dialog,) = window.findChildren(ReportDialog)
    qtbot.waitUntil(lambda: dialog.text == "no paths")
    dialog.copy()
    assert QGuiApplication.clipboard().text() == "no paths"
    dialog.with_paths.setChecked(True)
    qtbot.waitUntil(lambda: dialog.text == "paths")
    dialog.reject()


def test_a_report_that_cannot_be_made_says_why(qtbot: QtBot) -> None:
    def fail(_with_paths: bool) -> str:
        raise StoreError(Path("/cache.db"), "disk full")

    dialog = ReportDialog(fail)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "disk full" in dialog.text)
    dialog.reject()


def test_problems_are_tried_again_on_request(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    page = window.pages.problems
    with qtbot.waitSignal(window.session.scan_ended):
        window.add_folders([Path("/photos")])
    assert page.retry.isEnabled()
    assert page.retry.isVisibleTo(page)
    backend.go_on.clear()
    page.retry.click()
    assert not page.retry.isEnabled()
    with qtbot.waitSignal(window.session.scan_ended):
        backend.go_on.set()
    assert [request.retry for request in backend.requests] == [False, True]
    assert page.retry.isEnabled()


def test_what_a_limit_refused_leads_to_the_limits(window: MainWindow) -> None:
    page = window.pages.problems
    crashed = Problem(Path("/a.jpg"), ProblemCode.DECODER_CRASHED, "signal 11")
    page.show_problems([crashed])
    assert not page.limits.isVisibleTo(page)
    page.show_problems([crashed, Problem(Path("/b.jpg"), ProblemCode.TOO_LARGE, "too large")])
    assert page.limits.isVisibleTo(page)
    page.limits.click()
    dialog = window.findChild(SettingsDialog)
    assert isinstance(dialog, SettingsDialog)
    assert dialog.megapixels.isVisible()
    dialog.reject()


@pytest.fixture
def damaged_library(tmp_path: Path) -> Path:
    with open_library(tmp_path) as library:
        reject(library, [(b"a" * 16, Path("a")), (b"b" * 16, Path("b"))])
    (tmp_path / LIBRARY_NAME).write_bytes(b"noise" * 1000)
    return tmp_path


def test_a_restored_library_is_told_of_once(
    qtbot: QtBot, window: MainWindow, damaged_library: Path
) -> None:
    notice = LibraryNotice(damaged_library, lambda: window, window)
    notice.tell()
    assert not window.findChildren(QMessageBox)
    open_library(damaged_library).close()
    notice.tell()
    (box,) = window.findChildren(QMessageBox)
    assert "restored from its backup of" in box.text()
    assert f"{LIBRARY_NAME}.damaged-" in box.text()
    box.accept()
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    notice.tell()
    assert not window.findChildren(QMessageBox)
