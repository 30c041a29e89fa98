"""The list of groups: a thumbnail of the keeper, its name and what clearing would gain."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from photodedup.gui.group_model import DETAIL_ROLE, GroupModel

PICTURE = QSize(64, 48)
MARGIN = 6


class GroupDelegate(QStyledItemDelegate):
    """Paints one row of the list."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint from what the model has at hand."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            group = (
                QPalette.ColorGroup.Active
                if option.state & QStyle.StateFlag.State_Active
                else QPalette.ColorGroup.Inactive
            )
            painter.fillRect(option.rect, option.palette.color(group, QPalette.ColorRole.Highlight))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, option.palette.color(QPalette.ColorRole.AlternateBase))
        inner = option.rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        picture = QRect(inner.topLeft(), QSize(PICTURE.width(), inner.height()))
        _paint_picture(painter, picture, index.data(Qt.ItemDataRole.DecorationRole), option)
        text = inner.adjusted(PICTURE.width() + 10, 0, 0, 0)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        _paint_text(painter, text, option, index, option.palette.color(role))
        painter.restore()


def _paint_picture(
    painter: QPainter, place: QRect, pixmap: QPixmap | None, option: QStyleOptionViewItem
) -> None:
    if pixmap is None:
        shade = option.palette.color(QPalette.ColorRole.Mid)
        painter.fillRect(place, QColor(shade.red(), shade.green(), shade.blue(), 60))
        return
    fitted = QRect(
        QPoint(0, 0), pixmap.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    )
    fitted.moveCenter(place.center())
    painter.drawPixmap(fitted, pixmap)


def _paint_text(
    painter: QPainter,
    place: QRect,
    option: QStyleOptionViewItem,
    index: QModelIndex | QPersistentModelIndex,
    color: QColor,
) -> None:
    bold = QFont(option.font)
    bold.setBold(True)
    metrics = QFontMetrics(bold)
    top = place.center().y() - metrics.lineSpacing()
    name = metrics.elidedText(
        index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideMiddle, place.width()
    )
    painter.setPen(color)
    painter.setFont(bold)
    painter.drawText(place.left(), top + metrics.ascent(), name)
    faint = QColor(color)
    faint.setAlphaF(0.8)
    painter.setPen(faint)
    painter.setFont(option.font)
    detail = option.fontMetrics.elidedText(
        index.data(DETAIL_ROLE), Qt.TextElideMode.ElideRight, place.width()
    )
    painter.drawText(
        place.left(), top + metrics.lineSpacing() + option.fontMetrics.ascent() + 1, detail
    )


class GroupList(QTableView):
    """Shows a GroupModel of any size; only visible rows cost anything.

    A table of one column: a list view would ask the model for every row at each change (75,000
    rows: 170 ms, measured), a table with rows of one height asks for none.
    """

    def __init__(self, model: GroupModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waiting: tuple[int, int] | None = None  # row and offset, while hidden
        self._scroll_soon = QTimer(self, singleShot=True, interval=0)
        self._scroll_soon.timeout.connect(self._scroll_now)
        self.setModel(model)
        self.setItemDelegate(GroupDelegate(self))
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(row_height(self.fontMetrics()))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(30)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QTableView.Shape.NoFrame)

    def anchor_row(self) -> int:
        """The row that the eye rests on: the current one where it is seen, else the topmost."""
        current = self.currentIndex()
        if current.isValid() and self.viewport().rect().intersects(self.visualRect(current)):
            return current.row()
        return self.rowAt(0)

    def offset_of(self, row: int) -> int:
        """Pixels from the top of the view to a row."""
        if self._waiting is not None and self._waiting[0] == row:
            return self._waiting[1]
        return self.rowViewportPosition(row)

    def scroll_to_offset(self, row: int, offset: int) -> None:
        """Scroll until a row is that many pixels below the top; if hidden, once it is seen."""
        self._waiting = None
        if not self.isVisible():
            self._waiting = row, offset  # a hidden view knows no size to scroll in
            return
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.rowViewportPosition(row) - offset)

    def showEvent(self, event: QShowEvent) -> None:
        """Scroll to where it should be."""
        super().showEvent(event)
        if self._waiting is not None:
            self._scroll_soon.start()

    @Slot()
    def _scroll_now(self) -> None:
        if self._waiting is not None:
            self.scroll_to_offset(*self._waiting)


def row_height(metrics: QFontMetrics) -> int:
    """Height of every row in this font."""
    return max(PICTURE.height(), 2 * metrics.lineSpacing()) + 2 * MARGIN
