"""Groups come while the scan goes on, and what is looked at stays where it is."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.gui.main_window import MainWindow
from photodedup.gui.partial import merge_groups
from photodedup.gui.session import Session
from tests.gui.fake_core import GROUPS, FakeBackend, make_group, make_member, make_photo

BEACH, DOG, HILL = GROUPS
MANY = tuple(
    make_group(make_photo(1000 + 2 * n, f"{n:04}.jpg"), make_member(make_photo(1001 + 2 * n)))
    for n in range(200)
)


@pytest.fixture
def scanning(qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path) -> MainWindow:
    """A first scan that has found every other of many groups."""
    backend.partials = (MANY[::2],)
    backend.go_on.clear()
    window.open_paths([tmp_path])
    qtbot.waitUntil(lambda: window.pages.duplicates.model.rowCount() == len(MANY) // 2)
    return window


def tell(qtbot: QtBot, session: Session, backend: FakeBackend, count: int) -> None:
    """Let the scan tell of the first groups so far."""
    with qtbot.waitSignal(session.result_changed):
        backend.tell(MANY[:count])


def test_groups_can_be_reviewed_before_the_end(
    qtbot: QtBot, scanning: MainWindow, backend: FakeBackend
) -> None:
    pages = scanning.pages
    assert scanning.session.is_scanning
    assert pages.duplicates.isVisible()
    pages.mark_actions.mark_rest.trigger()
    assert pages.duplicates.group is not None
    marked = pages.duplicates.group.members[1].photo.path
    assert scanning.session.marks.is_marked(marked)
    assert not pages.mark_actions.reject.isEnabled()  # the scan would not know
    assert not pages.mark_actions.clear.isEnabled()
    backend.go_on.set()
    qtbot.waitUntil(lambda: not scanning.session.is_scanning)
    assert scanning.session.result is not None
    assert scanning.session.result.groups == GROUPS[:2]


def test_marks_made_on_the_way_stand_at_the_end(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    backend.partials = (GROUPS[:2],)
    backend.go_on.clear()
    window.open_paths([tmp_path])
    qtbot.waitUntil(lambda: window.pages.duplicates.model.rowCount() == 2)
    copy = DOG.members[1]
    window.session.marks.mark([copy], False, "keep")
    with qtbot.waitSignal(window.session.result_changed):
        backend.tell(GROUPS[:1])
    backend.go_on.set()
    qtbot.waitUntil(lambda: not window.session.is_scanning)
    assert not window.session.marks.is_marked(copy.photo.path)


def test_what_is_looked_at_does_not_move(
    qtbot: QtBot, scanning: MainWindow, backend: FakeBackend
) -> None:
    review = scanning.pages.duplicates
    review.step(40)
    review.list.scroll_to_offset(40, 77)
    group, grid = review.group, review.group_page.grid
    assert group is not None
    grid.setCurrentIndex(grid.model().index(0))
    tell(qtbot, scanning.session, backend, len(MANY))
    assert review.model.rowCount() == len(MANY)
    row = review.list.currentIndex().row()
    assert row > 40  # others came before it
    assert review.group is group
    assert review.list.offset_of(row) == 77
    assert [photo for photo in review.selected_photos()] == [group.keeper]


def test_a_list_scrolled_away_from_the_chosen_group_stays_there(
    qtbot: QtBot, scanning: MainWindow, backend: FakeBackend
) -> None:
    review = scanning.pages.duplicates
    review.list.scroll_to_offset(60, 5)
    top = review.model.group(review.list.rowAt(0))
    offset = review.list.offset_of(review.list.rowAt(0))
    chosen = review.group
    tell(qtbot, scanning.session, backend, len(MANY))
    assert review.model.group(review.list.rowAt(0)) is top
    assert review.list.offset_of(review.list.rowAt(0)) == offset
    assert review.group is chosen


def test_a_cancelled_scan_keeps_what_it_showed(
    qtbot: QtBot, scanning: MainWindow, backend: FakeBackend
) -> None:
    with qtbot.waitSignal(scanning.session.scan_cancelled):
        scanning.session.cancel_scan()
    assert scanning.pages.duplicates.model.rowCount() == len(MANY) // 2
    assert scanning.session.result is not None
    assert not scanning.session.result.complete
    actions = scanning.pages.mark_actions
    assert not actions.reject_all.isEnabled()  # there is nothing to form groups anew from
    assert actions.mark_rest.isEnabled()


def test_a_later_scan_takes_nothing_away_on_its_way(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.session.scan_ended):
        window.open_paths([tmp_path])
    other = make_group(make_photo(50, "new.jpg"), make_member(make_photo(51)))
    longer = make_group(BEACH.keeper, *BEACH.members[1:], make_member(make_photo(52)))
    backend.partials = ((other, longer),)
    backend.go_on.clear()
    with qtbot.waitSignal(window.session.result_changed):
        window.window_actions.scan.trigger()
    assert window.session.result is not None
    assert set(window.session.result.groups) == {other, longer, DOG}
    backend.go_on.set()
    qtbot.waitUntil(lambda: not window.session.is_scanning)
    assert window.session.result.groups == GROUPS[:2]


def test_merging_leaves_out_what_was_met_again(backend: FakeBackend) -> None:
    before = backend.outcome().result
    shorter = make_group(BEACH.keeper, BEACH.members[1])
    partial = type(before)((shorter,), (), (), before.counts, {}, "cpu", "fake", complete=False)
    merged = merge_groups(before, partial)
    assert merged.groups == (shorter, DOG, HILL)
    assert merged.similar == before.similar
    assert not merged.complete
    assert merge_groups(None, partial) is partial
