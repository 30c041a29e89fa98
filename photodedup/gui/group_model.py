"""The groups of a scan as a list model, and their figures in words."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    Qt,
    Slot,
)

from photodedup.core.records import Group
from photodedup.gui import messages
from photodedup.gui.arrangement import Arrangement, Totals
from photodedup.gui.counting import count_groups, count_marked, count_photos
from photodedup.gui.marks import Marks
from photodedup.gui.photo_model import Index, printable
from photodedup.gui.thumbnails import ThumbnailCache

GROUP_ROLE = Qt.ItemDataRole.UserRole + 1
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 2


class GroupModel(QAbstractListModel):
    """Groups as they were arranged; another arrangement resets the model."""

    def __init__(
        self, thumbnails: ThumbnailCache, marks: Marks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._marks = marks
        marks.changed.connect(self._marks_changed)
        self._arrangement = Arrangement()
        thumbnails.ready.connect(self._thumbnail_ready)

    def show(self, arrangement: Arrangement) -> None:
        """Show other groups, or the same in another order."""
        self.beginResetModel()
        self._arrangement = arrangement
        self.endResetModel()

    @property
    def totals(self) -> Totals:
        """What the shown groups amount to."""
        return self._arrangement.totals

    @property
    def hidden(self) -> int:
        """How many groups the filter holds back."""
        return self._arrangement.hidden

    def group(self, row: int) -> Group:
        """The group in a row."""
        return self._arrangement.groups[row]

    def row_of(self, group: Group) -> int | None:
        """Where a group with the same keeper is shown, or else with it among its photos."""
        digest, path = group.keeper.digest, group.keeper.path
        row = self.row_of_keeper(digest, path)
        if row is not None:
            return row
        for row, shown in enumerate(self._arrangement.groups):
            for member in shown.members:
                # the digest first: comparing paths takes twenty times as long
                if member.photo.digest == digest and member.photo.path == path:
                    return row
        return None

    def row_of_keeper(self, digest: bytes, path: Path) -> int | None:
        """Where a group with this keeper is shown."""
        for row in self._rows_of(digest):
            if self.group(row).keeper.path == path:
                return row
        return None

    @property
    def groups(self) -> Sequence[Group]:
        """All groups that are shown, in order."""
        return self._arrangement.groups

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a group."""
        return 0 if parent.isValid() else len(self._arrangement.groups)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The keeper's name and thumbnail, a line of figures, or the group itself."""
        if not index.isValid() or index.row() >= len(self._arrangement.groups):
            return None
        group = self._arrangement.groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return printable(group.keeper.path.name)
        if role == DETAIL_ROLE:
            return self._detail(group)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnails.pixmap(group.keeper.digest)
        if role == Qt.ItemDataRole.ToolTipRole:
            return printable(group.keeper.path)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{printable(group.keeper.path.name)}, {self._detail(group)}"
        if role == GROUP_ROLE:
            return group
        return None

    def _rows_of(self, keeper_digest: bytes) -> Sequence[int]:
        return (self._arrangement.rows or {}).get(keeper_digest, ())

    def _detail(self, group: Group) -> str:
        """Figures of a group in its row: "3 photos · 4.2 MB · 2 marked"."""
        parts = [count_photos(len(group.members)), messages.size_text(group.bytes_to_gain)]
        if marked := self._marks.marked_in(group):
            parts.append(count_marked(marked))
        return " · ".join(parts)

    @Slot()
    def _marks_changed(self) -> None:
        if self._arrangement.groups:
            first, last = self.index(0), self.index(len(self._arrangement.groups) - 1)
            self.dataChanged.emit(first, last, [DETAIL_ROLE])

    @Slot(object)
    def _thumbnail_ready(self, digest: bytes) -> None:
        for row in self._rows_of(digest):
            index = self.index(row)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


def detail_text(group: Group) -> str:
    """Figures of a group: "3 photos · 4.2 MB to gain"."""
    gain = QCoreApplication.translate("GroupModel", "{size} to gain").format(
        size=messages.size_text(group.bytes_to_gain)
    )
    return f"{count_photos(len(group.members))} · {gain}"


def totals_text(totals: Totals) -> str:
    """Totals in one line: "120 groups · 310 photos · 1.2 GB to gain"."""
    translate = QCoreApplication.translate
    gain = translate("GroupModel", "{size} to gain").format(
        size=messages.size_text(totals.bytes_to_gain)
    )
    return f"{count_groups(totals.groups)} · {count_photos(totals.photos)} · {gain}"
