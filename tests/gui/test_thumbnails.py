import threading
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from photodedup.gui.thumbnails import ThumbnailCache, ThumbnailLoader
from tests.gui.fake_core import NO_PREVIEW, FakePreviews, colour_of

PICTURE_BYTES = 40 * 30 * 4


def digest(number: int) -> bytes:
    return number.to_bytes(16, "big")


class HeldPreviews(FakePreviews):
    """Answers only when let; remembers the order of the questions."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.asked: list[bytes] = []
        self.closed = threading.Event()

    def preview(self, digest: bytes) -> bytes | None:
        self.asked.append(digest)
        self.go_on.wait()
        return super().preview(digest)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def previews() -> HeldPreviews:
    return HeldPreviews()


@pytest.fixture
def loader(qapp: object, previews: HeldPreviews) -> Iterator[ThumbnailLoader]:
    made = ThumbnailLoader(lambda: previews)
    yield made
    previews.go_on.set()
    made.shut_down()


def load(qtbot: QtBot, cache: ThumbnailCache, number: int) -> None:
    with qtbot.waitSignal(cache.ready):
        cache.pixmap(digest(number))


def test_a_miss_is_answered_later(qtbot: QtBot, thumbnails: ThumbnailCache) -> None:
    assert thumbnails.pixmap(digest(5)) is None
    with qtbot.waitSignal(thumbnails.ready) as caught:
        pass
    assert caught.args == [digest(5)]
    pixmap = thumbnails.pixmap(digest(5))
    assert pixmap is not None
    color = QColor(pixmap.toImage().pixel(20, 15))
    assert all(abs(a - b) < 6 for a, b in zip(color.getRgb()[:3], colour_of(5), strict=True))


def test_the_newest_request_comes_first(
    qtbot: QtBot, loader: ThumbnailLoader, previews: HeldPreviews
) -> None:
    loader.request(digest(1))
    qtbot.waitUntil(lambda: previews.asked == [digest(1)])
    for number in (2, 3, 4):
        loader.request(digest(number))
    previews.go_on.set()
    qtbot.waitUntil(lambda: len(previews.asked) == 4)
    assert previews.asked[1:] == [digest(4), digest(3), digest(2)]


def test_requests_that_are_too_old_can_be_made_again(
    qtbot: QtBot,
    loader: ThumbnailLoader,
    previews: HeldPreviews,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("photodedup.gui.thumbnails.MAX_WAITING", 2)
    cache = ThumbnailCache(loader)
    cache.pixmap(digest(1))
    qtbot.waitUntil(lambda: previews.asked == [digest(1)])
    for number in (2, 3, 4):  # the third drops the first of them
        cache.pixmap(digest(number))
    previews.go_on.set()
    qtbot.waitUntil(lambda: len(previews.asked) == 3)
    assert previews.asked == [digest(1), digest(4), digest(3)]
    load(qtbot, cache, 2)
    assert cache.pixmap(digest(2)) is not None


def test_holds_no_more_bytes_than_allowed(
    qtbot: QtBot, loader: ThumbnailLoader, previews: HeldPreviews
) -> None:
    previews.go_on.set()
    cache = ThumbnailCache(loader, limit_bytes=3 * PICTURE_BYTES)
    for number in range(1, 4):
        load(qtbot, cache, number)
    cache.pixmap(digest(1))  # now 2 is the least recently shown
    load(qtbot, cache, 4)
    assert cache.size_bytes == 3 * PICTURE_BYTES
    assert cache.pixmap(digest(1)) is not None
    assert cache.pixmap(digest(2)) is None


def test_remembers_what_has_no_preview(
    qtbot: QtBot, loader: ThumbnailLoader, previews: HeldPreviews
) -> None:
    previews.go_on.set()
    cache = ThumbnailCache(loader)
    load(qtbot, cache, NO_PREVIEW)
    assert cache.pixmap(digest(NO_PREVIEW)) is None
    assert len(previews.asked) == 1
    cache.forget_misses()
    load(qtbot, cache, NO_PREVIEW)
    assert len(previews.asked) == 2


def test_an_error_costs_one_picture(
    qtbot: QtBot, qapp: object, caplog: pytest.LogCaptureFixture
) -> None:
    class Breaking(FakePreviews):
        def preview(self, digest: bytes) -> bytes | None:
            if digest[-1] == 1:
                raise OSError("disk gone")
            return super().preview(digest)

    loader = ThumbnailLoader(Breaking)
    cache = ThumbnailCache(loader)
    load(qtbot, cache, 1)
    load(qtbot, cache, 2)
    assert cache.pixmap(digest(1)) is None
    assert cache.pixmap(digest(2)) is not None
    assert "disk gone" in caplog.text
    loader.shut_down()


def test_shutting_down_closes_the_database(
    qtbot: QtBot, loader: ThumbnailLoader, previews: HeldPreviews
) -> None:
    previews.go_on.set()
    loader.request(digest(1))
    qtbot.waitUntil(lambda: bool(previews.asked))
    loader.shut_down()
    assert previews.closed.is_set()
