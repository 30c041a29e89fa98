"""The queries of a search by example, as a list of pictures to choose from."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt, QThread
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QWidget

from photodedup.core.records import QueryResult
from photodedup.gui.photo_model import Index, printable
from photodedup.gui.searcher import SearchAnswer

PICTURE = QSize(188, 150)


class QueryModel(QAbstractListModel):
    """One row a query: its picture and name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results: list[QueryResult] = []
        self._images: list[QImage] = []
        self._pictures: list[QIcon] = []

    def show(self, answer: SearchAnswer) -> None:
        """Show the queries of another search."""
        assert QThread.isMainThread()  # a QPixmap belongs to the window's thread
        self.beginResetModel()
        self._results = list(answer.results)
        self._images = list(answer.pictures)
        self._pictures = [_fitted(image) for image in answer.pictures]
        self.endResetModel()

    def rename(self, row: int, named: QueryResult) -> None:
        """Take what became known of the matches of a query; nothing that is painted changes."""
        self._results[row] = named

    def image(self, row: int) -> QImage:
        """The picture of the query in a row; null where it cannot be shown."""
        return self._images[row]

    def result(self, row: int) -> QueryResult:
        """What was found for the query in a row."""
        return self._results[row]

    @property
    def results(self) -> Sequence[QueryResult]:
        """What was found for each query."""
        return tuple(self._results)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a query."""
        return 0 if parent.isValid() else len(self._results)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, picture, path."""
        if not index.isValid():
            return None
        path = self._results[index.row()].query
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return printable(path.name)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pictures[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return printable(path)
        return None


def _fitted(image: QImage) -> QIcon:
    """The picture at the list's size, the same when it is chosen: styles would tint it."""
    icon = QIcon()
    if not image.isNull():
        smooth = Qt.TransformationMode.SmoothTransformation
        fitted = image.scaled(PICTURE * 2, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            icon.addPixmap(QPixmap.fromImage(fitted), mode)
    return icon


class QueryList(QListView):
    """Shows a QueryModel from top to bottom."""

    def __init__(self, model: QueryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.TopToBottom)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(PICTURE)
        self.setGridSize(QSize(PICTURE.width() + 16, PICTURE.height() + 34))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFixedWidth(PICTURE.width() + 40)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAcceptDrops(False)
