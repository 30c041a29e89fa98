"""Two photos in one view: side by side, in turn, with a wipe, or their difference."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from photodedup.core.records import Box

MAX_SCALE = 16.0  # screen pixels a photo pixel
WHEEL_STEP = 1.25
SMALLEST_LEVEL_PX = 512
PLACE_COLOR = QColor("#ffd400")
MOST_POINTS = 48  # more hide the photos
POINT_PX = 4

Points = Sequence[tuple[float, float, float, float]]
"""x, y on the first photo and x, y on the second, as shares of width and height."""


class CompareMode(enum.Enum):
    """How the two photos share the view."""

    SIDE_BY_SIDE = "side_by_side"
    FLIP = "flip"
    WIPE = "wipe"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Picture:
    """One photo at its full size and in halves of it, so that zoomed out it still paints fast.

    levels: the first is the finest; it may be a preview, smaller than size. size: of the photo
    in its own pixels.
    """

    levels: tuple[QImage, ...]
    size: QSizeF

    def level_for(self, shown_width: float) -> QImage:
        """The coarsest level that still has a pixel for every pixel of the screen."""
        for level in reversed(self.levels):
            if level.width() >= shown_width:
                return level
        return self.levels[0]


def make_picture(image: QImage, size: QSizeF) -> Picture:
    """Halve an image until it is small; slow for large ones, so not for the window's thread."""
    levels = [image.convertToFormat(QImage.Format.Format_RGB32)]
    while max(levels[-1].width(), levels[-1].height()) > 2 * SMALLEST_LEVEL_PX:
        last = levels[-1]
        levels.append(
            last.scaled(
                max(1, last.width() // 2),
                max(1, last.height() // 2),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
    return Picture(tuple(levels), size)


class CompareCanvas(QWidget):
    """Zoom and pan are one for both photos: the same share of each is at the same place.

    The wheel zooms at the pointer, dragging moves, a double click goes between the whole photo
    and its own pixels. In the wipe, moving the pointer without a button moves the edge.
    """

    flipped = Signal(bool)  # whether the second photo is shown

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first: Picture | None = None
        self._second: Picture | None = None
        self._second_on_first: Picture | None = None
        self._mode = CompareMode.SIDE_BY_SIDE
        self._places: tuple[Box, ...] = ()
        self._points: Points = ()
        self._zoom = 1.0  # 1: the whole photo fits
        self._centre = QPointF(0.5, 0.5)  # of the view, as shares of the photo
        self._wipe = 0.5  # where the edge is, as a share of the view's width
        self._shows_second = False
        self._dragged_from: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)

    @property
    def mode(self) -> CompareMode:
        """How the photos share the view."""
        return self._mode

    @property
    def zoom(self) -> float:
        """1 where the whole photo fits the view."""
        return self._zoom

    @property
    def shows_second(self) -> bool:
        """Which photo is on top in the flip."""
        return self._shows_second

    def set_pictures(
        self, first: Picture | None, second: Picture | None, second_on_first: Picture | None
    ) -> None:
        """Show photos, or sharper pictures of the same; zoom and place stay.

        second_on_first: the second laid over the first, in the first's frame, where that is known.
        """
        self._first, self._second, self._second_on_first = first, second, second_on_first
        self.update()

    @property
    def places(self) -> tuple[Box, ...]:
        """The outlined places."""
        return self._places

    def set_places(self, places: Sequence[Box]) -> None:
        """Outline places on the first photo, and where the photos lie over one another."""
        self._places = tuple(places)
        self.update()

    @property
    def points(self) -> Points:
        """The points that are marked."""
        return self._points

    def set_points(self, points: Points) -> None:
        """Mark what both photos show, each point in its own colour on both, side by side."""
        step = max(1, -(-len(points) // MOST_POINTS))
        self._points = tuple(points[::step])
        self.update()

    def set_mode(self, mode: CompareMode) -> None:
        """Change how the photos share the view."""
        self._mode = mode
        self._shows_second = False
        self.update()
        self.flipped.emit(False)

    def flip(self) -> None:
        """Show the other photo in place; from another mode, begin with the second."""
        if self._mode is not CompareMode.FLIP:
            self._mode = CompareMode.FLIP
            self._shows_second = False
        self._shows_second = not self._shows_second
        self.update()
        self.flipped.emit(self._shows_second)

    def fit(self) -> None:
        """Show the whole photos."""
        self._zoom, self._centre = 1.0, QPointF(0.5, 0.5)
        self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a point of the widget, or around the middle of the view."""
        pane = self._pane_at(at)
        point = pane.center() if at is None else at
        before = self._share_at(point, pane)
        self._zoom = min(max(1.0, self._zoom * factor), self._most_zoom())
        place = self._place(pane, self._first)
        moved = point - pane.center()
        self._centre = before - QPointF(moved.x() / place.width(), moved.y() / place.height())
        self._keep_in_view()

    def show_pixels(self, at: QPointF | None = None) -> None:
        """Show one pixel of the first photo as one of the screen."""
        if self._first is not None:
            own = self._first.size.width() / self.devicePixelRatioF()
            fitted = self._fitted(self._pane_at(at), self._first).width()
            self.zoom_by(max(1.0, own / fitted) / self._zoom, at)

    def pan(self, right: float, down: float) -> None:
        """Move the view by shares of what is seen."""
        self._centre += QPointF(right / self._zoom, down / self._zoom)
        self._keep_in_view()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint both photos as the mode wants."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        if self._first is None or self._second is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._is_smooth())
        if self._mode is CompareMode.SIDE_BY_SIDE:
            left, right = self._panes()
            self._paint(painter, left, left, self._first)
            self._paint(painter, right, right, self._second)
            self._paint_places(painter, left)
            self._paint_points(painter, left, self._first, [point[:2] for point in self._points])
            self._paint_points(painter, right, self._second, [point[2:] for point in self._points])
            return
        whole = QRectF(self.rect())
        over = self._second_on_first or self._second
        if self._mode is CompareMode.FLIP:
            self._paint(painter, whole, whole, over if self._shows_second else self._first)
        elif self._mode is CompareMode.WIPE:
            self._paint_wipe(painter, whole, over)
        else:
            self._paint_difference(painter, whole, over)
        self._paint_places(painter, whole)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        steps = event.angleDelta().y() / 120
        self.zoom_by(WHEEL_STEP**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        self._dragged_from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the photos, or the edge of the wipe."""
        if self._dragged_from is not None and event.buttons() & Qt.MouseButton.LeftButton:
            place = self._place(self._pane_at(event.position()), self._first)
            moved = event.position() - self._dragged_from
            self._centre -= QPointF(moved.x() / place.width(), moved.y() / place.height())
            self._dragged_from = event.position()
            self._keep_in_view()
        elif self._mode is CompareMode.WIPE:
            self.set_wipe(event.position().x() / max(1, self.width()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End to drag."""
        self._dragged_from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Between the whole photo and its own pixels."""
        if self._zoom > 1.0:
            self.fit()
        else:
            self.show_pixels(event.position())

    @property
    def wipe(self) -> float:
        """Where the edge of the wipe is, as a share of the width."""
        return self._wipe

    def set_wipe(self, share: float) -> None:
        """Move the edge of the wipe."""
        self._wipe = min(max(share, 0.0), 1.0)
        self.update()

    def _panes(self) -> tuple[QRectF, QRectF]:
        width = (self.width() - 2) / 2
        left = QRectF(0, 0, width, self.height())
        return left, left.translated(width + 2, 0)

    def _pane_at(self, point: QPointF | None) -> QRectF:
        if self._mode is not CompareMode.SIDE_BY_SIDE:
            return QRectF(self.rect())
        left, right = self._panes()
        return right if point is not None and point.x() > left.right() else left

    def _fitted(self, pane: QRectF, picture: Picture | None) -> QSizeF:
        if picture is None:
            return pane.size()
        return picture.size.scaled(pane.size(), Qt.AspectRatioMode.KeepAspectRatio)

    def _place(self, pane: QRectF, picture: Picture | None) -> QRectF:
        """Where the whole photo would lie on the widget, mostly outside when zoomed in."""
        size = self._fitted(pane, picture) * self._zoom
        corner = pane.center() - QPointF(
            self._centre.x() * size.width(), self._centre.y() * size.height()
        )
        return QRectF(corner, size)

    def _share_at(self, point: QPointF, pane: QRectF) -> QPointF:
        place = self._place(pane, self._first)
        away = point - place.topLeft()
        return QPointF(away.x() / place.width(), away.y() / place.height())

    def _most_zoom(self) -> float:
        if self._first is None:
            return 1.0
        fitted = self._fitted(self._pane_at(None), self._first).width()
        return max(1.0, MAX_SCALE * self._first.size.width() / fitted)

    def _keep_in_view(self) -> None:
        """Keep the middle of the view on the photo."""
        reach = 0.5 / self._zoom
        self._centre = QPointF(
            min(max(self._centre.x(), reach), 1 - reach),
            min(max(self._centre.y(), reach), 1 - reach),
        )
        self.update()

    def _is_smooth(self) -> bool:
        """Beyond three screen pixels a photo pixel, pixels are shown as they are."""
        assert self._first is not None
        place = self._place(self._pane_at(None), self._first)
        return place.width() < 3 * self._first.size.width()

    def _paint(self, painter: QPainter, pane: QRectF, clip: QRectF, picture: Picture) -> None:
        place = self._place(pane, picture)
        seen = place.intersected(clip)
        if seen.isEmpty():
            return
        level = picture.level_for(place.width() * self.devicePixelRatioF())
        scale_x, scale_y = level.width() / place.width(), level.height() / place.height()
        source = QRectF(
            (seen.left() - place.left()) * scale_x,
            (seen.top() - place.top()) * scale_y,
            seen.width() * scale_x,
            seen.height() * scale_y,
        )
        painter.drawImage(seen, level, source)

    def _paint_places(self, painter: QPainter, pane: QRectF) -> None:
        place = self._place(pane, self._first)
        painter.setClipRect(pane)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y, width, height in self._places:
            box = QRectF(
                place.x() + x * place.width(),
                place.y() + y * place.height(),
                width * place.width(),
                height * place.height(),
            ).adjusted(-2, -2, 2, 2)
            for color, thickness in ((Qt.GlobalColor.black, 4), (PLACE_COLOR, 2)):
                painter.setPen(QPen(color, thickness))  # black around: seen on any photo
                painter.drawRect(box)

    def _paint_points(
        self,
        painter: QPainter,
        pane: QRectF,
        picture: Picture,
        points: Sequence[tuple[float, float]],
    ) -> None:
        place = self._place(pane, picture)
        painter.setClipRect(pane)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(Qt.GlobalColor.black, 1.5))
        for number, (x, y) in enumerate(points):
            painter.setBrush(QColor.fromHsvF(number / max(1, len(points)), 0.9, 1.0))
            spot = QPointF(place.x() + x * place.width(), place.y() + y * place.height())
            painter.drawEllipse(spot, POINT_PX, POINT_PX)

    def _paint_wipe(self, painter: QPainter, pane: QRectF, over: Picture) -> None:
        assert self._first is not None
        edge = pane.width() * self._wipe
        self._paint(painter, pane, QRectF(0, 0, edge, pane.height()), self._first)
        right = QRectF(edge, 0, pane.width() - edge, pane.height())
        self._paint(painter, pane, right, over)
        painter.fillRect(QRectF(edge - 1, 0, 2, pane.height()), QColor(255, 255, 255))
        painter.fillRect(QRectF(edge + 1, 0, 1, pane.height()), QColor(0, 0, 0))

    def _paint_difference(self, painter: QPainter, pane: QRectF, over: Picture) -> None:
        """Paint what differs four times as bright as it is, black where nothing does."""
        assert self._first is not None
        ratio = self.devicePixelRatioF()
        made = QImage((pane.size() * ratio).toSize(), QImage.Format.Format_RGB32)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.black)
        inner = QPainter(made)
        inner.setRenderHints(painter.renderHints())
        self._paint(inner, pane, pane, self._first)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
        self._paint(inner, pane, pane, over)
        inner.end()
        for _ in range(2):  # doubled twice
            doubled = QPainter(made)
            doubled.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
            doubled.drawImage(0, 0, made.copy())
            doubled.end()
        painter.drawImage(0, 0, made)
