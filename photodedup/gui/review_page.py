"""Groups beside the photos of the chosen one; one page for duplicates, one for similar shots."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.records import Group, Photo, Relation
from photodedup.gui import messages
from photodedup.gui.arrangement import Arrangement, GroupFilter, GroupOrder, Reach, arrange
from photodedup.gui.group_list import GroupList
from photodedup.gui.group_model import GroupModel, totals_text
from photodedup.gui.group_page import GroupPage
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.marks import Marks
from photodedup.gui.thumbnails import ThumbnailCache

FILTER_DELAY_MS = 150
AT_ONCE = 2000  # groups that are sorted within a few milliseconds


class ReviewPage(QWidget):
    """The list of groups with its order and filters, and the chosen group."""

    selection_changed = Signal()
    compare_requested = Signal()

    def __init__(
        self,
        thumbnails: ThumbnailCache,
        marks: Marks,
        buttons: Sequence[QAction],
        relations: Sequence[Relation],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._groups: Sequence[Group] = ()
        self._arrange_again = False
        self._arranger = JobRunner(self)
        self._arranger.succeeded.connect(self._show)
        self.model = GroupModel(thumbnails, marks, self)
        self.list = GroupList(self.model)
        self.list.setAccessibleName(self.tr("Groups"))
        self.group_page = GroupPage(thumbnails, marks, buttons)
        self._totals = QLabel()
        self._totals.setContentsMargins(8, 4, 8, 6)
        self._make_filters(relations)
        self._splitter = QSplitter()
        self._splitter.addWidget(self._left_side())
        self._splitter.addWidget(self.group_page)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([300, 900])
        self._splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self._connect()

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show other groups; the chosen one stays chosen if it is among them."""
        self._groups = groups
        self._arrange()

    def selected_photos(self) -> Sequence[Photo]:
        """The photos that actions work on."""
        return self.group_page.selected_photos()

    @property
    def group(self) -> Group | None:
        """The chosen group."""
        return self.group_page.group

    @property
    def totals(self) -> str:
        """The line below the list."""
        return self._totals.text()

    def step(self, rows: int) -> None:
        """Choose the group some rows further down, or up."""
        row = self.list.currentIndex().row() + rows
        if 0 <= row < self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(row))

    def shut_down(self) -> None:
        """Stop arranging."""
        self._arranger.shut_down()

    def save_state(self) -> QByteArray:
        """How wide the list is."""
        return self._splitter.saveState()

    def restore_state(self, state: QByteArray) -> None:
        """Take up a saved width."""
        self._splitter.restoreState(state)

    def _make_filters(self, relations: Sequence[Relation]) -> None:
        self._text = QLineEdit()
        self._text.setPlaceholderText(self.tr("Filter by name or folder"))
        self._text.setClearButtonEnabled(True)
        self._text.setAccessibleName(self._text.placeholderText())
        self.order = QComboBox()
        for order, name in (
            (GroupOrder.BYTES, self.tr("Most to gain first")),
            (GroupOrder.COUNT, self.tr("Most photos first")),
            (GroupOrder.LIKENESS, self.tr("Most certain first")),
            (GroupOrder.NEWEST, self.tr("Newest first")),
            (GroupOrder.FOLDER, self.tr("By folder")),
        ):
            self.order.addItem(name, order)
        self.order.setAccessibleName(self.tr("Order of the groups"))
        self._relation = QComboBox()
        self._relation.addItem(self.tr("All kinds"), None)
        for relation in relations:
            self._relation.addItem(messages.relation_name(relation), relation)
        self._relation.setVisible(len(relations) > 1)
        self._relation.setAccessibleName(self.tr("Kind of copies"))
        self._reach = QComboBox()
        for reach, name in (
            (Reach.ANY, self.tr("Any folders")),
            (Reach.ACROSS_FOLDERS, self.tr("Across folders")),
            (Reach.WITHIN_FOLDER, self.tr("Within one folder")),
        ):
            self._reach.addItem(name, reach)
        self._reach.setAccessibleName(self.tr("Where the photos of a group lie"))

    def _left_side(self) -> QWidget:
        filters = QGridLayout()
        filters.setContentsMargins(8, 8, 8, 6)
        filters.setSpacing(6)
        filters.addWidget(self._text, 0, 0, 1, 2)
        filters.addWidget(self.order, 1, 0, 1, 2)
        if self._relation.count() > 2:
            filters.addWidget(self._relation, 2, 0)
            filters.addWidget(self._reach, 2, 1)
        else:
            filters.addWidget(self._reach, 2, 0, 1, 2)
        side = QWidget()
        side.setMinimumWidth(220)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(filters)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._totals)
        return side

    def _connect(self) -> None:
        self._filter_soon = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._filter_soon.timeout.connect(self._arrange)
        self._text.textChanged.connect(self._filter_soon.start)
        self._relation.currentIndexChanged.connect(self._arrange)
        self._reach.currentIndexChanged.connect(self._arrange)
        self.order.currentIndexChanged.connect(self._arrange)
        self.list.selectionModel().currentChanged.connect(self._show_current)
        self.list.activated.connect(self._enter_group)
        self.group_page.selection_changed.connect(self.selection_changed)
        self.group_page.compare_requested.connect(self.compare_requested)
        self.group_page.show_group(None)
        self._show_totals()

    @Slot()
    def _arrange(self) -> None:
        """Sort and filter: few groups at once, many beside the window."""
        self._filter_soon.stop()
        groups, order = self._groups, self.order.currentData()
        wanted = GroupFilter(
            self._text.text().strip(), self._relation.currentData(), self._reach.currentData()
        )
        if self._arranger.is_running:
            self._arrange_again = True
        elif len(groups) <= AT_ONCE:
            self._show(arrange(groups, order, wanted))
        else:
            self._arranger.start(lambda _control: arrange(groups, order, wanted))

    @Slot(object)
    def _show(self, arrangement: Arrangement) -> None:
        """Show the same group again where it is now, or the one that is in its row.

        Whatever comes or goes around it, the row that was looked at stays where it is.
        """
        shown, row = self.group, self.list.currentIndex().row()
        anchor_row = self.list.anchor_row()
        anchor = self.model.group(anchor_row) if anchor_row >= 0 else None
        offset = self.list.offset_of(anchor_row)
        self.model.show(arrangement)
        self._show_totals()
        count = self.model.rowCount()
        if count == 0:
            self.group_page.show_group(None)
        else:
            found = self.model.row_of(shown) if shown is not None else None
            row = max(0, min(row, count - 1)) if found is None else found
            self.list.setCurrentIndex(self.model.index(row))
            rests_on = row if anchor is shown or anchor is None else self.model.row_of(anchor)
            if anchor is not None and rests_on is not None:
                self.list.scroll_to_offset(rests_on, offset)
        if self._arrange_again:
            self._arrange_again = False
            self._arrange()

    def _show_totals(self) -> None:
        text = totals_text(self.model.totals)
        if self.model.hidden:
            text += "\n" + self.tr("%n group(s) hidden by the filter", "", self.model.hidden)
        self._totals.setText(text)

    @Slot(QModelIndex, QModelIndex)
    def _show_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.group_page.show_group(self.model.group(current.row()) if current.isValid() else None)

    @Slot(QModelIndex)
    def _enter_group(self, _index: QModelIndex) -> None:
        self.group_page.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)
