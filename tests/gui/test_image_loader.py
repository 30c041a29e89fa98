from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from photodedup.core.errors import PhotoError
from photodedup.gui.image_loader import LoadedPair, PairLoader, image_of
from tests.data.make_photos import textured_photo
from tests.gui.fake_core import PHOTOS, FakeBackend, colour_of, make_photo

A, B, C = PHOTOS[:3]


@pytest.fixture
def loader(qapp: object, backend: FakeBackend) -> Iterator[PairLoader]:
    made = PairLoader(backend)
    yield made
    made.shut_down()


def load(qtbot: QtBot, loader: PairLoader, first: object = A, second: object = B) -> LoadedPair:
    with qtbot.waitSignal(loader.loaded) as caught:
        loader.load(first, second)  # type: ignore[arg-type]
    (pair,) = caught.args
    assert isinstance(pair, LoadedPair)
    return pair


def test_loads_both_at_full_size(qtbot: QtBot, loader: PairLoader) -> None:
    pair = load(qtbot, loader)
    assert (pair.first, pair.second) == (A, B)
    sizes = [picture.levels[0].size().toTuple() for picture in pair.pictures]
    assert sizes == [(400, 300), (200, 150)]
    assert pair.pictures[1].levels[0].pixelColor(5, 5) == QColor(*colour_of(2))


def test_lays_the_second_over_the_first(
    qtbot: QtBot, loader: PairLoader, backend: FakeBackend
) -> None:
    """b is the right half of a: its shares map to the right half of a's."""
    backend.matrix = np.array([[0.5, 0.0, 0.5], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    laid = load(qtbot, loader).second_on_first
    assert laid is not None
    image = laid.levels[0]
    assert image.size().toTuple() == (400, 300)
    assert image.pixelColor(190, 150) == QColor(0, 0, 0)
    assert image.pixelColor(210, 150) == QColor(*colour_of(2))


def test_a_crop_lies_on_its_original(qtbot: QtBot, qapp: object) -> None:
    """Pixel for pixel, where nothing is scaled."""
    whole = textured_photo(3, 320, 240)
    crop = whole[40:200, 80:280]

    class Source(FakeBackend):
        def load_pixels(self, path: object, longest_px: int | None) -> np.ndarray:
            return whole if path == A.path else crop

    source = Source()
    to_whole = np.array([[200 / 320, 0, 80 / 320], [0, 160 / 240, 40 / 240], [0, 0, 1]])
    source.matrix = to_whole
    loader = PairLoader(source)
    laid = load(qtbot, loader).second_on_first
    loader.shut_down()
    assert laid is not None
    image = laid.levels[0]
    for x, y in ((90, 50), (200, 120), (270, 190)):
        shown = np.array(image.pixelColor(x, y).getRgb()[:3], int)
        assert np.abs(shown - whole[y, x].astype(int)).max() <= 2


def test_a_large_second_is_reduced_by_area(qtbot: QtBot, qapp: object) -> None:
    """A fine chequerboard, eight times as large, is laid over as gray and not as noise."""
    board = np.kron(np.indices((800, 800)).sum(axis=0) % 2, np.ones((2, 2))) * 255
    large = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    small = cv2.resize(large, (200, 200), interpolation=cv2.INTER_AREA)

    class Source(FakeBackend):
        def load_pixels(self, path: object, longest_px: int | None) -> np.ndarray:
            return small if path == A.path else large

    loader = PairLoader(Source())
    laid = load(qtbot, loader).second_on_first
    loader.shut_down()
    assert laid is not None
    grays = [laid.levels[0].pixelColor(x, 100).red() for x in range(10, 190)]
    assert max(grays) - min(grays) < 10


def test_without_alignment_there_is_nothing_to_lay_over(
    qtbot: QtBot, loader: PairLoader, backend: FakeBackend
) -> None:
    backend.matrix = None
    assert load(qtbot, loader).second_on_first is None


def test_only_the_latest_pair_is_announced(qtbot: QtBot, loader: PairLoader) -> None:
    pairs: list[LoadedPair] = []
    loader.loaded.connect(pairs.append)
    for second in (B, C, B, C):
        loader.load(A, second)
    qtbot.waitUntil(lambda: bool(pairs))
    qtbot.wait(50)
    assert [pair.second for pair in pairs] == [C]


def test_a_photo_that_is_gone_is_told(qtbot: QtBot, loader: PairLoader) -> None:
    with qtbot.waitSignal(loader.failed) as caught:
        loader.load(A, make_photo(77, "gone.jpg"))
    assert isinstance(caught.args[0], PhotoError)


def test_an_image_owns_its_memory_and_takes_odd_widths() -> None:
    rgb = np.arange(5 * 3 * 3, dtype=np.uint8).reshape(3, 5, 3)
    image = image_of(rgb)
    expected = rgb.copy()
    rgb[:] = 0
    for y in range(3):
        for x in range(5):
            assert image.pixelColor(x, y).getRgb()[:3] == tuple(expected[y, x])
