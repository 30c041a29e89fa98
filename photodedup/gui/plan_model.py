"""Everything a plan would clear, one row a file, with the photo that stays for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject

from photodedup.core.obstacles import LeftAlone
from photodedup.core.plan import Plan
from photodedup.gui import messages
from photodedup.gui.photo_model import printable
from photodedup.gui.rows_model import Column, RowsModel


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


def plan_model(plan: Plan, parent: QObject | None = None) -> RowsModel:
    """A table of every file that a plan moves."""
    translate = QCoreApplication.translate
    columns = (
        Column(translate("plan_model", "Goes"), lambda row: row.file),
        Column(
            translate("plan_model", "Size"),
            lambda row: messages.size_text(row.size_bytes),
            is_figure=True,
        ),
        Column(translate("plan_model", "What it is"), lambda row: row.what),
        Column(translate("plan_model", "Stays"), lambda row: row.keeper),
    )
    return _filled(RowsModel(columns, parent), rows_of(plan))


def left_model(left: Sequence[LeftAlone], parent: QObject | None = None) -> RowsModel:
    """A table of files that stay although they were marked, and why.

    The core's own words, in English, are the tool tip.
    """
    translate = QCoreApplication.translate
    columns = (
        Column(translate("plan_model", "Stays"), lambda file: printable(file.path)),
        Column(
            translate("plan_model", "Why"),
            lambda file: messages.obstacle_name(file.obstacle),
            tip=lambda file: file.reason,
        ),
    )
    return _filled(RowsModel(columns, parent), left)


def _filled(model: RowsModel, rows: Sequence[object]) -> RowsModel:
    model.show(rows)
    return model
