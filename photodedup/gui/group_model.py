"""The groups of a scan as a list model: sorted, filtered, with totals."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    Qt,
    Signal,
    Slot,
)

from photodedup.core.records import Group, Relation
from photodedup.gui import messages
from photodedup.gui.counting import count_groups, count_marked, count_photos
from photodedup.gui.marks import Marks
from photodedup.gui.photo_model import Index, printable
from photodedup.gui.thumbnails import ThumbnailCache

GROUP_ROLE = Qt.ItemDataRole.UserRole + 1
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 2


class GroupOrder(enum.Enum):
    """What the list of groups is sorted by."""

    BYTES = "bytes"  # most to gain first
    COUNT = "count"  # most photos first
    LIKENESS = "likeness"  # surest first
    NEWEST = "newest"  # date of the keeper, newest first
    FOLDER = "folder"  # the keeper's path


class Reach(enum.Enum):
    """Whether a group's photos lie in one folder."""

    ANY = "any"
    ACROSS_FOLDERS = "across"
    WITHIN_FOLDER = "within"


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups are shown: all of the conditions must hold; the default holds for every group.

    text: part of some member's path, whatever the case. relation: some member has it.
    """

    text: str = ""
    relation: Relation | None = None
    reach: Reach = Reach.ANY


@dataclass(frozen=True, slots=True)
class Totals:
    """What a set of groups amounts to; photos counts the keepers too."""

    groups: int
    photos: int
    bytes_to_gain: int


def order_key(group: Group, order: GroupOrder) -> tuple[object, ...]:
    """Sort key of a group; ties fall back on the keeper's path, so the order is total."""
    path = str(group.keeper.path)
    if order is GroupOrder.BYTES:
        return (-group.bytes_to_gain, path)
    if order is GroupOrder.COUNT:
        return (-len(group.members), path)
    if order is GroupOrder.LIKENESS:
        return (-min(member.probability for member in group.members), path)
    if order is GroupOrder.NEWEST:
        taken = group.keeper.metadata.captured_at or ""
        return (tuple(-ord(sign) for sign in taken) or (0,), -group.keeper.file.mtime_ns, path)
    return (path,)


def passes(group: Group, wanted: GroupFilter) -> bool:
    """Whether a group meets every condition of the filter."""
    if wanted.relation is not None and all(
        member.relation is not wanted.relation for member in group.members
    ):
        return False
    if wanted.reach is not Reach.ANY:
        folders = {member.photo.path.parent for member in group.members}
        if (len(folders) == 1) is not (wanted.reach is Reach.WITHIN_FOLDER):
            return False
    text = wanted.text.casefold()
    return not text or any(text in str(member.photo.path).casefold() for member in group.members)


class GroupModel(QAbstractListModel):
    """Groups in the chosen order; a change of order or filter resets the model."""

    totals_changed = Signal()

    def __init__(
        self, thumbnails: ThumbnailCache, marks: Marks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._marks = marks
        marks.changed.connect(self._marks_changed)
        self._all: tuple[Group, ...] = ()
        self._shown: list[Group] = []
        self._rows: dict[bytes, list[int]] = {}
        self._order = GroupOrder.BYTES
        self._filter = GroupFilter()
        thumbnails.ready.connect(self._thumbnail_ready)

    def set_groups(self, groups: Iterable[Group]) -> None:
        """Show these groups instead, in the chosen order and through the filter."""
        self._all = tuple(groups)
        self._arrange()

    def set_order(self, order: GroupOrder) -> None:
        """Sort by something else."""
        if order is not self._order:
            self._order = order
            self._arrange()

    def set_filter(self, wanted: GroupFilter) -> None:
        """Show only what passes."""
        if wanted != self._filter:
            self._filter = wanted
            self._arrange()

    @property
    def is_filtered(self) -> bool:
        """Whether the filter holds some groups back."""
        return len(self._shown) < len(self._all)

    @property
    def total_groups(self) -> int:
        """How many groups there are without the filter."""
        return len(self._all)

    def group(self, row: int) -> Group:
        """The group in a row."""
        return self._shown[row]

    def row_of(self, group: Group) -> int | None:
        """Where a group with the same keeper is shown."""
        for row in self._rows.get(group.keeper.digest, ()):
            if self._shown[row].keeper.path == group.keeper.path:
                return row
        return None

    def totals(self) -> Totals:
        """What the shown groups amount to."""
        return Totals(
            len(self._shown),
            sum(len(group.members) for group in self._shown),
            sum(group.bytes_to_gain for group in self._shown),
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a group."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The keeper's name and thumbnail, a line of figures, or the group itself."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        group = self._shown[index.row()]
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

    def _arrange(self) -> None:
        shown = [group for group in self._all if passes(group, self._filter)]
        shown.sort(key=lambda group: order_key(group, self._order))
        self.beginResetModel()
        self._shown = shown
        self._rows = {}
        for row, group in enumerate(shown):
            self._rows.setdefault(group.keeper.digest, []).append(row)
        self.endResetModel()
        self.totals_changed.emit()

    def _detail(self, group: Group) -> str:
        """Figures of a group in its row: "3 photos · 4.2 MB · 2 marked"."""
        parts = [count_photos(len(group.members)), messages.size_text(group.bytes_to_gain)]
        if marked := self._marks.marked_in(group):
            parts.append(count_marked(marked))
        return " · ".join(parts)

    @Slot()
    def _marks_changed(self) -> None:
        if self._shown:
            first, last = self.index(0), self.index(len(self._shown) - 1)
            self.dataChanged.emit(first, last, [DETAIL_ROLE])

    @Slot(object)
    def _thumbnail_ready(self, digest: bytes) -> None:
        for row in self._rows.get(digest, ()):
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
