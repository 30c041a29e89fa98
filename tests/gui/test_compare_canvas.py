import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from photodedup.gui.compare_canvas import (
    MAX_SCALE,
    PLACE_COLOR,
    CompareCanvas,
    CompareMode,
    Picture,
    make_picture,
)

RED, BLUE, NEARLY_RED = QColor(200, 0, 0), QColor(0, 0, 200), QColor(190, 0, 0)
WIDTH, HEIGHT = 402, 300


def picture(color: QColor, size: tuple[int, int] = (400, 600)) -> Picture:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(color)
    return make_picture(image, QSizeF(*size))


@pytest.fixture
def canvas(qtbot: QtBot) -> CompareCanvas:
    made = CompareCanvas()
    qtbot.addWidget(made)
    made.resize(WIDTH, HEIGHT)
    made.show()
    qtbot.waitExposed(made)
    made.set_pictures(picture(RED), picture(BLUE), None)
    return made


def color_at(canvas: CompareCanvas, x: int, y: int) -> QColor:
    return canvas.grab().toImage().pixelColor(x, y)


def seen(canvas: CompareCanvas) -> tuple[QColor, QColor]:
    """Colours left and right of the middle."""
    return color_at(canvas, WIDTH // 2 - 20, 150), color_at(canvas, WIDTH // 2 + 20, 150)


def test_side_by_side_shows_each_in_its_half(canvas: CompareCanvas) -> None:
    assert color_at(canvas, 100, 150) == RED
    assert color_at(canvas, 302, 150) == BLUE
    canvas.set_pictures(picture(RED, (200, 600)), picture(BLUE), None)
    assert color_at(canvas, 5, 150) == canvas.palette().base().color()


def test_flip_shows_one_at_a_time_in_one_place(qtbot: QtBot, canvas: CompareCanvas) -> None:
    canvas.set_mode(CompareMode.FLIP)
    assert seen(canvas) == (RED, RED)
    with qtbot.waitSignal(canvas.flipped) as caught:
        canvas.flip()
    assert caught.args == [True]
    assert seen(canvas) == (BLUE, BLUE)


def test_wipe_follows_the_pointer(canvas: CompareCanvas) -> None:
    canvas.set_mode(CompareMode.WIPE)
    assert seen(canvas) == (RED, BLUE)
    QTest.mouseMove(canvas, QPoint(WIDTH - 20, 100))
    assert seen(canvas) == (RED, RED)
    canvas.set_wipe(0.0)
    assert seen(canvas) == (BLUE, BLUE)


def test_difference_is_black_where_there_is_none_and_four_times_as_bright(
    canvas: CompareCanvas,
) -> None:
    canvas.set_mode(CompareMode.DIFFERENCE)
    canvas.set_pictures(picture(RED), picture(RED), None)
    assert seen(canvas) == (QColor(0, 0, 0), QColor(0, 0, 0))
    canvas.set_pictures(picture(RED), picture(NEARLY_RED), None)
    assert seen(canvas) == (QColor(40, 0, 0), QColor(40, 0, 0))


def test_overlays_use_the_photo_that_was_laid_over(canvas: CompareCanvas) -> None:
    canvas.set_pictures(picture(RED), picture(BLUE), picture(NEARLY_RED))
    assert color_at(canvas, 302, 150) == BLUE  # side by side: as it is
    canvas.flip()
    assert canvas.mode is CompareMode.FLIP
    assert seen(canvas) == (NEARLY_RED, NEARLY_RED)


def test_zooming_keeps_the_point_below_the_pointer(canvas: CompareCanvas) -> None:
    """A photo that is red to the left and blue to the right of a line, zoomed at the line."""
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[:, :300] = RED.getRgb()[:3]
    pixels[:, 300:] = BLUE.getRgb()[:3]
    image = QImage(pixels.data, 400, 300, 1200, QImage.Format.Format_RGB888).copy()
    canvas.set_mode(CompareMode.FLIP)
    canvas.set_pictures(make_picture(image, QSizeF(400, 300)), picture(BLUE), None)
    line = 1 + 300
    for factor in (2.0, 3.0, 1 / 3.0):
        canvas.zoom_by(factor, QPointF(line, 150))
        assert color_at(canvas, line - 8, 150) == RED
        assert color_at(canvas, line + 8, 150) == BLUE


def test_zoom_is_locked_and_bounded(canvas: CompareCanvas) -> None:
    canvas.zoom_by(1000.0)
    assert canvas.zoom == pytest.approx(MAX_SCALE * 2)  # fitted at half its size
    canvas.zoom_by(0.0001)
    assert canvas.zoom == 1.0
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 150))
    assert canvas.zoom == pytest.approx(2.0)  # its own pixels
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 150))
    assert canvas.zoom == 1.0


def test_nothing_moves_when_the_sharp_picture_comes(canvas: CompareCanvas) -> None:
    canvas.zoom_by(3.0, QPointF(50, 60))
    before = canvas.grab().toImage()
    small = QImage(40, 60, QImage.Format.Format_RGB32)
    small.fill(RED)
    canvas.set_pictures(make_picture(small, QSizeF(400, 600)), picture(BLUE), None)
    assert canvas.grab().toImage() == before


def test_levels_are_halves_and_the_coarsest_that_suffices_is_painted() -> None:
    made = picture(RED, (4000, 3000))
    assert [level.width() for level in made.levels] == [4000, 2000, 1000]
    assert made.level_for(900).width() == 1000
    assert made.level_for(1001).width() == 2000
    assert made.level_for(90_000).width() == 4000


def test_paints_nothing_without_photos(canvas: CompareCanvas) -> None:
    canvas.set_pictures(None, None, None)
    canvas.zoom_by(2.0)
    assert color_at(canvas, 100, 150) == canvas.palette().base().color()


def test_outlines_places_on_the_first_photo_only(canvas: CompareCanvas) -> None:
    canvas.set_places([(0.25, 0.5, 0.5, 0.25)])  # 50, 150 to 150, 225 in the left pane
    edge = color_at(canvas, 48, 180)
    assert edge == PLACE_COLOR
    assert color_at(canvas, 100, 180) == RED
    assert color_at(canvas, 48 + 202, 180) == BLUE
    canvas.set_places([])
    assert color_at(canvas, 48, 180) == RED
