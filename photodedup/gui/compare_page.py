"""Compares a group's photos with its keeper, one after the other, without leaving the view."""

from collections.abc import Callable

from PySide6.QtCore import QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from photodedup.core.errors import UserError
from photodedup.core.records import Group, Member, Photo
from photodedup.gui import icons, messages
from photodedup.gui.compare_canvas import CompareCanvas, CompareMode, Picture, make_picture
from photodedup.gui.elided_label import ElidedLabel
from photodedup.gui.image_loader import LoadedPair, PairLoader
from photodedup.gui.marks import Marks
from photodedup.gui.metadata_table import MetadataTable
from photodedup.gui.photo_model import printable
from photodedup.gui.thumbnails import ThumbnailCache

NATIVE = QKeySequence.SequenceFormat.NativeText
ZOOM_STEP = 1.5
PAN_STEP = 0.15
WIPE_STEPS = 1000


class ComparePage(QWidget):
    """The keeper is always the first photo, the other members take turns as the second."""

    closed = Signal()
    group_step_requested = Signal(int)  # 1: the next group, -1: the previous

    def __init__(
        self,
        loader: PairLoader,
        thumbnails: ThumbnailCache,
        marks: Marks,
        toggle_mark: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._loader = loader
        self._marks = marks
        self._toggle_mark = toggle_mark
        self._thumbnails = thumbnails
        self._group: Group | None = None
        self._first_name: str | None = None
        self._member = 1
        self._loaded: LoadedPair | None = None
        self.canvas = CompareCanvas()
        self.canvas.setAccessibleName(self.tr("The two photos"))
        self.metadata = MetadataTable()
        self._titles = ElidedLabel(), ElidedLabel()
        self._status = QLabel()
        self._wipe = QSlider(Qt.Orientation.Horizontal)
        self._wipe.setRange(0, WIPE_STEPS)
        self._wipe.setValue(WIPE_STEPS // 2)
        self._wipe.setAccessibleName(self.tr("Edge of the wipe"))
        self._make_actions()
        self._lay_out()
        loader.loaded.connect(self._show_loaded)
        loader.failed.connect(self._show_failure)
        thumbnails.ready.connect(self._preview_ready)
        self.canvas.flipped.connect(self._show_titles)
        self._wipe.valueChanged.connect(self._move_wipe)
        marks.changed.connect(self._show_titles)

    @property
    def second(self) -> Photo | None:
        """The photo that is compared with the keeper."""
        return self._group.members[self._member].photo if self._group else None

    @property
    def member(self) -> Member | None:
        """The member of the group that is compared with the keeper."""
        return self._group.members[self._member] if self._group else None

    @property
    def status(self) -> str:
        """The line below the photos."""
        return self._status.text()

    @property
    def is_loaded(self) -> bool:
        """Whether the photos are shown from their files, no longer from their previews."""
        return self._loaded is not None

    @property
    def mode_actions(self) -> list[QAction]:
        """What chooses how the photos share the view."""
        return self._modes.actions()

    def show_group(
        self, group: Group, second: Photo | None = None, first_name: str | None = None
    ) -> None:
        """Compare the keeper with one of the others, at first the nearest.

        first_name: what the first photo is called where it is no keeper.
        """
        self._group = group
        self._first_name = first_name
        others = range(1, len(group.members))
        self._member = next((n for n in others if group.members[n].photo == second), 1)
        self.canvas.fit()
        self._show_pair()

    def leave(self) -> None:
        """Forget the photos: they are large."""
        self._loader.forget()
        self._group, self._loaded = None, None
        self.canvas.set_pictures(None, None, None)

    @Slot()
    def next_photo(self) -> None:
        """Go to the next member, and from the last to the next group."""
        self._step(1)

    @Slot()
    def previous_photo(self) -> None:
        """Go to the member before, and from the first to the group before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if self._group is None:
            return
        if 1 <= self._member + by < len(self._group.members):
            self._member += by
            self._show_pair()
        else:
            self.group_step_requested.emit(by)

    def _make_actions(self) -> None:
        self._modes = QActionGroup(self)
        for mode, name, keys in (
            (CompareMode.SIDE_BY_SIDE, self.tr("Side by side"), "1"),
            (CompareMode.FLIP, self.tr("Flip"), "2"),
            (CompareMode.WIPE, self.tr("Wipe"), "3"),
            (CompareMode.DIFFERENCE, self.tr("Difference"), "4"),
        ):
            action = self._modes.addAction(self._make(name, keys))
            action.setCheckable(True)
            action.setData(mode)
        self._modes.actions()[0].setChecked(True)
        self._modes.triggered.connect(self._choose_mode)
        make = self._make
        self._back = make(self.tr("Back to the group"), "Esc", self.closed.emit, "back")
        self._previous = make(self.tr("Previous photo"), "Left", self.previous_photo, "previous")
        self._next = make(self.tr("Next photo"), "Right", self.next_photo, "next")
        self._flip = make(self.tr("Show the other photo in place"), "Space", self._flip_photos)
        self._fit = make(self.tr("Whole photo"), "0", self.canvas.fit)
        self._pixels = make(self.tr("Own pixels"), "9", self._show_pixels)
        self.places_action = make(self.tr("Mark what differs"), "5")
        self.places_action.setCheckable(True)
        self.places_action.setChecked(True)
        self.places_action.toggled.connect(self._show_places)
        self.points_action = make(self.tr("Matched points"), "6")
        self.points_action.setToolTip(
            self.tr("What both photos show, in the same colour on both, side by side (6)")
        )
        self.points_action.setCheckable(True)
        self.points_action.setEnabled(False)
        self.points_action.toggled.connect(self._show_points)
        make(self.tr("Zoom in"), "+", lambda: self.canvas.zoom_by(ZOOM_STEP))
        make(self.tr("Zoom in"), "=", lambda: self.canvas.zoom_by(ZOOM_STEP))
        make(self.tr("Zoom out"), "-", lambda: self.canvas.zoom_by(1 / ZOOM_STEP))
        make(self.tr("Move left"), "Shift+Left", lambda: self.canvas.pan(-PAN_STEP, 0))
        make(self.tr("Move right"), "Shift+Right", lambda: self.canvas.pan(PAN_STEP, 0))
        make(self.tr("Move up"), "Up", lambda: self.canvas.pan(0, -PAN_STEP))
        make(self.tr("Move down"), "Down", lambda: self.canvas.pan(0, PAN_STEP))

    def _make(
        self,
        text: str,
        keys: str,
        act: Callable[[], None] | None = None,
        icon: str | None = None,
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{text} ({action.shortcut().toString(NATIVE)})")
        if icon is not None:
            action.setIcon(icons.icon(icon, self.palette()))
        if act is not None:
            action.triggered.connect(act)
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        bar = QToolBar()
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addAction(self._back)
        bar.addSeparator()
        bar.addActions(self._modes.actions())
        bar.addSeparator()
        bar.addActions([self.places_action, self.points_action])
        bar.addSeparator()
        bar.addActions([self._fit, self._pixels])
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addAction(self._toggle_mark)
        bar.addWidget(space)
        bar.addActions([self._previous, self._next])
        for action in (self._previous, self._next):  # known by their arrows; words need much room
            button = bar.widgetForAction(action)
            assert isinstance(button, QToolButton)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(action.text())
        titles = QHBoxLayout()
        titles.setContentsMargins(10, 4, 10, 4)
        for label in self._titles:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            titles.addWidget(label, 1)
        self._status.setContentsMargins(10, 3, 10, 3)
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._wipe.hide()
        above = QWidget()
        upper = QVBoxLayout(above)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addLayout(titles)
        upper.addWidget(self.canvas, 1)
        upper.addWidget(self._wipe)
        upper.addWidget(self._status)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(above)
        splitter.addWidget(self.metadata)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([460, 190])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(splitter, 1)

    def _show_pair(self) -> None:
        assert self._group is not None
        keeper, member = self._group.keeper, self._group.members[self._member]
        self._loaded = None
        self._show_points()
        self._show_previews()
        self._show_titles()
        self._show_places()
        self.metadata.name_first(self._first_name or messages.keeper_name())
        self.metadata.show_photos(keeper, member.photo)
        self._status.setText(self.tr("Loading at full size …"))
        self._loader.load(keeper, member.photo)

    def _show_previews(self) -> None:
        """Show what the window has at hand until the photos are read."""
        assert self._group is not None
        pictures = [
            self._preview(photo)
            for photo in (self._group.keeper, self._group.members[self._member].photo)
        ]
        self.canvas.set_pictures(pictures[0], pictures[1], None)

    def _preview(self, photo: Photo) -> Picture | None:
        pixmap = self._thumbnails.pixmap(photo.digest)
        if pixmap is None:
            return None
        return make_picture(pixmap.toImage(), QSizeF(photo.width, photo.height))

    @Slot(object)
    def _preview_ready(self, digest: bytes) -> None:
        if self._group is None or self._loaded is not None or self.second is None:
            return
        if digest in (self._group.keeper.digest, self.second.digest):
            self._show_previews()

    @Slot(object)
    def _show_loaded(self, pair: LoadedPair) -> None:
        self._loaded = pair
        self.canvas.set_pictures(*pair.pictures, pair.second_on_first)
        self._show_points()
        self._status.setText(
            self.tr("The second photo is laid over the first in Flip, Wipe and Difference.")
            if pair.second_on_first is not None
            else self.tr("The photos could not be laid over one another exactly.")
        )

    @Slot(object)
    def _show_failure(self, error: UserError) -> None:
        self._status.setText(messages.error_text(error))

    @Slot()
    def _show_titles(self) -> None:
        if self._group is None:
            return
        member = self._group.members[self._member]
        name = self._first_name or messages.keeper_name()
        first = f"{name}: {printable(self._group.keeper.path.name)}"
        words = messages.describe_relation(member, self._group.keeper)
        if self._first_name is not None:
            likeness = messages.likeness_text(member.similarity)
            words = likeness if member.has_failed else f"{words}, {likeness}"
        count = f"{self._member} / {len(self._group.members) - 1}"
        second = f"{printable(member.photo.path.name)}: {words} ({count})"
        if self._marks.is_marked(member.photo.path):
            second = f"✕ {messages.marked_name()} · {second}"
        flipping = self.canvas.mode is CompareMode.FLIP
        for label, text, on_top in (
            (self._titles[0], first, not self.canvas.shows_second),
            (self._titles[1], second, self.canvas.shows_second),
        ):
            font = label.font()
            font.setBold(not flipping or on_top)
            label.setFont(font)
            label.setEnabled(not flipping or on_top)
            label.setText(text)

    @Slot()
    def _show_places(self) -> None:
        places = self.member.differs if self.member is not None else ()
        self.places_action.setEnabled(bool(places))
        self.canvas.set_places(places if self.places_action.isChecked() else ())

    @Slot()
    def _show_points(self) -> None:
        points = self._loaded.points if self._loaded is not None else ()
        self.points_action.setEnabled(bool(points))
        self.canvas.set_points(points if self.points_action.isChecked() else ())

    @Slot(QAction)
    def _choose_mode(self, action: QAction) -> None:
        self.canvas.set_mode(action.data())
        self._wipe.setVisible(action.data() is CompareMode.WIPE)
        self._show_titles()

    @Slot()
    def _flip_photos(self) -> None:
        self._modes.actions()[1].setChecked(True)
        self._wipe.hide()
        self.canvas.flip()

    @Slot()
    def _show_pixels(self) -> None:
        self.canvas.show_pixels()

    @Slot(int)
    def _move_wipe(self, value: int) -> None:
        self.canvas.set_wipe(value / WIPE_STEPS)
