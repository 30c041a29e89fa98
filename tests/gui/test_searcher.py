from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from photodedup.core.errors import PhotoError
from photodedup.core.records import QueryResult, Relation
from photodedup.gui.searcher import SearchAnswer, Searcher, SearchRequest
from tests.gui.fake_core import PHOTOS, FakeBackend

A, B = PHOTOS[0].path, PHOTOS[1].path


@pytest.fixture
def searcher(qapp: object, backend: FakeBackend) -> Iterator[Searcher]:
    made = Searcher(backend)
    yield made
    made.shut_down()


def answer(qtbot: QtBot, searcher: Searcher, request: SearchRequest) -> SearchAnswer:
    with qtbot.waitSignal(searcher.answered) as caught:
        searcher.search(request)
    (found,) = caught.args
    assert isinstance(found, SearchAnswer)
    return found


def test_answers_with_a_picture_of_each_query(
    qtbot: QtBot, searcher: Searcher, backend: FakeBackend
) -> None:
    gone = Path("/photos/gone.jpg")
    folders = (Path("/photos"),)
    found = answer(qtbot, searcher, SearchRequest((A, gone), None, folders, 3))
    assert backend.searches == [((A, gone), folders, 3)]
    assert [result.query for result in found.results] == [A, gone]
    assert [len(result.matches) for result in found.results] == [3, 3]
    assert [picture.isNull() for picture in found.pictures] == [False, True]


def test_only_the_latest_request_is_answered(
    qtbot: QtBot, searcher: Searcher, backend: FakeBackend
) -> None:
    answers: list[SearchAnswer] = []
    searcher.answered.connect(answers.append)
    backend.go_on.clear()
    for path in (A, B, A, B):
        searcher.search(SearchRequest((path,)))
    qtbot.wait(50)
    backend.go_on.set()
    qtbot.waitUntil(lambda: not searcher.is_searching and bool(answers))
    assert [found.results[0].query for found in answers] == [B]


def test_a_pasted_picture_becomes_a_file_that_goes_with_the_window(
    qtbot: QtBot, searcher: Searcher
) -> None:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    found = answer(qtbot, searcher, SearchRequest(image=image))
    (result,) = found.results
    assert result.query.is_file()
    assert found.pictures[0].pixelColor(3, 3) == Qt.GlobalColor.red
    second = answer(qtbot, searcher, SearchRequest(image=image))
    assert second.results[0].query != result.query
    searcher.shut_down()
    assert not result.query.parent.exists()


def test_a_failure_is_told(qtbot: QtBot, searcher: Searcher, backend: FakeBackend) -> None:
    backend.error = PhotoError(A, "not a photo")
    with qtbot.waitSignal(searcher.failed) as caught:
        searcher.search(SearchRequest((A,)))
    assert caught.args == [backend.error]


def test_relations_are_named_after_the_answer(
    qtbot: QtBot, searcher: Searcher, backend: FakeBackend
) -> None:
    told: list[tuple[int, QueryResult]] = []
    searcher.named.connect(lambda number, result: told.append((number, result)))
    backend.name_on.clear()
    found = answer(qtbot, searcher, SearchRequest((A, B), top=3))
    assert [match.relation for match in found.results[1].matches] == [
        Relation.IDENTICAL_FILE,
        None,
        None,
    ]
    assert told == []
    backend.name_on.set()
    qtbot.waitUntil(lambda: len(told) == 4)
    assert [number for number, _ in told] == [0, 0, 1, 1]
    assert [match.relation for match in told[-1][1].matches[1:]] == [Relation.RESAVED] * 2
    assert backend.naming == [A, B]


def test_a_newer_request_ends_the_naming(
    qtbot: QtBot, searcher: Searcher, backend: FakeBackend
) -> None:
    """Whether it is held up or has just told something, nothing of it is heard any more."""
    told: list[QueryResult] = []
    searcher.named.connect(lambda number, result: told.append(result))
    backend.name_on.clear()
    answer(qtbot, searcher, SearchRequest((A,)))
    qtbot.waitUntil(lambda: backend.naming == [A])
    answer(qtbot, searcher, SearchRequest((B,)))  # answered while the naming of A is held up
    qtbot.waitUntil(lambda: backend.naming == [A, B])
    backend.name_on.set()
    qtbot.waitUntil(lambda: len(told) == len(PHOTOS) - 1)
    assert {result.query for result in told} == {B}


def test_an_answer_stays_where_its_relations_cannot_be_named(
    qtbot: QtBot, searcher: Searcher, backend: FakeBackend
) -> None:
    failures: list[Exception] = []
    searcher.failed.connect(failures.append)
    backend.naming_error = PhotoError(A, "gone")
    answer(qtbot, searcher, SearchRequest((A,)))
    qtbot.waitUntil(lambda: backend.naming == [A])
    backend.naming_error = None
    answer(qtbot, searcher, SearchRequest((B,)))
    qtbot.waitUntil(lambda: backend.naming == [A, B])
    assert failures == []
