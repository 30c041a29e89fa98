"""How tables look in every dialog."""

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QHeaderView, QTableView


def make_table(model: QAbstractItemModel, wide: tuple[int, ...], name: str) -> QTableView:
    """A table of whole rows; the wide columns share what the others leave. name: for readers."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    stretch, fit = QHeaderView.ResizeMode.Stretch, QHeaderView.ResizeMode.ResizeToContents
    for column in range(model.columnCount()):
        header.setSectionResizeMode(column, stretch if column in wide else fit)
    header.setResizeContentsPrecision(50)  # rows that are looked at; all would be slow
    return table
