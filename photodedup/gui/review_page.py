"""Groups beside the photos of the chosen one; one page for duplicates, one for similar shots."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.records import Group, Photo, Relation
from photodedup.gui.arrangement import Arrangement, arrange
from photodedup.gui.group_filters import GroupFilters, with_place
from photodedup.gui.group_list import GroupList
from photodedup.gui.group_model import GroupModel, totals_text
from photodedup.gui.group_page import GroupPage
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.marks import Marks
from photodedup.gui.position import ReviewPosition
from photodedup.gui.thumbnails import ThumbnailCache

COUNT_DELAY_MS = 300
AT_ONCE = 2000  # groups that are sorted within a few milliseconds


class ReviewPage(QWidget):
    """The list of groups with its order and filters, and the chosen group."""

    selection_changed = Signal()
    compare_requested = Signal()
    moved = Signal()  # the list was scrolled, or other groups are wanted

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
        self.filters = GroupFilters(relations)
        self._marks = marks
        self._wanted: ReviewPosition | None = None  # of the last run, until it is reached
        self._is_arranging = False
        self._undecided = 0
        self._counter = JobRunner(self)
        self._counter.succeeded.connect(self._show_undecided)
        self._count_soon = QTimer(self, singleShot=True, interval=COUNT_DELAY_MS)
        self._count_soon.timeout.connect(self._count_undecided)
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
        """Stop what runs beside the page."""
        self._count_soon.stop()
        self._counter.shut_down()
        self._arranger.shut_down()

    def position(self) -> ReviewPosition:
        """Where the user is in the list."""
        if self._wanted is not None:
            return self._wanted
        row = self.list.currentIndex().row()
        if self.group is None or row < 0:
            return self.filters.position()
        offset = self.list.offset_of(row)
        return with_place(self.filters.position(), self.group.keeper, offset)

    def restore_position(self, position: ReviewPosition) -> None:
        """Filter as then, and go to the group of then as soon as it is found."""
        self.filters.restore(position)
        self._wanted = position
        self._arrange()

    def save_state(self) -> QByteArray:
        """How wide the list is."""
        return self._splitter.saveState()

    def restore_state(self, state: QByteArray) -> None:
        """Take up a saved width."""
        self._splitter.restoreState(state)

    def _left_side(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(220)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filters)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._totals)
        return side

    def _connect(self) -> None:
        self.filters.changed.connect(self._arrange)
        self.filters.changed.connect(self.moved)
        self._marks.changed.connect(self._count_soon.start)
        self.list.verticalScrollBar().valueChanged.connect(self.moved)
        self.list.selectionModel().currentChanged.connect(self._show_current)
        self.list.activated.connect(self._enter_group)
        self.group_page.selection_changed.connect(self.selection_changed)
        self.group_page.compare_requested.connect(self.compare_requested)
        self.group_page.show_group(None)
        self._show_totals()

    @Slot()
    def _arrange(self) -> None:
        """Sort and filter: few groups at once, many beside the window."""
        self.filters.stop_waiting()
        groups, order = self._groups, self.filters.order.currentData()
        wanted, is_decided = self.filters.wanted, self._marks.is_decided
        if self._arranger.is_running:
            self._arrange_again = True
        elif len(groups) <= AT_ONCE:
            self._show(arrange(groups, order, wanted, is_decided))
        else:
            self._arranger.start(lambda _control: arrange(groups, order, wanted, is_decided))

    @Slot(object)
    def _show(self, arrangement: Arrangement) -> None:
        """Show the same group again where it is now, or the one that is in its row.

        Whatever comes or goes around it, the row that was looked at stays where it is.
        """
        shown, row = self.group, self.list.currentIndex().row()
        anchor_row = self.list.anchor_row()
        anchor = self.model.group(anchor_row) if anchor_row >= 0 else None
        offset = self.list.offset_of(anchor_row)
        self._is_arranging = True
        self.model.show(arrangement)
        self._undecided = arrangement.totals.undecided
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
            self._go_to_wanted()
        self._is_arranging = False
        if self._arrange_again:
            self._arrange_again = False
            self._arrange()

    def _go_to_wanted(self) -> None:
        """Go where the last run ended, once the group of then is there."""
        if self._wanted is None or self._wanted.keeper is None:
            return
        row = self.model.row_of_keeper(self._wanted.digest, self._wanted.keeper)
        if row is not None:
            offset, self._wanted = self._wanted.offset, None
            self.list.setCurrentIndex(self.model.index(row))
            self.list.scroll_to_offset(row, offset)

    @Slot()
    def _count_undecided(self) -> None:
        """Count beside the window: it may be many groups."""
        if self._counter.is_running:
            self._count_soon.start()
            return
        groups, is_decided = self.model.groups, self._marks.is_decided
        self._counter.start(lambda _control: sum(not is_decided(group) for group in groups))

    @Slot(object)
    def _show_undecided(self, undecided: int) -> None:
        self._undecided = undecided
        self._show_totals()

    def _show_totals(self) -> None:
        text = totals_text(self.model.totals)
        if self.model.totals.groups:
            text += "\n" + self.tr("%n group(s) undecided", "", self._undecided)
        if self.model.hidden:
            text += "\n" + self.tr("%n group(s) hidden by the filter", "", self.model.hidden)
        self._totals.setText(text)

    @Slot(QModelIndex, QModelIndex)
    def _show_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._is_arranging:
            self._wanted = None  # the user goes elsewhere
        self.group_page.show_group(self.model.group(current.row()) if current.isValid() else None)

    @Slot(QModelIndex)
    def _enter_group(self, _index: QModelIndex) -> None:
        self.group_page.grid.setFocus(Qt.FocusReason.ShortcutFocusReason)
