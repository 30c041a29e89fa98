"""Many groups are sorted beside the window; the chosen one stays chosen."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from photodedup.core.records import Relation
from photodedup.gui import review_page
from photodedup.gui.arrangement import GroupOrder
from photodedup.gui.marks import Marks
from photodedup.gui.review_page import ReviewPage
from photodedup.gui.thumbnails import ThumbnailCache
from tests.gui.fake_core import make_group, make_member, make_photo

MANY = tuple(
    make_group(make_photo(2 * n, f"{n:04}.jpg"), make_member(make_photo(2 * n + 1)))
    for n in range(1, 60)
)


@pytest.fixture
def page(
    qtbot: QtBot, thumbnails: ThumbnailCache, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ReviewPage]:
    monkeypatch.setattr(review_page, "AT_ONCE", 10)
    made = ReviewPage(thumbnails, Marks(), [QAction()], [Relation.RESAVED, Relation.EDITED])
    qtbot.addWidget(made)
    yield made
    made.shut_down()


def test_many_groups_come_a_little_later(qtbot: QtBot, page: ReviewPage) -> None:
    page.show_groups(MANY)
    assert page.model.rowCount() == 0
    qtbot.waitUntil(lambda: page.model.rowCount() == len(MANY))
    assert page.group is MANY[-1]  # most to gain


def test_only_the_last_of_several_wishes_stands(qtbot: QtBot, page: ReviewPage) -> None:
    page.show_groups(MANY)
    page.show_groups(MANY[:30])
    page.filters.order.setCurrentIndex(page.filters.order.findData(GroupOrder.FOLDER))
    page.show_groups(MANY[:20])
    qtbot.waitUntil(lambda: page.model.rowCount() == 20)
    assert page.model.group(0) is MANY[0]


def test_the_chosen_group_stays_chosen_in_another_order(qtbot: QtBot, page: ReviewPage) -> None:
    page.show_groups(MANY)
    qtbot.waitUntil(lambda: page.model.rowCount() == len(MANY))
    page.step(5)
    chosen = page.group
    page.filters.order.setCurrentIndex(page.filters.order.findData(GroupOrder.FOLDER))
    qtbot.waitUntil(lambda: page.model.group(0) is MANY[0])
    assert page.group is chosen
    assert page.list.currentIndex().row() == MANY.index(chosen)


def test_when_the_chosen_group_goes_its_row_is_chosen(qtbot: QtBot, page: ReviewPage) -> None:
    few = MANY[:5]
    page.show_groups(few)
    page.filters.order.setCurrentIndex(page.filters.order.findData(GroupOrder.FOLDER))
    page.list.setCurrentIndex(page.model.index(2))
    page.show_groups([group for group in few if group is not few[2]])
    assert page.group is few[3]
    page.show_groups([])
    assert page.group is None
