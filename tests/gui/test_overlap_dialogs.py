"""Folders that share photos, what the library has already, and decisions taken back."""

import csv
from pathlib import Path

import pytest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from photodedup.gui.decisions_dialog import DecisionsDialog
from photodedup.gui.main_window import MainWindow
from photodedup.gui.overlap_dialogs import CoverageDialog, PairsDialog
from photodedup.gui.rows_model import Column, RowsModel
from tests.gui.fake_core import GROUPS, PHOTOS, FakeBackend

BEACH, DOG, HILL = GROUPS
TRIP, WEB, HOME = (Path("/photos") / name for name in ("trip", "web", "home"))


@pytest.fixture
def scanned(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    with qtbot.waitSignal(window.session.scan_ended):
        window.open_paths([tmp_path])
    return window


def test_rows_are_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = RowsModel((Column("Name", str), Column("Length", lambda row: str(len(row)), True)))
    qtmodeltester.check(model)
    model.show(["a", "bb"])
    qtmodeltester.check(model)
    assert model.data(model.index(1, 1)) == "2"
    model.show([])


def test_the_groups_of_two_folders(qtbot: QtBot, scanned: MainWindow) -> None:
    scanned.window_actions.pairs.trigger()
    dialog = scanned.findChild(PairsDialog)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 1)
    pair = dialog.model.row(0)
    assert (pair.first, pair.second, pair.shared, pair.of) == (WEB, TRIP, 1, 1)
    assert dialog.model.data(dialog.model.index(0, 1)) == "1 of 1"
    dialog.show_button.click()
    review = scanned.pages.duplicates
    assert [group.keeper for group in review.model.groups] == [BEACH.keeper]
    assert "1 group(s) hidden" in review.totals
    review.filters.show_folders(())
    assert review.model.rowCount() == 2


def test_no_folders_share_photos(qtbot: QtBot) -> None:
    dialog = PairsDialog([DOG], PHOTOS)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: "No two folders" in dialog._text.text())
    assert not dialog.show_button.isEnabled()
    dialog.reject()


def test_what_of_a_card_is_in_the_library(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = CoverageDialog([WEB, HOME], [BEACH, DOG], PHOTOS)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.text.startswith("1 of 1"))
    assert dialog.model.data(dialog.model.index(0, 2)) == str(BEACH.keeper.path)
    assert dialog.mark_button.isEnabled()
    dialog.folder.setCurrentIndex(1)
    qtbot.waitUntil(lambda: dialog.text.startswith("0 of 2"))
    assert dialog.model.rowCount() == 2
    assert not dialog.mark_button.isEnabled()
    dialog.save_to(tmp_path / "list.csv")
    rows = list(csv.reader((tmp_path / "list.csv").read_text("utf-8").splitlines()))
    assert rows[1:] == [[str(photo.path), "", ""] for photo in sorted_photos(HOME)]
    dialog.save_to(tmp_path)
    assert "directory" in dialog.text.lower()
    dialog.reject()


def sorted_photos(folder: Path) -> list:
    photos = [photo for photo in PHOTOS if photo.path.parent == folder]
    return sorted(photos, key=lambda photo: photo.path)


def test_only_what_is_missing_is_listed(qtbot: QtBot) -> None:
    dialog = CoverageDialog([TRIP], [BEACH], PHOTOS)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 4)
    dialog.only_missing.setChecked(True)
    assert dialog.model.rowCount() == 2
    dialog.show_folder(WEB)  # not among those that were scanned, but inside of one
    qtbot.waitUntil(lambda: dialog.text.startswith("1 of 1"))
    assert dialog.model.rowCount() == 0
    dialog.reject()


def test_marks_what_the_library_has(qtbot: QtBot, scanned: MainWindow) -> None:
    marks, small = scanned.session.marks, BEACH.members[1].photo.path
    marks.unmark_all("none")
    scanned.session.set_folders([WEB, TRIP])
    scanned.window_actions.coverage.trigger()
    dialog = scanned.findChild(CoverageDialog)
    qtbot.waitUntil(dialog.mark_button.isEnabled)
    dialog.mark_button.click()
    assert marks.paths == {small}
    marks.undo_stack.undo()
    assert marks.paths == set()


def test_decisions_are_taken_back(qtbot: QtBot, scanned: MainWindow, backend: FakeBackend) -> None:
    backend.clearing.reject([BEACH.keeper, DOG.keeper])
    backend.clearing.choose_keeper(BEACH.members[1].photo, [BEACH.keeper])
    scanned.window_actions.decisions.trigger()
    dialog = scanned.findChild(DecisionsDialog)
    qtbot.waitUntil(dialog.back_button.isEnabled)
    assert dialog.model.rowCount() == 2
    texts = {dialog.model.data(dialog.model.index(row, 1)) for row in range(2)}
    assert texts == {"no duplicates", "keeper chosen"}
    for left in (1, 0):
        with qtbot.waitSignal(scanned.session.result_changed):
            dialog.back_button.click()
        assert dialog.model.rowCount() == left
    assert backend.clearing.rejected == {}
    assert backend.clearing.choices == {}
    assert dialog.text == "Nothing was decided by hand."
    dialog.reject()
