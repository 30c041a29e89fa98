"""The window opens where it was left, also when it was never closed in order."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.core.pipeline import ScanOutcome
from photodedup.core.records import Relation
from photodedup.gui.arrangement import GroupOrder
from photodedup.gui.main_window import MainWindow
from photodedup.gui.position import Position, ReviewPosition, read_position
from photodedup.gui.session import Session
from photodedup.gui.window_settings import WindowSettings
from tests.gui.fake_core import FakeBackend, make_group, make_member, make_photo

SLOW_MS = 30_000  # the machine may be busy
MANY = tuple(
    make_group(
        make_photo(1000 + 2 * n, f"{n:04}.jpg"),
        make_member(make_photo(1001 + 2 * n), Relation.EDITED),
    )
    for n in range(100)
)


class ManyBackend(FakeBackend):
    """Finds a list that has to be scrolled."""

    def outcome(self) -> ScanOutcome:
        outcome = super().outcome()
        return replace(outcome, result=replace(outcome.result, groups=MANY))


@pytest.fixture
def backend() -> FakeBackend:
    return ManyBackend()


def test_the_group_its_place_and_the_filters_come_back(
    qtbot: QtBot,
    window: MainWindow,
    backend: FakeBackend,
    settings: WindowSettings,
    tmp_path: Path,
) -> None:
    with qtbot.waitSignal(window.session.scan_ended):
        window.open_paths([tmp_path])
    review = window.pages.duplicates
    review.filters.order.setCurrentIndex(review.filters.order.findData(GroupOrder.FOLDER))
    review.filters.undecided.setChecked(True)
    review.list.setCurrentIndex(review.model.index(60))
    chosen = review.group
    assert chosen is not None
    review.list.scroll_to_offset(60, 44)
    window.pages.tabs.setCurrentIndex(3)
    # saved by itself, a moment later
    qtbot.waitUntil(lambda: settings.position.duplicates.offset == 44, timeout=SLOW_MS)

    session = Session(backend)
    session.set_folders([tmp_path])
    other = MainWindow(session, backend, WindowSettings(settings.data_folder))
    qtbot.addWidget(other)
    other.resize(window.size())
    other.show()
    assert other.pages.tabs.currentIndex() == 3
    assert other.pages.duplicates.filters.order.currentData() is GroupOrder.FOLDER
    backend.partials = (MANY[:30],)  # the group is not among the first
    with qtbot.waitSignal(session.scan_ended):
        session.start_scan()
    again = other.pages.duplicates
    assert again.group == chosen
    other.pages.tabs.setCurrentIndex(0)
    row = again.list.currentIndex().row()
    qtbot.waitUntil(lambda: again.list.rowViewportPosition(row) == 44)
    other.close()


def test_who_goes_elsewhere_is_not_called_back(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    review = window.pages.duplicates
    review.restore_position(ReviewPosition(MANY[70].keeper.path, MANY[70].keeper.digest, 10))
    backend.partials = (MANY[:30],)
    backend.go_on.clear()
    window.open_paths([tmp_path])
    qtbot.waitUntil(lambda: review.model.rowCount() == 30)
    review.step(3)
    chosen = review.group
    backend.go_on.set()
    qtbot.waitUntil(lambda: review.model.rowCount() == 100)
    assert review.group is chosen


def test_positions_are_kept_as_text() -> None:
    position = Position(
        1, 0.3, ReviewPosition(Path("/a b"), b"\xff\x00", 7, text="x"), ReviewPosition()
    )
    assert read_position(position.to_json()) == position
    for damaged in ("", "[]", "{", "{}", position.to_json().replace('"bytes"', '"smell"')):
        assert read_position(damaged) == Position()


def test_recent_folders_are_offered(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    assert not window.window_actions.recent.isEnabled()
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        with qtbot.waitSignal(window.session.scan_ended):
            window.open_paths([folder])
    offered = window.window_actions.recent.actions()
    assert [action.text() for action in offered] == [str(second), str(first)]
    window.session.remove_folders([first])
    with qtbot.waitSignal(window.session.scan_ended):
        offered[1].trigger()
    assert backend.requests[-1].folders == (second, first)
