"""The window's tests run offscreen, with a core that answers at once."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.gui.main_window import MainWindow
from photodedup.gui.session import Session
from photodedup.gui.thumbnails import ThumbnailCache, ThumbnailLoader
from photodedup.gui.window_settings import WindowSettings
from tests.gui.fake_core import FakeBackend


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def settings(tmp_path: Path) -> WindowSettings:
    return WindowSettings(tmp_path)


@pytest.fixture
def session(qapp: object, backend: FakeBackend) -> Iterator[Session]:
    made = Session(backend)
    yield made
    made.shut_down()


@pytest.fixture
def thumbnails(qapp: object, backend: FakeBackend) -> Iterator[ThumbnailCache]:
    loader = ThumbnailLoader(backend.open_previews)
    yield ThumbnailCache(loader)
    loader.shut_down()


@pytest.fixture
def window(
    qtbot: QtBot, session: Session, backend: FakeBackend, settings: WindowSettings
) -> Iterator[MainWindow]:
    made = MainWindow(session, backend, settings)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform cannot pass size hints on, and warns for every window."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))
