"""Search by example: give it photos, and it shows the ones most like them, best first."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QImage, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.records import Group, Member, Photo, QueryResult
from photodedup.gui import icons, messages
from photodedup.gui.elided_label import ElidedLabel
from photodedup.gui.frame_dialog import FrameDialog
from photodedup.gui.photo_grid import PhotoGrid
from photodedup.gui.photo_model import PhotoCard, PhotoModel, cards_of_matches, printable
from photodedup.gui.query_list import QueryList, QueryModel
from photodedup.gui.searcher import SearchAnswer, Searcher, SearchRequest
from photodedup.gui.session import Session
from photodedup.gui.thumbnails import ThumbnailCache

DEFAULT_TOP = 50
MOST = 1000


class SearchPage(QWidget):
    """The queries on the left, the matches of the chosen one on the right."""

    selection_changed = Signal()
    activated = Signal(object)  # Photo

    def __init__(
        self,
        session: Session,
        searcher: Searcher,
        thumbnails: ThumbnailCache,
        actions: Sequence[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.searcher = searcher
        self._request = SearchRequest()
        self.queries = QueryModel(self)
        self.model = PhotoModel(thumbnails, parent=self)
        self.query_list = QueryList(self.queries)
        self.query_list.setAccessibleName(self.tr("Searched for"))
        self.grid = PhotoGrid(self.model)
        self.grid.setAccessibleName(self.tr("Photos found"))
        self._status = ElidedLabel()
        self.save_action = QAction(self.tr("Save as picture …"), self)
        self.save_action.setToolTip(self.tr("Save the result as a picture"))
        self.save_action.setEnabled(False)
        self.part_action = QAction(self.tr("Search by a part …"), self)
        self.part_action.setToolTip(self.tr("Frame a part of the query and search for that"))
        self.part_action.setShortcut(QKeySequence("Ctrl+Shift+F"))
        self.part_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.part_action.setEnabled(False)
        self.addAction(self.part_action)
        self._make_choices()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._results_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._bar([*actions, self.part_action, self.save_action]))
        layout.addWidget(self._pages, 1)
        self._connect()

    def prepare(self) -> None:
        """Make the next search quick: it is likely to come."""
        self.searcher.prepare(self._folders())

    def showEvent(self, event: QShowEvent) -> None:
        """Whoever looks at this page will search."""
        super().showEvent(event)
        self.prepare()

    def search_files(self, paths: Sequence[Path]) -> None:
        """Search for the photos most like each of these files."""
        self._start(SearchRequest(queries=tuple(paths)))

    def search_image(self, image: QImage) -> None:
        """Search for the photos most like a picture that has no file."""
        self._start(SearchRequest(image=image))

    def search_part(self, query: Path, frame: QRectF) -> None:
        """Search for the photos most like a part of a file; frame: shares of its sides."""
        box = (frame.x(), frame.y(), frame.width(), frame.height())
        self._start(SearchRequest(queries=(query,), frame=box))

    def selected_photos(self) -> Sequence[Photo]:
        """The photos that actions work on."""
        return self.grid.selected_photos()

    def choose(self, photo: Photo) -> None:
        """Choose one of the matches."""
        for row, card in enumerate(self.model.cards):
            if card.photo == photo:
                self.grid.setCurrentIndex(self.model.index(row))
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def comparison(self) -> tuple[Group, Photo] | None:
        """The query as the first photo of a group of its matches, and the match that is chosen."""
        index, chosen = self.query_list.currentIndex(), self.grid.current_photo()
        if not index.isValid() or chosen is None:
            return None
        query = self.searcher.query_photo(self.queries.result(index.row()).query)
        if query is None:
            return None
        first = Member(query, None, 1.0, 1.0, None, (), preselected=False)
        others = [
            Member(card.photo, card.relation, card.similarity or 0.0, 0.0, None, (), False)
            for card in self.model.cards
        ]
        return Group(query, "", (first, *others)), chosen

    @property
    def status(self) -> str:
        """The line above the results."""
        return self._status.text()

    def _start(self, request: SearchRequest) -> None:
        self._request = replace(request, folders=self._folders(), top=self._top.value())
        self.searcher.search(self._request)

    def _folders(self) -> tuple[Path, ...]:
        """Where to look; empty means everywhere."""
        return tuple(self._session.folders) if self.where.currentData() else ()

    def _make_choices(self) -> None:
        self.where = QComboBox()
        self.where.addItem(self.tr("everything ever scanned"), False)
        self.where.addItem(self.tr("the folders on the left"), True)
        self._top = QSpinBox()
        self._top.setRange(1, MOST)
        self._top.setValue(DEFAULT_TOP)
        self._top.setKeyboardTracking(False)
        self._least = QDoubleSpinBox()
        self._least.setRange(-1.0, 1.0)
        self._least.setSingleStep(0.05)
        self._least.setDecimals(2)
        self._least.setValue(0.0)
        self._least.setToolTip(
            self.tr("Likeness is 1 for the same picture; unrelated photos are near 0")
        )

    def _bar(self, actions: Sequence[QAction]) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 8, 8, 6)
        for action in actions:
            bar.addWidget(_button(action))
        bar.addStretch(1)
        return bar

    def _choices_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 2, 10, 4)
        bar.addWidget(self._status, 1)
        for text, field in (
            (self.tr("Look in"), self.where),
            (self.tr("At most"), self._top),
            (self.tr("Likeness from"), self._least),
        ):
            label = QLabel(text)
            label.setBuddy(field)
            bar.addSpacing(10)
            bar.addWidget(label)
            bar.addSpacing(2)
            bar.addWidget(field)
        return bar

    def _empty_page(self) -> QWidget:
        picture = QLabel()
        color = self.palette().placeholderText().color()
        picture.setPixmap(icons.render("search", QSize(64, 64), color, self.devicePixelRatioF()))
        self._hint = QLabel(
            self.tr(
                "Drop a photo here to find the ones most like it.\n"
                "You can also paste a picture, or choose “Find similar photos” on any photo."
            )
        )
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        for label in (picture, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        layout.addStretch(2)
        return page

    def _results_page(self) -> QWidget:
        results = QVBoxLayout()
        results.setSpacing(0)
        results.addLayout(self._choices_bar())
        results.addWidget(self.grid, 1)
        page = QWidget()
        layout = QHBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.query_list)
        layout.addLayout(results, 1)
        return page

    def _connect(self) -> None:
        self.searcher.started.connect(self._show_started)
        self.searcher.answered.connect(self._show_answer)
        self.searcher.named.connect(self._show_named)
        self.searcher.failed.connect(self._show_failure)
        self.searcher.saved.connect(self._show_saved)
        self.part_action.triggered.connect(self._frame_part)
        self.query_list.activated.connect(self._frame_part)
        self.save_action.triggered.connect(self._save)
        self.where.currentIndexChanged.connect(self._search_again)
        self._top.valueChanged.connect(self._search_again)
        self._least.valueChanged.connect(self._show_matches)
        self.query_list.selectionModel().currentChanged.connect(self._show_matches)
        self.grid.selectionModel().selectionChanged.connect(self.selection_changed)
        self.grid.activated.connect(self._activate)

    @Slot()
    def _search_again(self) -> None:
        if self._request.queries or self._request.image is not None:
            self._start(self._request)

    @Slot()
    def _show_started(self) -> None:
        self._status.setText(self.tr("Searching …"))
        self._hint.setText(self.tr("Searching …"))

    @Slot(object)
    def _show_answer(self, answer: SearchAnswer) -> None:
        self.queries.show(answer)
        self._pages.setCurrentIndex(1)
        self.save_action.setEnabled(bool(answer.results))
        self.query_list.setCurrentIndex(self.queries.index(0))
        self._show_matches()

    @Slot(int, object)
    def _show_named(self, row: int, named: QueryResult) -> None:
        """Fill in what is known by now; no photo moves, and the chosen ones stay chosen."""
        self.queries.rename(row, named)
        if row == self.query_list.currentIndex().row():
            self.model.update(self._cards(named))
            self.selection_changed.emit()

    @Slot(object)
    def _show_failure(self, error: Exception) -> None:
        text = messages.error_text(error)
        self._status.setText(text)
        self._hint.setText(text)

    @Slot()
    def _frame_part(self) -> None:
        """Let a part of the chosen query be framed."""
        row = self.query_list.currentIndex().row()
        image = self.queries.image(row)
        if image.isNull():
            return
        query = self.queries.result(row).query
        dialog = FrameDialog(image, self)
        dialog.framed.connect(lambda frame: self.search_part(query, frame))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def _save(self) -> None:
        title, kinds = self.tr("Save the result as a picture"), self.tr("PNG pictures (*.png)")
        chosen, _ = QFileDialog.getSaveFileName(self, title, "photodedup.png", kinds)
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, target: Path) -> None:
        """Draw every query with its best matches into a PNG file."""
        self.searcher.save_picture(self.queries.results, target)

    @Slot(object)
    def _show_saved(self, target: Path) -> None:
        text = self.tr("The picture was saved: {path}")
        self._status.setText(text.format(path=printable(target)))

    @Slot()
    def _show_matches(self) -> None:
        index = self.query_list.currentIndex()
        self.part_action.setEnabled(
            index.isValid() and not self.queries.image(index.row()).isNull()
        )
        if not index.isValid():
            self.model.show([])
            return
        result = self.queries.result(index.row())
        cards = self._cards(result)
        self.model.show(cards)
        text = self.tr("%n photo(s) like {name}, the most similar first", "", len(cards))
        self._status.setText(text.format(name=printable(result.query.name)))
        if cards:
            self.grid.setCurrentIndex(self.model.index(0))
        self.selection_changed.emit()

    def _cards(self, result: QueryResult) -> list[PhotoCard]:
        """The matches that are alike enough."""
        least = self._least.value()
        return [
            card
            for card in cards_of_matches(result)
            if card.similarity is not None and card.similarity >= least
        ]

    @Slot(QModelIndex)
    def _activate(self, index: QModelIndex) -> None:
        self.activated.emit(self.model.card(index.row()).photo)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
