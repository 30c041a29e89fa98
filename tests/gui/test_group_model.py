import random

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from photodedup.core.records import Group, Relation
from photodedup.gui.arrangement import (
    Arrangement,
    GroupFilter,
    GroupOrder,
    Reach,
    Totals,
    arrange,
    passes,
)
from photodedup.gui.group_model import DETAIL_ROLE, GroupModel, totals_text
from photodedup.gui.marks import Marks
from photodedup.gui.thumbnails import ThumbnailCache
from tests.gui.fake_core import GROUPS, make_group, make_member, make_photo

BEACH, DOG, HILL = GROUPS


@pytest.fixture
def model(thumbnails: ThumbnailCache) -> GroupModel:
    made = GroupModel(thumbnails, Marks())
    made.show(arrange(GROUPS, GroupOrder.BYTES, GroupFilter()))
    return made


def test_is_a_sound_model(model: GroupModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    model.show(arrange(GROUPS, GroupOrder.FOLDER, GroupFilter(text="dog")))
    model.show(Arrangement())


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
def test_orders(order: GroupOrder, expected: list[Group]) -> None:
    arranged = arrange((DOG, HILL, BEACH), order, GroupFilter())
    assert [g.keeper.path.name for g in arranged.groups] == [g.keeper.path.name for g in expected]


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
            arranged = arrange(groups, order, GroupFilter()).groups
            names = [group.keeper.path for group in arranged]
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


def test_totals_follow_the_filter() -> None:
    assert arrange(GROUPS, GroupOrder.BYTES, GroupFilter()).totals == Totals(3, 7, 17_000, 3)
    arranged = arrange(GROUPS, GroupOrder.BYTES, GroupFilter(text="dog"))
    assert (arranged.totals, arranged.hidden) == (Totals(1, 2, 5000, 1), 2)
    assert "5.0 kB" in totals_text(arranged.totals)


def test_only_undecided_groups_are_listed_and_counted() -> None:
    decided = {BEACH.keeper.path}
    every = arrange(GROUPS, GroupOrder.BYTES, GroupFilter(), lambda g: g.keeper.path in decided)
    assert (every.totals.groups, every.totals.undecided) == (3, 2)
    wanted = GroupFilter(undecided=True)
    left = arrange(GROUPS, GroupOrder.BYTES, wanted, lambda g: g.keeper.path in decided)
    assert (left.totals.groups, left.totals.undecided, left.hidden) == (2, 2, 1)
    assert BEACH not in left.groups


def test_finds_a_group_again_by_its_keeper(model: GroupModel) -> None:
    row = model.row_of(make_group(DOG.keeper))
    assert row is not None
    assert model.group(row) is DOG
    assert model.row_of(make_group(make_photo(99))) is None


def test_texts_of_a_row(model: GroupModel) -> None:
    index = model.index(1)
    assert model.data(index) == "dog.jpg"
    assert "5.0 kB" in str(model.data(index, DETAIL_ROLE))
    assert str(model.data(index, Qt.ItemDataRole.AccessibleTextRole)).startswith("dog.jpg, ")
