"""The middle of the window: duplicates, similar shots, search and problems, and the comparison."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

from photodedup.core.records import Group, Member, Photo, Relation
from photodedup.gui import dropping, icons
from photodedup.gui.compare_page import ComparePage
from photodedup.gui.empty_page import EmptyPage, WelcomePage
from photodedup.gui.image_loader import PairLoader
from photodedup.gui.mark_actions import MarkActions
from photodedup.gui.photo_actions import PhotoActions
from photodedup.gui.problems_page import ProblemsPage
from photodedup.gui.review_page import ReviewPage
from photodedup.gui.search_page import SearchPage
from photodedup.gui.searcher import Searcher
from photodedup.gui.session import Session
from photodedup.gui.thumbnails import ThumbnailCache
from photodedup.gui.window_actions import WindowActions

DUPLICATES = tuple(relation for relation in Relation if relation.is_duplicate)


class Pages(QStackedWidget):
    """The tabs, or the comparison in their place; follows the session's result by itself."""

    changed = Signal()  # another page is seen, or other photos are chosen

    def __init__(
        self,
        session: Session,
        searcher: Searcher,
        pairs: PairLoader,
        thumbnails: ThumbnailCache,
        actions: WindowActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self._actions = actions
        self.photo_actions = PhotoActions(self.selected_photos, self.palette(), self)
        self.mark_actions = MarkActions(
            session,
            self.selected_members,
            self.selected_photos,
            lambda: self.review.group if self.review else None,
            self,
        )
        buttons = [
            self.mark_actions.toggle,
            self.mark_actions.keep_all,
            self.mark_actions.make_keeper,
            self.photo_actions.compare,
        ]
        marks = session.marks
        self.duplicates = ReviewPage(thumbnails, marks, buttons, DUPLICATES)
        self.similar = ReviewPage(thumbnails, marks, buttons, (Relation.SIMILAR_SHOT,))
        self.search = SearchPage(
            session, searcher, thumbnails, (actions.choose_query, actions.paste_query)
        )
        self.problems = ProblemsPage()
        self.empty = EmptyPage()
        self.welcome = WelcomePage(session.backend, actions.add_folder)
        self.compare = ComparePage(pairs, thumbnails, marks, self.mark_actions.toggle)
        self._duplicates_or_empty = QStackedWidget()
        self._duplicates_or_empty.addWidget(self.empty)
        self._duplicates_or_empty.addWidget(self.duplicates)
        self._duplicates_or_empty.addWidget(self.welcome)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for page in (self._duplicates_or_empty, self.similar, self.search, self.problems):
            self.tabs.addTab(page, "")
        self.addWidget(self.tabs)
        self.addWidget(self.compare)
        self.tab_actions = self._make_tab_actions()
        self._offer_menus()
        self._connect()
        self.redraw()
        self.show_result()
        self._update_actions()

    @property
    def review(self) -> ReviewPage | None:
        """The page of groups that is seen, also behind the comparison."""
        page = self.tabs.currentWidget()
        if page is self._duplicates_or_empty:
            return self.duplicates
        return self.similar if page is self.similar else None

    @property
    def is_comparing(self) -> bool:
        """Whether the comparison is seen."""
        return self.currentWidget() is self.compare

    def selected_photos(self) -> Sequence[Photo]:
        """The photos chosen on the page that is seen."""
        if self.is_comparing:
            return [self.compare.second] if self.compare.second is not None else []
        if self.review is not None:
            return self.review.selected_photos()
        return self.search.selected_photos() if self.tabs.currentWidget() is self.search else []

    def selected_members(self) -> Sequence[Member]:
        """Those of the chosen photos that belong to a group, its keeper left out."""
        if self.review is None:
            return []
        if self.is_comparing:
            return [self.compare.member] if self.compare.member is not None else []
        return self.review.group_page.selected_members()

    def search_by(self, dropped: dropping.Dropped) -> None:
        """Search by dropped files, or by a picture."""
        self.leave_comparison()
        self.tabs.setCurrentWidget(self.search)
        if dropped.files:
            self.search.search_files(dropped.files)
        elif dropped.image is not None:
            self.search.search_image(dropped.image)

    def shut_down(self) -> None:
        """Stop what runs beside the pages."""
        self.duplicates.shut_down()
        self.similar.shut_down()
        self.welcome.shut_down()

    def show_duplicates(self) -> None:
        """Go to the first page."""
        self.leave_comparison()
        self.tabs.setCurrentIndex(0)

    def step_group(self, rows: int) -> None:
        """Go to another group of the page that is seen; while comparing, compare it."""
        review = self.review
        if review is None or review.group is None:
            return
        before = review.group
        review.step(rows)
        if self.is_comparing and review.group is not before:
            self.compare.show_group(review.group)

    def redraw(self) -> None:
        """Draw the icons in the palette's colours."""
        for number, name in enumerate(("duplicates", "similar", "search", "warning")):
            self.tabs.setTabIcon(number, icons.icon(name, self.palette()))
        self.photo_actions.set_palette(self.palette())
        self.mark_actions.set_palette(self.palette())
        self.empty.redraw()
        self.welcome.redraw()

    @Slot()
    def show_result(self) -> None:
        """Show what the session found, or what to do next."""
        result = self._session.result
        self._thumbnails.forget_misses()
        if result is not None:
            self.duplicates.show_groups(result.groups)
            self.similar.show_groups(result.similar)
            self.problems.show_problems(result.problems)
        counts = (
            (self.tr("Duplicates"), len(result.groups) if result else 0),
            (self.tr("Similar shots"), len(result.similar) if result else 0),
            (self.tr("Search"), 0),
            (self.tr("Problems"), len(result.problems) if result else 0),
        )
        for number, (name, count) in enumerate(counts):
            self.tabs.setTabText(number, f"{name} ({count})" if count else name)
        self.show_empty()

    @Slot()
    def show_empty(self) -> None:
        """Say what to do where there are no duplicates to review."""
        has_groups = bool(self._session.result and self._session.result.groups)
        self._duplicates_or_empty.setCurrentWidget(self.duplicates if has_groups else self.empty)
        actions = self._actions
        if has_groups:
            return
        if self._session.is_scanning:
            text = self.tr("The groups appear here as they are found.")
            self.empty.say("scan", self.tr("Scanning …"), text, None)
        elif not self._session.folders:
            self._duplicates_or_empty.setCurrentWidget(self.welcome)
        elif self._session.result is None:
            text = self.tr("Photos that were read before are not read again.")
            self.empty.say("scan", self.tr("Ready to scan"), text, actions.scan)
        elif not self._session.result.complete:
            text = self.tr("What was read is kept; the next scan goes on from there.")
            self.empty.say("scan", self.tr("The scan was cancelled"), text, actions.scan)
        else:
            text = self.tr("A lower strictness, above on the right, finds more.")
            self.empty.say("duplicates", self.tr("No duplicates were found"), text, None)

    @Slot()
    def start_comparison(self) -> None:
        """Compare the chosen photo with the keeper of its group, or a match with its query."""
        if self.is_comparing:
            return
        review = self.review
        if review is not None and review.group is not None:
            chosen = review.selected_photos()
            self.setCurrentWidget(self.compare)
            self.compare.show_group(review.group, chosen[0] if chosen else None)
        elif (found := self._search_comparison()) is not None:
            self.setCurrentWidget(self.compare)
            self.compare.show_group(*found, first_name=self.tr("Searched for"))
        else:
            return
        self.compare.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _search_comparison(self) -> tuple[Group, Photo] | None:
        on_search = self.tabs.currentWidget() is self.search
        return self.search.comparison() if on_search else None

    @Slot()
    def leave_comparison(self) -> None:
        """Go back to the group, at the photo that was compared."""
        if not self.is_comparing:
            return
        second = self.compare.second
        self.compare.leave()
        self.setCurrentWidget(self.tabs)
        if self.review is not None and second is not None:
            self.review.group_page.choose(second)
            self.review.group_page.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        elif second is not None:
            self.search.choose(second)

    def _make_tab_actions(self) -> list[QAction]:
        made = []
        for number, name in enumerate(
            (
                self.tr("Duplicates"),
                self.tr("Similar shots"),
                self.tr("Search"),
                self.tr("Problems"),
            )
        ):
            action = QAction(name, self)
            action.setShortcut(QKeySequence(f"Ctrl+{number + 1}"))
            action.setData(number)
            action.triggered.connect(self._show_tab)
            made.append(action)
        return made

    def _offer_menus(self) -> None:
        """Put the photo actions into the grids' context menus."""
        separator = QAction(self)
        separator.setSeparator(True)
        actions = [*self.photo_actions.all, separator, *self.mark_actions.of_photos]
        grids = (self.duplicates.group_page.grid, self.similar.group_page.grid, self.search.grid)
        for grid in grids:
            offered = actions if grid is not self.search.grid else self.photo_actions.all
            grid.addActions(offered)
            grid.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _connect(self) -> None:
        self._session.result_changed.connect(self.show_result)
        self._session.folders_changed.connect(self.show_empty)
        self._session.scan_started.connect(self.mark_actions.update)
        self._session.scan_ended.connect(self.mark_actions.update)
        self._session.scan_started.connect(self.show_empty)
        self._session.scan_ended.connect(self.show_empty)
        self.photo_actions.compare_requested.connect(self.start_comparison)
        self.photo_actions.find_similar_requested.connect(self._find_similar)
        for review in (self.duplicates, self.similar):
            review.selection_changed.connect(self.changed)
            review.compare_requested.connect(self.start_comparison)
        self.search.selection_changed.connect(self.changed)
        self.search.activated.connect(self.photo_actions.open.trigger)
        self.tabs.currentChanged.connect(self.changed)
        self.currentChanged.connect(self.changed)
        self.compare.closed.connect(self.leave_comparison)
        self.compare.group_step_requested.connect(self.step_group)
        self.changed.connect(self._update_actions)

    @Slot()
    def _update_actions(self) -> None:
        review = self.review
        has_group = review is not None and review.group is not None
        on_search = self.tabs.currentWidget() is self.search and bool(self.selected_photos())
        can_compare = (has_group or on_search) and not self.is_comparing
        self.photo_actions.update(can_compare)
        self.mark_actions.update()

    @Slot()
    def _show_tab(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.leave_comparison()
        self.tabs.setCurrentIndex(action.data())

    @Slot(object)
    def _find_similar(self, photos: Sequence[Photo]) -> None:
        self.search_by(dropping.Dropped(files=tuple(photo.path for photo in photos)))
