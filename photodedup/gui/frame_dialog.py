"""A frame on a photo, drawn with the mouse or moved with the keys, to search for that part."""

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

STEP = 0.02  # of the photo's width and height, for each key
LEAST = 0.05
WHOLE = QRectF(0.0, 0.0, 1.0, 1.0)
KEYS = {
    Qt.Key.Key_Left: (-STEP, 0.0),
    Qt.Key.Key_Right: (STEP, 0.0),
    Qt.Key.Key_Up: (0.0, -STEP),
    Qt.Key.Key_Down: (0.0, STEP),
}


class FrameView(QWidget):
    """Shows a photo with a frame; arrow keys move the frame, with Shift its lower right corner."""

    def __init__(self, image: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = image
        self._frame = QRectF(0.25, 0.25, 0.5, 0.5)
        self._corner: QPointF | None = None  # where the mouse began, as shares
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 180)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def frame(self) -> QRectF:
        """The framed part, as shares of the photo's width and height."""
        return self._frame

    def set_frame(self, frame: QRectF) -> None:
        """Frame another part; it is kept on the photo, and large enough."""
        width = min(max(frame.width(), LEAST), 1.0)
        height = min(max(frame.height(), LEAST), 1.0)
        left = min(max(frame.left(), 0.0), 1.0 - width)
        top = min(max(frame.top(), 0.0), 1.0 - height)
        self._frame = QRectF(left, top, width, height)
        self.update()

    def sizeHint(self) -> QSize:
        """As large as is comfortable."""
        size = self._image.size().scaled(680, 460, Qt.AspectRatioMode.KeepAspectRatio)
        return size + QSize(8, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the photo, darker outside the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self._place()
        painter.drawImage(place, self._image)
        framed = self._on_widget(self._frame)
        outside = QPainterPath()
        outside.addRect(place)
        inside = QPainterPath()
        inside.addRect(framed)
        painter.fillPath(outside - inside, QColor(0, 0, 0, 140))
        for color, width in ((QColor(Qt.GlobalColor.black), 4), (QColor(Qt.GlobalColor.white), 2)):
            painter.setPen(QPen(color, width))
            painter.drawRect(framed)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a frame."""
        self._corner = self._share_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the frame up to the pointer."""
        if self._corner is not None:
            self.set_frame(QRectF(self._corner, self._share_at(event.position())).normalized())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """End the frame."""
        self._corner = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move or resize by one step."""
        step = KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            room = QSizeF(1.0 - self._frame.left(), 1.0 - self._frame.top())
            grown = self._frame.adjusted(0, 0, *step)
            grown.setSize(grown.size().boundedTo(room))
            self.set_frame(grown)
        else:
            self.set_frame(self._frame.translated(*step))

    def _place(self) -> QRectF:
        """Where the photo lies on the widget."""
        room = QSizeF(self.width() - 8, self.height() - 8)
        size = QSizeF(self._image.size()).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        corner = QPointF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2)
        return QRectF(corner, size)

    def _on_widget(self, shares: QRectF) -> QRectF:
        place = self._place()
        return QRectF(
            place.left() + shares.left() * place.width(),
            place.top() + shares.top() * place.height(),
            shares.width() * place.width(),
            shares.height() * place.height(),
        )

    def _share_at(self, point: QPointF) -> QPointF:
        place = self._place()
        away = point - place.topLeft()
        return QPointF(
            min(max(away.x() / place.width(), 0.0), 1.0),
            min(max(away.y() / place.height(), 0.0), 1.0),
        )


class FrameDialog(QDialog):
    """Emits framed(QRectF) with shares of the photo when the part is to be searched for."""

    framed = Signal(QRectF)

    def __init__(self, image: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Search by a part"))
        self.view = FrameView(image)
        self.view.setAccessibleName(self.tr("The photo with the frame"))
        hint = QLabel(
            self.tr(
                "Drag a frame around what you look for. Arrow keys move it, with Shift they change "
                "its size."
            )
        )
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        search = buttons.addButton(self.tr("Search"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._search)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addWidget(self.view, 1)
        layout.addWidget(buttons)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        search.setDefault(True)  # once it is in the dialog, which chooses another else
        self.view.setFocus()

    @Slot()
    def _search(self) -> None:
        self.framed.emit(self.view.frame)
        self.accept()
