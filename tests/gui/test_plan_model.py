"""What goes and what stays, as tables."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from photodedup.core.job import JobControl
from photodedup.core.obstacles import LeftAlone, Obstacle
from photodedup.gui.clearing_core import ClearRequest
from photodedup.gui.plan_model import left_model, plan_model
from photodedup.gui.rows_model import RowsModel
from tests.gui.fake_core import GROUPS, FakeClearing


def shown(model: RowsModel, role: Qt.ItemDataRole) -> list[list[object]]:
    return [
        [model.index(row, column).data(role) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_every_file_of_a_plan_has_a_row_with_what_stays_for_it(
    qapp: object, qtmodeltester: ModelTester
) -> None:
    first = GROUPS[0]
    marked = frozenset(member.photo.path for member in first.members[1:])
    request = ClearRequest((first,), marked, (), (), "fake")
    model = plan_model(FakeClearing().plan(request, JobControl()))
    qtmodeltester.check(model)
    assert shown(model, Qt.ItemDataRole.DisplayRole) == [
        [str(first.members[1].photo.path), "2.0 kB", "Saved again", str(first.keeper.path)],
        [str(first.members[2].photo.path), "3.0 kB", "Edited", str(first.keeper.path)],
    ]
    assert model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) is not None


def test_what_stays_says_why_in_the_cores_own_words_too(
    qapp: object, qtmodeltester: ModelTester
) -> None:
    left = LeftAlone(Path("/photos/a.jpg"), Obstacle.DISK, "input/output error")
    model = left_model((left,))
    qtmodeltester.check(model)
    (row,) = shown(model, Qt.ItemDataRole.DisplayRole)
    assert row == ["/photos/a.jpg", "the disk reported an error"]
    (tips,) = shown(model, Qt.ItemDataRole.ToolTipRole)
    assert tips == ["/photos/a.jpg", "input/output error"]
