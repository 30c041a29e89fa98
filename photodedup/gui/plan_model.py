"""Everything a plan would clear, one row a file, with the photo that stays for it."""

from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from photodedup.core.obstacles import LeftAlone
from photodedup.core.plan import Plan
from photodedup.gui import messages
from photodedup.gui.photo_model import Index, printable

FILE, SIZE, WHAT, KEEPER = range(4)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One file that goes."""

    file: str
    size_bytes: int
    what: str
    keeper: str


def rows_of(plan: Plan) -> list[PlanRow]:
    """Every file that a plan moves, companions below their photo."""
    rows = []
    for group in plan.groups:
        keeper = printable(group.keeper.path)
        for discard in group.discards:
            what = messages.relation_name(discard.relation)
            if discard.worth_keeping:
                only = messages.only_it_has(discard.worth_keeping.describe())
                what = f"{what}; {only}"
            file = discard.file
            rows.append(PlanRow(printable(file.path), file.size_bytes, what, keeper))
            for companion in discard.companions:
                file = companion.file
                what = messages.goes_along()
                rows.append(PlanRow(printable(file.path), file.size_bytes, what, keeper))
    return rows


class PlanModel(QAbstractTableModel):
    """The rows of a plan."""

    def __init__(self, plan: Plan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows_of(plan)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a file."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """File, size, what it is, what stays."""
        return 0 if parent.isValid() else 4

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            names = (self.tr("Goes"), self.tr("Size"), self.tr("What it is"), self.tr("Stays"))
            return names[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The cell's text."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            size = messages.size_text(row.size_bytes)
            return (row.file, size, row.what, row.keeper)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == SIZE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None


class LeftModel(QAbstractTableModel):
    """Files that stay although they were marked, and why."""

    def __init__(self, left: tuple[LeftAlone, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = left

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """One row a file."""
        return 0 if parent.isValid() else len(self._left)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """File and reason."""
        return 0 if parent.isValid() else 2

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Stays"), self.tr("Why"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The cell's text; the core's own words, in English, as the tool tip."""
        if not index.isValid():
            return None
        left = self._left[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (printable(left.path), messages.obstacle_name(left.obstacle))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (printable(left.path), left.reason)[index.column()]
        return None
