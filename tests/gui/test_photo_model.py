import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from photodedup.core.records import Match, QueryResult, Relation
from photodedup.gui.photo_model import PhotoModel, cards_of_group, cards_of_matches, printable
from photodedup.gui.thumbnails import ThumbnailCache
from tests.gui.fake_core import GROUPS, make_photo

Role = Qt.ItemDataRole


@pytest.fixture
def model(thumbnails: ThumbnailCache) -> PhotoModel:
    made = PhotoModel(thumbnails)
    made.show(cards_of_group(GROUPS[0]))
    return made


def test_is_a_sound_model(model: PhotoModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    model.show(cards_of_group(GROUPS[1]))
    model.show([])


def test_cards_of_a_group(model: PhotoModel) -> None:
    keeper, small, gray = model.cards
    assert keeper.is_keeper
    assert (keeper.title, keeper.similarity, keeper.relation) == ("Keeper", None, None)
    assert small.title == "saved again at 50 % size"
    assert gray.title == "cropped to 82 %, black and white"
    assert gray.similarity == pytest.approx(0.8)


def test_cards_of_matches_are_called_by_name() -> None:
    photo = make_photo(1, "a.jpg")
    result = QueryResult(Path("/q.jpg"), (Match(photo, 0.9, Relation.RESAVED),))
    (card,) = cards_of_matches(result)
    assert (card.title, card.similarity, card.relation) == ("a.jpg", 0.9, Relation.RESAVED)


def test_a_thumbnail_is_announced_for_its_row(qtbot: QtBot, model: PhotoModel) -> None:
    index = model.index(1)
    assert model.data(index, Role.DecorationRole) is None
    with qtbot.waitSignal(model.dataChanged) as caught:
        pass
    first, last, roles = caught.args
    assert (first.row(), last.row(), roles) == (1, 1, [Role.DecorationRole])
    assert isinstance(model.data(index, Role.DecorationRole), QPixmap)


def test_speaks_and_explains(model: PhotoModel) -> None:
    spoken = model.data(model.index(1), Role.AccessibleTextRole)
    assert spoken == "beach small.jpg, 200 × 150, saved again at 50 % size, 0.975"
    tip = model.data(model.index(1), Role.ToolTipRole)
    assert isinstance(tip, str)
    assert str(Path("/photos/web/beach small.jpg")) in tip.split("\n")


def test_drags_files_out(model: PhotoModel) -> None:
    data = model.mimeData([model.index(0), model.index(2)])
    assert [url.toLocalFile() for url in data.urls()] == [
        "/photos/trip/beach.jpg",
        "/photos/trip/beach gray.jpg",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"plain \xc3\xa4.jpg", "plain ä.jpg"),
        (b"two\nlines.jpg", "two\N{REPLACEMENT CHARACTER}lines.jpg"),
        (b"latin-1 \xe4.jpg", "latin-1 \N{REPLACEMENT CHARACTER}.jpg"),
    ],
)
def test_odd_names_can_be_painted(name: bytes, shown: str) -> None:
    assert printable(os.fsdecode(name)) == shown
