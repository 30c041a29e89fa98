"""Search by a framed part of a query, and the comparison of a match with its query."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from photodedup.gui.frame_dialog import LEAST, STEP, FrameDialog, FrameView
from photodedup.gui.main_window import MainWindow
from tests.gui.fake_core import PHOTOS, FakeBackend


@pytest.fixture
def query(tmp_path: Path) -> Path:
    """The left half is red, the right half blue."""
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40, 0] = 255
    pixels[:, 40:, 2] = 255
    path = tmp_path / "query.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def searched(qtbot: QtBot, window: MainWindow, query: Path) -> MainWindow:
    window.open_paths([query])
    qtbot.waitUntil(lambda: window.pages.search.model.rowCount() > 0)
    return window


def make_view(qtbot: QtBot) -> FrameView:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    view = FrameView(image)
    qtbot.addWidget(view)
    view.resize(408, 308)
    view.show()
    qtbot.waitExposed(view)
    return view


def rounded(frame: QRectF) -> tuple[float, ...]:
    return tuple(round(v, 3) for v in (frame.x(), frame.y(), frame.width(), frame.height()))


def test_the_framed_part_is_searched_for(
    qtbot: QtBot, searched: MainWindow, backend: FakeBackend, query: Path
) -> None:
    search = searched.pages.search
    search.part_action.trigger()
    dialog = search.findChild(FrameDialog)
    dialog.view.set_frame(QRectF(0.5, 0.0, 0.5, 0.5))
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(backend.searches) == 2)
    qtbot.waitUntil(lambda: "Part of query" in search.status)
    (part,) = backend.searches[1][0]
    with Image.open(part) as image:
        assert image.size == (40, 20)
        assert image.getcolors() == [(800, (0, 0, 255))]
    assert query.exists()


def test_a_frame_is_dragged(qtbot: QtBot) -> None:
    view = make_view(qtbot)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(304, 229))
    QTest.mouseMove(view, QPoint(104, 79))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(104, 79))
    assert rounded(view.frame) == (0.25, 0.25, 0.5, 0.5)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    QTest.mouseMove(view, QPoint(204, 154))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(204, 154))
    assert rounded(view.frame) == (0.0, 0.0, 0.5, 0.5)


def test_a_frame_is_moved_and_sized_by_keys_and_stays_on_the_photo(qtbot: QtBot) -> None:
    view = make_view(qtbot)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert rounded(view.frame) == (0.25 + STEP, 0.25 - STEP, 0.5, 0.5)
    for _ in range(40):
        QTest.keyClick(view, Qt.Key.Key_Left)
        QTest.keyClick(view, Qt.Key.Key_Down)
    assert rounded(view.frame) == (0.0, 0.5, 0.5, 0.5)
    for _ in range(60):
        QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert rounded(view.frame) == (0.0, 0.5, LEAST, 0.5)
    for _ in range(60):
        QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert rounded(view.frame) == (0.0, 0.5, 1.0, 0.5)


def test_a_match_is_compared_with_its_query(
    qtbot: QtBot, searched: MainWindow, backend: FakeBackend
) -> None:
    pages = searched.pages
    grid = pages.search.grid
    grid.setCurrentIndex(grid.model().index(2))
    assert pages.photo_actions.compare.isEnabled()
    pages.photo_actions.compare.trigger()
    assert pages.is_comparing
    assert pages.compare.second == PHOTOS[2]
    assert not pages.mark_actions.toggle.isEnabled()
    qtbot.waitUntil(lambda: pages.compare.is_loaded or "gone" in pages.compare.status)
    pages.compare.next_photo()
    assert pages.compare.second == PHOTOS[3]
    pages.leave_comparison()
    assert pages.search.grid.current_photo() == PHOTOS[3]


def test_matched_points_are_shown_on_demand(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.session.scan_ended):
        window.open_paths([tmp_path])
    pages = window.pages
    pages.start_comparison()
    compare = pages.compare
    assert not compare.points_action.isEnabled()
    qtbot.waitUntil(compare.points_action.isEnabled)
    assert compare.canvas.points == ()
    compare.points_action.trigger()
    assert len(compare.canvas.points) == 2
    compare.canvas.grab()  # paints them
    many = tuple((n / 1000, 0.5, n / 1000, 0.5) for n in range(1000))
    compare.canvas.set_points(many)
    assert 40 <= len(compare.canvas.points) <= 50
