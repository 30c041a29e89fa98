"""The window from the first folder to the comparison, with a core that answers at once."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from photodedup.core.errors import FolderMissing, UserError
from photodedup.core.records import Relation
from photodedup.gui.compare_canvas import CompareMode
from photodedup.gui.help_dialogs import AboutDialog, KeysDialog
from photodedup.gui.main_window import MainWindow
from photodedup.gui.session import Session
from photodedup.gui.theme import Theme, is_dark
from photodedup.gui.window_settings import WindowSettings
from tests.gui.fake_core import GROUPS, PHOTOS, FakeBackend, make_group, make_member

DUPLICATES, SIMILAR, SEARCH, PROBLEMS = range(4)


def drop(window: MainWindow, data: QMimeData) -> QDropEvent:
    event = QDropEvent(
        QPointF(400, 300),
        Qt.DropAction.CopyAction | Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    return event


def urls(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def picture() -> QImage:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    return image


def scan(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    with qtbot.waitSignal(window.session.scan_ended):
        drop(window, urls(folder))


def activate(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def keys(window: MainWindow, *sequence: str) -> None:
    """Press keys on whatever has the focus."""
    for key in sequence:
        focused = QApplication.focusWidget() or window
        QTest.keySequence(focused, QKeySequence(key))


def test_starts_empty_and_says_what_to_do(window: MainWindow) -> None:
    assert window.pages.welcome.isVisible()
    assert window.pages.welcome.texts[0] == "Drop folders here"
    assert any("/data" in text for text in window.pages.welcome.texts)
    assert not window.window_actions.scan.isEnabled()
    assert not window.window_actions.pause.isEnabled()
    assert not any(action.isEnabled() for action in window.pages.photo_actions.all)


def test_the_sample_library_is_made_and_scanned(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    window.pages.welcome.sample_button.click()
    assert not window.pages.welcome.sample_button.isEnabled()  # it is being painted
    qtbot.waitUntil(lambda: window.session.result is not None)
    assert backend.requests[0].folders == (Path("/data/sample-photos"),)
    assert window.pages.duplicates.isVisible()


def test_a_sample_library_that_cannot_be_made_is_told(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    backend.error = UserError("/data/sample-photos: No space left on device")
    window.pages.welcome.sample_button.click()
    qtbot.waitUntil(window.pages.welcome.sample_button.isEnabled)
    assert window.scan_bar.currentMessage().endswith("No space left on device")
    assert not window.session.folders


def test_walk_from_a_dropped_folder_to_groups(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    backend.go_on.clear()
    event = drop(window, urls(tmp_path))
    assert event.dropAction() is Qt.DropAction.CopyAction  # the source must not move it
    assert window.pages.empty.title == "Scanning …"
    qtbot.waitUntil(lambda: window.scan_bar.text.startswith("Reading photos"))
    backend.go_on.set()
    qtbot.waitUntil(lambda: not window.session.is_scanning)
    pages = window.pages
    assert [pages.tabs.tabText(n) for n in range(4)] == [
        "Duplicates (2)",
        "Similar shots (1)",
        "Search",
        "Problems (1)",
    ]
    assert pages.duplicates.group is GROUPS[0] or pages.duplicates.group is GROUPS[1]
    assert pages.duplicates.group_page.reason.startswith("because: larger")
    assert "2 group(s)" in pages.duplicates.totals
    assert pages.problems.model.rowCount() == 1
    assert "9 photo(s)" in window.scan_bar.text


def test_pause_and_cancel(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    actions = window.window_actions
    backend.go_on.clear()
    drop(window, urls(tmp_path))
    actions.pause.trigger()
    assert window.session.is_paused
    assert window.scan_bar.text == "Paused"
    assert actions.pause.text() == "&Resume"
    actions.pause.trigger()
    assert not window.session.is_paused
    with qtbot.waitSignal(window.session.scan_cancelled):
        actions.cancel.trigger()
    assert "cancelled" in window.scan_bar.text
    assert not actions.cancel.isEnabled()
    assert window.pages.empty.title == "Ready to scan"


def test_a_folder_dropped_while_scanning_is_scanned_next(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    backend.go_on.clear()
    drop(window, urls(first))
    drop(window, urls(second))
    backend.go_on.set()
    qtbot.waitUntil(lambda: len(backend.requests) == 2 and not window.session.is_scanning)
    assert [request.folders for request in backend.requests] == [(first,), (first, second)]


def test_review_with_the_keyboard_alone(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    scan(qtbot, window, tmp_path)
    pages, review = window.pages, window.pages.duplicates
    activate(qtbot, window)
    review.list.setFocus()
    qtbot.waitUntil(review.list.hasFocus)
    first = review.group
    keys(window, "N")
    assert review.group is not first
    keys(window, "P")
    assert review.group is first
    while review.group is not GROUPS[0]:
        keys(window, "Down")
    keys(window, "Return")
    assert review.group_page.grid.hasFocus()
    keys(window, "Right")
    assert [photo.path.name for photo in review.selected_photos()] == ["beach gray.jpg"]
    keys(window, "C")
    assert pages.is_comparing
    assert pages.compare.second is not None
    assert pages.compare.second.path.name == "beach gray.jpg"
    keys(window, "Space")
    assert pages.compare.canvas.mode is CompareMode.FLIP
    assert pages.compare.canvas.shows_second
    for key, mode in (("3", CompareMode.WIPE), ("4", CompareMode.DIFFERENCE)):
        keys(window, key)
        assert pages.compare.canvas.mode is mode
    keys(window, "+", "+", "0")
    assert pages.compare.canvas.zoom == 1.0
    keys(window, "Left")
    assert pages.compare.second.path.name == "beach small.jpg"
    keys(window, "Esc")
    assert not pages.is_comparing
    assert [photo.path.name for photo in review.selected_photos()] == ["beach small.jpg"]
    keys(window, "Ctrl+2")
    assert pages.tabs.currentIndex() == SIMILAR
    keys(window, "Ctrl+4")
    assert pages.tabs.currentIndex() == PROBLEMS


def test_comparing_goes_on_to_the_next_group(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    scan(qtbot, window, tmp_path)
    pages = window.pages
    pages.start_comparison()
    seen = [pages.compare.second]
    for _ in range(3):
        pages.compare.next_photo()
        seen.append(pages.compare.second)
    names = {photo.path.name for photo in seen if photo is not None}
    assert names == {"beach small.jpg", "beach gray.jpg", "dog copy.jpg"}
    qtbot.waitUntil(lambda: pages.compare.status.startswith("The second photo is laid over"))


def test_letters_typed_into_the_filter_are_no_commands(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    scan(qtbot, window, tmp_path)
    activate(qtbot, window)
    review = window.pages.duplicates
    field = review.findChild(QLineEdit)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    keys(window, "C", "O", "P", "Y")
    assert field.text().lower() == "copy"
    assert not window.pages.is_comparing
    qtbot.waitUntil(lambda: review.model.rowCount() == 1)
    assert review.group is GROUPS[1]
    assert "1 group(s) hidden by the filter" in review.totals


def test_strictness_keeps_the_group_that_is_looked_at(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    scan(qtbot, window, tmp_path)
    review = window.pages.duplicates
    row = review.model.row_of(GROUPS[1])
    assert row is not None
    review.list.setCurrentIndex(review.model.index(row))
    for strictness, count in ((0.0, 3), (1.0, 1)):
        with qtbot.waitSignal(window.session.result_changed):
            window.session.set_strictness(strictness)
        assert review.model.rowCount() == count
        assert review.group is GROUPS[1]


def test_search_by_a_dropped_file(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    photo = tmp_path / "query.png"
    assert picture().save(str(photo))
    drop(window, urls(photo))
    search = window.pages.search
    qtbot.waitUntil(lambda: search.model.rowCount() > 0)
    assert window.pages.tabs.currentIndex() == SEARCH
    assert backend.searches == [((photo,), (), 50)]
    likeness = [card.similarity for card in search.model.cards]
    assert likeness == sorted(likeness, reverse=True)
    assert search.status.startswith(f"{len(PHOTOS)} photo(s) like query.png")


def test_a_drag_over_the_window_prepares_for_a_search(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    data = urls(tmp_path / "photo.jpg")
    event = QDragEnterEvent(
        QPoint(400, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    assert backend.prepared == []
    window.dragEnterEvent(event)
    qtbot.waitUntil(lambda: backend.prepared == [()])


def test_the_search_page_prepares_for_a_search_where_it_will_look(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    search = window.pages.search
    window.session.set_folders([tmp_path])
    search.where.setCurrentIndex(1)
    assert backend.prepared == []
    window.pages.tabs.setCurrentWidget(search)
    qtbot.waitUntil(lambda: backend.prepared == [(tmp_path,)])


def test_search_by_a_dropped_picture_and_by_paste(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    data = QMimeData()
    data.setImageData(picture())
    drop(window, data)
    qtbot.waitUntil(lambda: window.pages.search.model.rowCount() > 0)
    QGuiApplication.clipboard().setImage(picture())
    window.window_actions.paste_query.trigger()
    qtbot.waitUntil(lambda: len(backend.searches) == 2)
    qtbot.waitUntil(lambda: "Pasted picture 2" in window.pages.search.status)
    QGuiApplication.clipboard().setText("no picture")
    window.window_actions.paste_query.trigger()
    assert window.statusBar().currentMessage() == "There is no picture on the clipboard"
    assert len(backend.searches) == 2


def test_find_similar_on_a_photo_of_a_group(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    scan(qtbot, window, tmp_path)
    chosen = window.pages.selected_photos()[0]
    window.pages.photo_actions.find_similar.trigger()
    qtbot.waitUntil(lambda: window.pages.search.model.rowCount() > 0)
    assert backend.searches[0][0] == (chosen.path,)


def test_several_queries_give_one_result_each(qtbot: QtBot, window: MainWindow) -> None:
    search = window.pages.search
    search.search_files([PHOTOS[0].path, PHOTOS[1].path])
    qtbot.waitUntil(lambda: search.queries.rowCount() == 2)
    assert PHOTOS[0].path.name in search.status
    search.query_list.setCurrentIndex(search.queries.index(1))
    assert PHOTOS[1].path.name in search.status


def test_relations_fill_in_without_moving_what_was_found(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend
) -> None:
    search = window.pages.search
    backend.name_on.clear()
    search.search_files([PHOTOS[0].path, PHOTOS[1].path])
    qtbot.waitUntil(lambda: search.model.rowCount() == len(PHOTOS))
    search.grid.setCurrentIndex(search.model.index(3))
    before = [card.photo for card in search.model.cards]
    assert {card.relation for card in search.model.cards[1:]} == {None}
    with qtbot.assertNotEmitted(search.model.modelReset):
        backend.name_on.set()
        qtbot.waitUntil(lambda: search.model.card(len(PHOTOS) - 1).relation is Relation.RESAVED)
    assert [card.photo for card in search.model.cards] == before
    assert [photo.path for photo in search.selected_photos()] == [PHOTOS[3].path]
    last = search.queries.result
    qtbot.waitUntil(lambda: last(1).matches[-1].relation is Relation.RESAVED)
    assert search.query_list.currentIndex().row() == 0
    assert [m.relation for m in last(0).matches[1:]] == [Relation.RESAVED] * (len(PHOTOS) - 1)


def test_a_failed_scan_is_explained(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    backend.error = FolderMissing(tmp_path)
    drop(window, urls(tmp_path))
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None)
    box = window.findChild(QMessageBox)
    assert str(tmp_path) in box.text()
    box.close()


def test_copies_paths(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    scan(qtbot, window, tmp_path)
    window.pages.photo_actions.copy_path.trigger()
    (photo,) = window.pages.selected_photos()
    assert QGuiApplication.clipboard().text() == str(photo.path)
    window.pages.photo_actions.copy.trigger()
    assert QGuiApplication.clipboard().mimeData().urls()[0].toLocalFile() == str(photo.path)


def test_protecting_a_folder_scans_again(
    qtbot: QtBot, window: MainWindow, backend: FakeBackend, tmp_path: Path
) -> None:
    scan(qtbot, window, tmp_path)
    panel = window.folders_panel
    panel.select([tmp_path])
    panel.protect_action.trigger()
    qtbot.waitUntil(lambda: len(backend.requests) == 2 and not window.session.is_scanning)
    assert backend.requests[1].protected == (tmp_path,)
    panel.select([tmp_path])
    assert panel.protect_action.isChecked()


def test_closing_while_scanning_cancels_and_remembers(
    qtbot: QtBot,
    window: MainWindow,
    backend: FakeBackend,
    settings: WindowSettings,
    tmp_path: Path,
) -> None:
    backend.go_on.clear()
    drop(window, urls(tmp_path))
    window.close()
    assert not window.session.is_scanning
    assert backend.closed
    assert settings.folders == [tmp_path]
    assert not settings.geometry("window").isEmpty()


def test_the_sheet_lists_every_key_once(qtbot: QtBot, window: MainWindow) -> None:
    window.window_actions.keys.trigger()
    sheet = window.findChild(KeysDialog)
    listed = sheet.keys()
    assert listed["Compare"] == "C"
    assert listed["Keyboard"] == "F1"
    assert listed["Flip"] == "2"
    assert listed["Search by a part …"] == "Ctrl+Shift+F"
    sheet.close()


def test_about_has_a_report_to_copy(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    scan(qtbot, window, tmp_path)
    window.window_actions.about.trigger()
    dialog = window.findChild(AboutDialog)
    dialog.copy_report()
    report = QGuiApplication.clipboard().text()
    assert "PySide6-Essentials" in report
    assert "device cpu (no NVIDIA driver)" in report
    dialog.close()


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_themes(window: MainWindow, settings: WindowSettings, theme: Theme) -> None:
    actions = window.window_actions.themes.actions()
    next(action for action in actions if action.data() is theme).trigger()
    QApplication.processEvents()
    assert is_dark(window.palette()) is (theme is Theme.DARK)
    assert settings.theme is theme
    next(action for action in actions if action.data() is Theme.SYSTEM).trigger()


def test_what_can_have_the_focus_has_a_name(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    scan(qtbot, window, tmp_path)
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and type(widget).__module__.startswith("photodedup")
        and not widget.accessibleName()
    ]
    assert nameless == []


def test_a_new_window_takes_up_what_the_session_has(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    backend: FakeBackend,
    settings: WindowSettings,
    tmp_path: Path,
) -> None:
    """As when the language changes."""
    scan(qtbot, window, tmp_path)
    other = MainWindow(session, backend, settings)
    qtbot.addWidget(other)
    assert other.pages.duplicates.model.rowCount() == 2
    assert other.folders_panel.selected() == []
    other.release()


def test_a_click_on_a_card_chooses_it(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    scan(qtbot, window, tmp_path)
    grid = window.pages.duplicates.group_page.grid
    place = grid.visualRect(grid.model().index(0))
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place.center() + QPoint(0, 5))
    (photo,) = window.pages.selected_photos()
    assert window.pages.duplicates.group is not None
    assert photo == window.pages.duplicates.group.keeper


def test_places_that_differ_can_be_hidden(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    scan(qtbot, window, tmp_path)
    page = window.pages.compare
    differing = make_member(PHOTOS[2], Relation.EDITED, places=2)
    page.show_group(make_group(PHOTOS[0], differing, make_member(PHOTOS[1])))
    assert page.places_action.isEnabled()
    assert len(page.canvas.places) == 2
    page.places_action.trigger()
    assert page.canvas.places == ()
    page.next_photo()
    assert not page.places_action.isEnabled()


def test_leaving_names_out_scans_again(
    qtbot: QtBot,
    window: MainWindow,
    backend: FakeBackend,
    settings: WindowSettings,
    tmp_path: Path,
) -> None:
    scan(qtbot, window, tmp_path)
    activate(qtbot, window)
    field = window.folders_panel.excluded
    field.setFocus()
    QTest.keyClicks(field, "*.png, ,cache/*")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(backend.requests) == 2 and not window.session.is_scanning)
    assert backend.requests[1].excluded == ("*.png", "cache/*")
    QTest.keyClick(field, Qt.Key.Key_Return)  # nothing changed: no scan
    assert not window.session.is_scanning
    window.save()
    assert settings.options.excluded == ("*.png", "cache/*")


def test_saves_a_result_as_a_picture(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    search = window.pages.search
    assert not search.save_action.isEnabled()
    search.search_files([PHOTOS[0].path, PHOTOS[1].path])
    qtbot.waitUntil(search.save_action.isEnabled)
    search.save_to(tmp_path / "result.png")
    qtbot.waitUntil(lambda: search.status.endswith("result.png"))
    assert (tmp_path / "result.png").read_bytes() == b"picture of beach.jpg, beach small.jpg"
    search.save_to(tmp_path)
    qtbot.waitUntil(lambda: "directory" in search.status.lower())
