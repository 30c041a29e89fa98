"""Marking, clearing and the way back in the window, with a core that answers at once."""

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from photodedup.core.errors import StoreError
from photodedup.core.job import JobControl
from photodedup.core.obstacles import BatchReport, LeftAlone, Obstacle
from photodedup.core.plan import Plan
from photodedup.gui.clear_dialog import ClearDialog
from photodedup.gui.history_dialog import HistoryDialog
from photodedup.gui.main_window import MainWindow
from photodedup.gui.pages import Pages
from tests.gui.fake_core import GROUPS, FakeBackend, FakeClearing

BEACH, DOG, _HILL = GROUPS
SMALL, GRAY = (member.photo.path for member in BEACH.members[1:])
COPY = DOG.members[1].photo.path


@pytest.fixture
def pages(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> Pages:
    """The pages after a scan, the first group chosen."""
    window.open_paths([tmp_path])
    qtbot.waitUntil(lambda: window.session.result is not None and not window.session.is_scanning)
    review = window.pages.duplicates
    row = review.model.row_of(BEACH)
    assert row is not None
    review.list.setCurrentIndex(review.model.index(row))
    return window.pages


@pytest.fixture
def clearing(backend: FakeBackend) -> FakeClearing:
    return backend.clearing


def open_clear_dialog(qtbot: QtBot, window: MainWindow) -> ClearDialog:
    window.pages.mark_actions.clear.trigger()
    dialog = window.findChild(ClearDialog)
    qtbot.waitUntil(lambda: "read again" not in dialog.text)
    return dialog


def test_the_clear_button_counts(window: MainWindow, pages: Pages) -> None:
    clear = pages.mark_actions.clear
    assert clear.iconText() == "Clear 2 photo(s) (7.0 kB)"
    pages.mark_actions.unmark_all.trigger()
    assert not clear.isEnabled()
    pages.mark_actions.undo.trigger()
    assert clear.isEnabled()


def test_marks_of_the_chosen_photo_and_of_the_group(window: MainWindow, pages: Pages) -> None:
    marks, actions = window.session.marks, pages.mark_actions
    pages.duplicates.group_page.choose(BEACH.members[2].photo)
    actions.toggle.trigger()
    assert marks.is_marked(GRAY)
    assert actions.toggle.text() == "Take the mark off"
    actions.toggle.trigger()
    assert not marks.is_marked(GRAY)
    actions.mark_rest.trigger()
    assert marks.marked_in(BEACH) == 2
    actions.keep_all.trigger()
    assert marks.marked_in(BEACH) == 0
    actions.undo.trigger()
    assert marks.marked_in(BEACH) == 2


def test_the_keeper_cannot_be_marked(pages: Pages) -> None:
    pages.duplicates.group_page.choose(BEACH.keeper)
    assert not pages.mark_actions.toggle.isEnabled()


def test_marks_while_comparing(window: MainWindow, pages: Pages) -> None:
    pages.duplicates.group_page.choose(BEACH.members[2].photo)
    pages.start_comparison()
    pages.mark_actions.toggle.trigger()
    assert window.session.marks.is_marked(GRAY)


def test_clear_and_take_back(
    qtbot: QtBot,
    window: MainWindow,
    pages: Pages,
    clearing: FakeClearing,
    backend: FakeBackend,
) -> None:
    scans = len(backend.requests)
    dialog = open_clear_dialog(qtbot, window)
    (request,) = clearing.requests
    assert request.marked == {SMALL, COPY}
    assert "2 photo(s)" in dialog.text
    assert "7.0 kB" in dialog.text
    assert clearing.applied == []  # nothing happens before the button
    shown = [
        [str(dialog.table_model.index(row, column).data()) for column in (0, 3)]
        for row in range(dialog.table_model.rowCount())
    ]
    assert sorted(shown) == sorted(
        [[str(SMALL), str(BEACH.keeper.path)], [str(COPY), str(DOG.keeper.path)]]
    )
    dialog.act_button.click()
    qtbot.waitUntil(lambda: "were cleared" in dialog.text)
    assert len(clearing.applied) == 1
    qtbot.waitUntil(lambda: len(backend.requests) == scans + 1)  # shown as it is now
    dialog.undo_button.click()
    qtbot.waitUntil(lambda: "are back" in dialog.text)
    assert clearing.undone == ["batch 1"]
    dialog.close()


def test_cancelling_the_confirmation_does_nothing(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    dialog = open_clear_dialog(qtbot, window)
    assert dialog.close_button.isDefault()
    dialog.close_button.click()
    assert clearing.applied == []
    assert window.session.marks.count == 2


def test_what_must_stay_is_shown_with_its_reason(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    clearing.kept_back = (LeftAlone(SMALL, Obstacle.CHANGED, "changed since it was scanned"),)
    dialog = open_clear_dialog(qtbot, window)
    left = dialog.left_model
    assert left.index(0, 0).data() == str(SMALL)
    assert left.index(0, 1).data() == "it changed since the scan"
    assert dialog.table_model.rowCount() == 1
    dialog.close()


def test_if_all_must_stay_there_is_nothing_to_press(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    clearing.kept_back = tuple(LeftAlone(p, Obstacle.MISSING, "gone") for p in (SMALL, COPY))
    dialog = open_clear_dialog(qtbot, window)
    assert "None of the marked photos" in dialog.text
    assert not dialog.act_button.isVisible()
    dialog.close()


def test_an_error_is_shown(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    clearing.error = StoreError(Path("/library.db"), "disk full")
    dialog = open_clear_dialog(qtbot, window)
    assert "disk full" in dialog.text
    assert not dialog.act_button.isVisible()
    dialog.close()


def test_history_takes_a_batch_back(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    dialog = open_clear_dialog(qtbot, window)
    dialog.act_button.click()
    qtbot.waitUntil(lambda: "were cleared" in dialog.text)
    dialog.close()
    pages.mark_actions.history.trigger()
    history = window.findChild(HistoryDialog)
    qtbot.waitUntil(lambda: history.table.rowCount() == 1)
    qtbot.waitUntil(history.undo_button.isEnabled)
    assert history.table.item(0, 1).text() == "2 cleared"
    assert not history.empty_button.isEnabled()  # nothing is held
    history.undo_button.click()
    qtbot.waitUntil(lambda: clearing.undone == ["batch 1"])
    qtbot.waitUntil(history.undo_button.isEnabled)
    history.close()


def test_an_empty_history_says_so(qtbot: QtBot, window: MainWindow, clearing: FakeClearing) -> None:
    window.pages.mark_actions.history.trigger()
    history = window.findChild(HistoryDialog)
    qtbot.waitUntil(lambda: history.text == "Nothing was cleared yet.")
    assert not history.undo_button.isEnabled()
    history.close()


def test_not_a_duplicate_and_back(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    pages.duplicates.group_page.choose(BEACH.members[2].photo)
    with qtbot.waitSignal(window.session.result_changed):
        pages.mark_actions.reject.trigger()
    assert list(clearing.rejected.values()) == [(BEACH.keeper, BEACH.members[2].photo)]
    with qtbot.waitSignal(window.session.result_changed):
        pages.mark_actions.undo.trigger()
    assert clearing.rejected == {}


def test_the_whole_group_is_no_group(
    qtbot: QtBot, window: MainWindow, pages: Pages, clearing: FakeClearing
) -> None:
    with qtbot.waitSignal(window.session.result_changed):
        pages.mark_actions.reject_all.trigger()
    assert len(clearing.rejected_pairs()) == 3


def test_clearing_waits_for_the_scan(
    qtbot: QtBot, window: MainWindow, pages: Pages, backend: FakeBackend, tmp_path: Path
) -> None:
    backend.go_on.clear()
    window.open_paths([tmp_path])
    assert not pages.mark_actions.clear.isEnabled()
    backend.go_on.set()
    qtbot.waitUntil(pages.mark_actions.clear.isEnabled)
    QApplication.processEvents()


def test_who_closes_while_files_move_sees_them_where_they_are(
    qtbot: QtBot,
    window: MainWindow,
    pages: Pages,
    backend: FakeBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = threading.Event()

    def apply_until_cancelled(_plan: Plan, control: JobControl) -> BatchReport:
        begun.set()
        while True:
            control.checkpoint()
            threading.Event().wait(0.005)

    monkeypatch.setattr(backend.clearing, "apply", apply_until_cancelled)
    dialog = open_clear_dialog(qtbot, window)
    dialog.act_button.click()
    qtbot.waitUntil(begun.is_set)
    assert dialog.is_moving
    with qtbot.waitSignal(window.session.scan_ended):
        dialog.reject()
    assert len(backend.requests) == 2


def test_closing_before_anything_moves_scans_nothing(
    qtbot: QtBot, window: MainWindow, pages: Pages, backend: FakeBackend
) -> None:
    open_clear_dialog(qtbot, window).reject()
    assert not window.session.is_scanning
    assert len(backend.requests) == 1
