import random

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from photodedup.core.records import Group, Relation
from photodedup.gui.group_model import (
    DETAIL_ROLE,
    GroupFilter,
    GroupModel,
    GroupOrder,
    Reach,
    Totals,
    order_key,
    passes,
    totals_text,
)
from photodedup.gui.marks import Marks
from photodedup.gui.thumbnails import ThumbnailCache
from tests.gui.fake_core import GROUPS, make_group, make_member, make_photo

BEACH, DOG, HILL = GROUPS


@pytest.fixture
def model(thumbnails: ThumbnailCache) -> GroupModel:
    made = GroupModel(thumbnails, Marks())
    made.set_groups(GROUPS)
    return made


def shown(model: GroupModel) -> list[Group]:
    return [model.group(row) for row in range(model.rowCount())]


def test_is_a_sound_model(model: GroupModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    model.set_order(GroupOrder.FOLDER)
    model.set_filter(GroupFilter(text="dog"))
    model.set_groups(())


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (GroupOrder.BYTES, [HILL, DOG, BEACH]),  # 7000, 5000, 5000: by path
        (GroupOrder.COUNT, [BEACH, DOG, HILL]),
        (GroupOrder.LIKENESS, [DOG, BEACH, HILL]),
        (GroupOrder.NEWEST, [HILL, DOG, BEACH]),  # a capture date first, then the file's
        (GroupOrder.FOLDER, [DOG, BEACH, HILL]),
    ],
)
def test_orders(model: GroupModel, order: GroupOrder, expected: list[Group]) -> None:
    model.set_groups((DOG, HILL, BEACH))
    model.set_order(order)
    assert [g.keeper.path.name for g in shown(model)] == [g.keeper.path.name for g in expected]


def test_orders_are_total() -> None:
    """Any order of the input gives one order of the output."""
    groups = [
        make_group(make_photo(n, size_bytes=5), make_member(make_photo(n + 100, size_bytes=5)))
        for n in range(20)
    ]
    for order in GroupOrder:
        expected = None
        for seed in range(3):
            random.Random(seed).shuffle(groups)
            names = [
                g.keeper.path
                for g in sorted(groups, key=lambda g, order=order: order_key(g, order))
            ]
            expected = expected or names
            assert names == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (GroupFilter(), GROUPS),
        (GroupFilter(text="WEB"), (BEACH,)),  # a member's folder
        (GroupFilter(relation=Relation.EDITED), (BEACH, HILL)),
        (GroupFilter(reach=Reach.ACROSS_FOLDERS), (BEACH,)),
        (GroupFilter(reach=Reach.WITHIN_FOLDER), (DOG, HILL)),
        (GroupFilter("trip", Relation.EDITED, Reach.WITHIN_FOLDER), (HILL,)),
        (GroupFilter(text="nowhere"), ()),
    ],
)
def test_filters(wanted: GroupFilter, expected: tuple[Group, ...]) -> None:
    assert tuple(group for group in GROUPS if passes(group, wanted)) == expected


def test_totals_follow_the_filter(model: GroupModel) -> None:
    assert model.totals() == Totals(3, 7, 2000 + 3000 + 5000 + 7000)
    model.set_filter(GroupFilter(text="dog"))
    assert model.totals() == Totals(1, 2, 5000)
    assert model.is_filtered
    assert model.total_groups == 3
    assert "5.0 kB" in totals_text(model.totals())


def test_finds_a_group_again_by_its_keeper(model: GroupModel) -> None:
    row = model.row_of(make_group(DOG.keeper))
    assert row is not None
    assert model.group(row) is DOG
    assert model.row_of(make_group(make_photo(99))) is None


def test_texts_of_a_row(model: GroupModel) -> None:
    model.set_order(GroupOrder.FOLDER)
    index = model.index(0)
    assert model.data(index) == "dog.jpg"
    assert "5.0 kB" in str(model.data(index, DETAIL_ROLE))
    assert str(model.data(index, Qt.ItemDataRole.AccessibleTextRole)).startswith("dog.jpg, ")
