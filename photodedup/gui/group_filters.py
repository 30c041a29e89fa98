"""What decides which groups are listed, and in which order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)

from photodedup.core.records import Photo, Relation
from photodedup.gui import icons, messages
from photodedup.gui.arrangement import GroupFilter, GroupOrder, Reach
from photodedup.gui.elided_label import ElidedLabel
from photodedup.gui.photo_model import printable
from photodedup.gui.position import ReviewPosition

FILTER_DELAY_MS = 150


class GroupFilters(QWidget):
    """Emits changed when other groups are wanted, at once or when typing pauses."""

    changed = Signal()

    def __init__(self, relations: Sequence[Relation], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[Path, ...] = ()
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Filter by name or folder"))
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName(self.text.placeholderText())
        self.order, self.relation, self.reach = QComboBox(), QComboBox(), QComboBox()
        self.undecided = QCheckBox(self.tr("Only &undecided"))
        self.undecided.setToolTip(
            self.tr("Groups with a photo that is neither marked nor said to stay")
        )
        self._fill(relations)
        self._make_chip()
        self._lay_out()
        self._soon = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._soon.timeout.connect(self.changed)
        self.text.textChanged.connect(self._soon.start)
        for box in (self.order, self.relation, self.reach):
            box.currentIndexChanged.connect(self.changed)
        self.undecided.toggled.connect(self.changed)

    @property
    def wanted(self) -> GroupFilter:
        """Which groups are listed."""
        return GroupFilter(
            self.text.text().strip(),
            self.relation.currentData(),
            self.reach.currentData(),
            self.undecided.isChecked(),
            self._folders,
        )

    def stop_waiting(self) -> None:
        """What is typed was taken into account."""
        self._soon.stop()

    def show_folders(self, folders: Sequence[Path]) -> None:
        """List only groups with a photo in each of these folders; none: as before."""
        self._folders = tuple(folders)
        names = " ↔ ".join(printable(folder.name or folder) for folder in self._folders)
        self._chip_text.setText(self.tr("Only {folders}").format(folders=names))
        self._chip_text.setToolTip("\n".join(printable(folder) for folder in self._folders))
        self._chip.setVisible(bool(self._folders))
        self.changed.emit()

    def position(self) -> ReviewPosition:
        """The filters as they are kept from run to run."""
        wanted = self.wanted
        return ReviewPosition(
            order=self.order.currentData(),
            text=wanted.text,
            relation="" if wanted.relation is None else wanted.relation.value,
            reach=wanted.reach,
            undecided=wanted.undecided,
        )

    def restore(self, position: ReviewPosition) -> None:
        """Take up kept filters."""
        with QSignalBlocker(self):
            self.text.setText(position.text)
            self.undecided.setChecked(position.undecided)
            relations = {relation.value: relation for relation in Relation}
            for box, value in (
                (self.order, position.order),
                (self.relation, relations.get(position.relation)),
                (self.reach, position.reach),
            ):
                box.setCurrentIndex(max(0, box.findData(value)))
        self.stop_waiting()

    def _fill(self, relations: Sequence[Relation]) -> None:
        for order, name in (
            (GroupOrder.BYTES, self.tr("Most to gain first")),
            (GroupOrder.COUNT, self.tr("Most photos first")),
            (GroupOrder.LIKENESS, self.tr("Most certain first")),
            (GroupOrder.NEWEST, self.tr("Newest first")),
            (GroupOrder.FOLDER, self.tr("By folder")),
        ):
            self.order.addItem(name, order)
        self.order.setAccessibleName(self.tr("Order of the groups"))
        self.relation.addItem(self.tr("All kinds"), None)
        for relation in relations:
            self.relation.addItem(messages.relation_name(relation), relation)
        self.relation.setVisible(len(relations) > 1)
        self.relation.setAccessibleName(self.tr("Kind of copies"))
        for reach, name in (
            (Reach.ANY, self.tr("Any folders")),
            (Reach.ACROSS_FOLDERS, self.tr("Across folders")),
            (Reach.WITHIN_FOLDER, self.tr("Within one folder")),
        ):
            self.reach.addItem(name, reach)
        self.reach.setAccessibleName(self.tr("Where the photos of a group lie"))

    def _make_chip(self) -> None:
        """The line that says which folders the list is limited to, and ends it."""
        self._chip, self._chip_text = QWidget(), ElidedLabel()
        self._end = QToolButton()
        self._end.setIcon(icons.icon("cancel", self.palette()))
        self._end.setAutoRaise(True)
        self._end.setToolTip(self.tr("Show the groups of all folders"))
        self._end.setAccessibleName(self._end.toolTip())
        self._end.clicked.connect(self._end_folders)
        layout = QHBoxLayout(self._chip)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._chip_text, 1)
        layout.addWidget(self._end)
        self._chip.hide()

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 8, 8, 6)
        layout.setSpacing(6)
        layout.addWidget(self.text, 0, 0, 1, 2)
        layout.addWidget(self.order, 1, 0, 1, 2)
        if self.relation.count() > 2:
            layout.addWidget(self.relation, 2, 0)
            layout.addWidget(self.reach, 2, 1)
        else:
            layout.addWidget(self.reach, 2, 0, 1, 2)
        layout.addWidget(self.undecided, 3, 0, 1, 2)
        layout.addWidget(self._chip, 4, 0, 1, 2)

    @Slot()
    def _end_folders(self) -> None:
        self.show_folders(())
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)


def with_place(position: ReviewPosition, keeper: Photo, offset: int) -> ReviewPosition:
    """Kept filters together with the chosen group and where it lies in the list."""
    return replace(position, keeper=keeper.path, digest=keeper.digest, offset=offset)
