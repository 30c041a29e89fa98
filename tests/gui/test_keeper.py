"""Another keeper by hand: asked for, verified, shown, undone; and kept over a scan."""

from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from photodedup.core.records import Member, Relation, Verification
from photodedup.gui.main_window import MainWindow
from photodedup.gui.photo_model import cards_of_group, spoken_text
from tests.gui.fake_core import GROUPS, FakeBackend, make_group

BEACH = GROUPS[0]
SMALL, GRAY = (member.photo for member in BEACH.members[1:])


@pytest.fixture
def scanned(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    with qtbot.waitSignal(window.session.scan_ended):
        window.open_paths([tmp_path])
    review = window.pages.duplicates
    row = review.model.row_of(BEACH)
    assert row is not None
    review.list.setCurrentIndex(review.model.index(row))
    review.group_page.choose(SMALL)
    return window


def choose_small(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.session.result_changed):
        window.pages.mark_actions.make_keeper.trigger()


def test_the_others_are_verified_against_the_new_keeper(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend
) -> None:
    review = scanned.pages.duplicates
    choose_small(qtbot, scanned)
    assert backend.verified == [(SMALL.path, BEACH.keeper.path), (SMALL.path, GRAY.path)]
    assert review.group is not None
    assert review.group.keeper == SMALL
    assert "chosen by hand" in review.group_page.reason
    assert [photo.path for photo in review.selected_photos()] == [SMALL.path]
    assert not scanned.pages.mark_actions.make_keeper.isEnabled()
    assert not scanned.session.marks.is_marked(SMALL.path)
    assert scanned.session.marks.is_marked(BEACH.keeper.path)  # saved again, and passed over


def test_undo_brings_the_keeper_of_the_rules_back(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend
) -> None:
    choose_small(qtbot, scanned)
    with qtbot.waitSignal(scanned.session.result_changed):
        scanned.pages.mark_actions.undo.trigger()
    assert backend.clearing.choices == {}
    assert scanned.pages.duplicates.group == BEACH
    with qtbot.waitSignal(scanned.session.result_changed):
        scanned.pages.mark_actions.redo.trigger()
    assert [choice.digest for choice in backend.clearing.keeper_choices()] == [SMALL.digest]
    assert len(backend.verified) == 2  # what was verified once is known


def test_one_that_fails_is_shown_so_and_cannot_be_marked(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = Verification(Relation.RESAVED, 0.95, 0.97)
    other = Verification(None, 0.1, 0.6)
    found = {(SMALL.digest, BEACH.keeper.digest): same, (SMALL.digest, GRAY.digest): other}
    monkeypatch.setattr(backend, "verify", lambda _pairs, _control: found)
    choose_small(qtbot, scanned)
    review = scanned.pages.duplicates
    assert review.group is not None
    assert [m.has_failed for m in review.group.members] == [False, False, True]
    review.group_page.choose(GRAY)
    assert not scanned.pages.mark_actions.toggle.isEnabled()
    assert scanned.pages.mark_actions.make_keeper.isEnabled()
    card = cards_of_group(review.group)[2]
    assert card.title == "not found alike this keeper"
    assert card.title in spoken_text(card)


def test_the_keyboard_does_it_too(qtbot: QtBot, scanned: MainWindow) -> None:
    scanned.activateWindow()
    qtbot.waitUntil(scanned.isActiveWindow)
    grid = scanned.pages.duplicates.group_page.grid
    grid.setFocus()
    qtbot.waitUntil(grid.hasFocus)
    with qtbot.waitSignal(scanned.session.result_changed):
        QTest.keySequence(grid, QKeySequence("M"))
    assert scanned.pages.duplicates.group is not None
    assert scanned.pages.duplicates.group.keeper == SMALL


def test_another_scan_follows_the_choice(
    qtbot: QtBot, scanned: MainWindow, backend: FakeBackend
) -> None:
    choose_small(qtbot, scanned)
    with qtbot.waitSignal(scanned.session.scan_ended):
        scanned.window_actions.scan.trigger()
    (choice,) = backend.clearing.keeper_choices()
    assert choice.digest == SMALL.digest
    assert scanned.pages.duplicates.group is not None
    assert scanned.pages.duplicates.group.keeper == SMALL


def test_what_failed_is_told_in_a_group_made_by_hand() -> None:
    failed = Member(GRAY, None, 0.4, 0.0, None, (), preselected=False)
    cards = cards_of_group(make_group(SMALL, failed))
    assert [card.is_keeper for card in cards] == [True, False]
    assert cards[1].similarity == 0.4
