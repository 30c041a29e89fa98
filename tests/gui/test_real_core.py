"""The window on the real pipeline: folders on disk to groups, search, comparison."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from photodedup.core.environment import DataFolders
from photodedup.core.records import Relation
from photodedup.gui.backend import CoreBackend
from photodedup.gui.clear_dialog import ClearDialog
from photodedup.gui.main_window import MainWindow
from photodedup.gui.scan_options import ScanOptions
from photodedup.gui.session import Session
from photodedup.gui.window_settings import WindowSettings
from tests.data.make_photos import textured_photo
from tests.library_made import make_library, save_photo

SLOW_MS = 120_000  # worker processes start, and the machine may be busy


@pytest.fixture
def core_window(qtbot: QtBot, folders: DataFolders, tiny_model: Path) -> Iterator[MainWindow]:
    backend = CoreBackend(folders)
    session = Session(backend, ScanOptions("cpu", tiny_model))
    window = MainWindow(session, backend, WindowSettings(folders.data))
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def test_scan_review_and_search(qtbot: QtBot, core_window: MainWindow, tmp_path: Path) -> None:
    window, pages = core_window, core_window.pages
    library = make_library(tmp_path / "library")
    window.open_paths([library])
    qtbot.waitUntil(lambda: not window.session.is_scanning, timeout=SLOW_MS)

    relations = {
        member.photo.path.name: member.relation
        for row in range(pages.duplicates.model.rowCount())
        for member in pages.duplicates.model.group(row).members
    }
    assert relations["half.jpg"] is Relation.RESAVED
    assert relations["copy of 0.jpg"] is Relation.IDENTICAL_FILE
    assert relations["crop.jpg"] is Relation.EDITED
    assert pages.problems.model.rowCount() == 2

    crop = next(
        row
        for row in range(pages.duplicates.model.rowCount())
        if len(pages.duplicates.model.group(row).members) == 2
    )
    pages.duplicates.list.setCurrentIndex(pages.duplicates.model.index(crop))
    pages.start_comparison()
    qtbot.waitUntil(
        lambda: pages.compare.status.startswith("The second photo is laid over"), timeout=SLOW_MS
    )
    pages.leave_comparison()

    query = save_photo(textured_photo(2, 300, 225), tmp_path / "query.jpg")
    window.open_paths([query])
    qtbot.waitUntil(lambda: pages.search.model.rowCount() > 0, timeout=SLOW_MS)
    best = pages.search.model.card(0)
    assert best.photo.path.name == "2.jpg"
    qtbot.waitUntil(
        lambda: pages.search.model.card(0).relation is Relation.RESAVED, timeout=SLOW_MS
    )

    pages.search.save_to(tmp_path / "result.png")
    qtbot.waitUntil((tmp_path / "result.png").exists, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: pages.search.status.endswith("result.png"), timeout=SLOW_MS)
    assert not QImage(str(tmp_path / "result.png")).isNull()

    text = library / "text.jpg"
    window.open_paths([text])
    qtbot.waitUntil(lambda: "text.jpg" in pages.search.status, timeout=SLOW_MS)
    assert pages.search.status.startswith(str(text))


def test_clear_and_take_back_on_disk(qtbot: QtBot, core_window: MainWindow, tmp_path: Path) -> None:
    """Photos go into the holding folder and come back; groups follow the disk both times."""
    window, actions = core_window, core_window.pages.mark_actions
    library = make_library(tmp_path / "library")
    before = {path: path.read_bytes() for path in library.rglob("*.jpg")}
    window.open_paths([library])
    qtbot.waitUntil(lambda: not window.session.is_scanning, timeout=SLOW_MS)
    marked = window.session.marks.paths
    assert {path.name for path in marked} == {"half.jpg", "copy of 0.jpg"}

    actions.clear.trigger()
    dialog = window.findChild(ClearDialog)
    qtbot.waitUntil(dialog.act_button.isVisible, timeout=SLOW_MS)
    assert all(path.exists() for path in marked)
    dialog.act_button.click()
    qtbot.waitUntil(dialog.undo_button.isVisible, timeout=SLOW_MS)
    assert not any(path.exists() for path in marked)
    held = {path.name for path in (library / ".photodedup-holding").rglob("*.jpg")}
    assert len(held) == 2
    qtbot.waitUntil(
        lambda: not window.session.is_scanning and window.session.marks.count == 0,
        timeout=SLOW_MS,
    )
    assert window.pages.duplicates.model.rowCount() == 1  # the crop stays, unmarked

    dialog.undo_button.click()
    qtbot.waitUntil(lambda: "are back" in dialog.text, timeout=SLOW_MS)
    dialog.close()
    assert {path: path.read_bytes() for path in library.rglob("*.jpg")} == before
    qtbot.waitUntil(lambda: window.session.marks.count == 2, timeout=SLOW_MS)


def test_not_a_duplicate_is_remembered(
    qtbot: QtBot, core_window: MainWindow, tmp_path: Path
) -> None:
    window = core_window
    library = make_library(tmp_path / "library")
    window.open_paths([library])
    qtbot.waitUntil(lambda: not window.session.is_scanning, timeout=SLOW_MS)
    model = window.pages.duplicates.model
    rows = range(model.rowCount())
    crop = next(row for row in rows if len(model.group(row).members) == 2)
    window.pages.duplicates.list.setCurrentIndex(model.index(crop))
    window.pages.mark_actions.reject.trigger()
    qtbot.waitUntil(lambda: model.rowCount() == 1, timeout=SLOW_MS)
    with qtbot.waitSignal(window.session.scan_ended, timeout=SLOW_MS):
        window.window_actions.scan.trigger()
    assert model.rowCount() == 1  # also by a new scan
    window.pages.mark_actions.undo.trigger()
    qtbot.waitUntil(lambda: model.rowCount() == 2, timeout=SLOW_MS)


def test_another_keeper_is_verified_and_stays(
    qtbot: QtBot, core_window: MainWindow, tmp_path: Path
) -> None:
    window, review = core_window, core_window.pages.duplicates
    window.open_paths([make_library(tmp_path / "library")])
    qtbot.waitUntil(lambda: not window.session.is_scanning, timeout=SLOW_MS)
    row = next(n for n in range(2) if len(review.model.group(n).members) == 3)
    review.list.setCurrentIndex(review.model.index(row))
    assert review.group is not None
    before = review.group.keeper
    half = next(m.photo for m in review.group.members if m.photo.path.name == "half.jpg")
    review.group_page.choose(half)
    with qtbot.waitSignal(window.session.result_changed, timeout=SLOW_MS):
        window.pages.mark_actions.make_keeper.trigger()
    for _ in ("at once", "after another scan"):
        assert review.group.keeper.path == half.path
        relations = {member.relation for member in review.group.members[1:]}
        assert relations == {Relation.RESAVED}
        with qtbot.waitSignal(window.session.scan_ended, timeout=SLOW_MS):
            window.window_actions.scan.trigger()
    with qtbot.waitSignal(window.session.result_changed, timeout=SLOW_MS):
        window.pages.mark_actions.undo.trigger()
    assert review.group.keeper == before


def test_search_in_chosen_folders_only(
    qtbot: QtBot, core_window: MainWindow, tmp_path: Path
) -> None:
    window, search = core_window, core_window.pages.search
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        save_photo(textured_photo(7, 400, 300), folder / "photo.jpg")
    window.open_paths([inside, outside])
    qtbot.waitUntil(lambda: not window.session.is_scanning, timeout=SLOW_MS)
    window.session.remove_folders([outside])
    search.search_files([outside / "photo.jpg"])
    qtbot.waitUntil(lambda: search.model.rowCount() == 2, timeout=SLOW_MS)
    search.where.setCurrentIndex(1)
    qtbot.waitUntil(lambda: search.model.rowCount() == 1, timeout=SLOW_MS)
    assert search.model.card(0).photo.path == inside / "photo.jpg"
