from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.core.calibration import Preset
from photodedup.core.errors import FolderMissing
from photodedup.gui.session import Session
from photodedup.gui.strictness import cutoff_at, nearest_preset
from tests.gui.fake_core import CUTOFFS, GROUPS, FakeBackend

A, B = Path("/a").absolute(), Path("/b").absolute()


def scan(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.scan_ended):
        session.start_scan()


def test_folders_are_absolute_and_there_once(session: Session) -> None:
    assert session.add_folders([A, Path("/a/../b"), A])
    assert session.folders == (A, B)
    assert not session.add_folders([B])


def test_only_own_folders_are_protected_and_removal_ends_it(session: Session) -> None:
    session.set_folders([A, B])
    session.protect([A, Path("/elsewhere")], True)
    assert session.protected == {A}
    session.remove_folders([A])
    session.add_folders([A])
    assert session.protected == set()


def test_scans_what_was_chosen(qtbot: QtBot, session: Session, backend: FakeBackend) -> None:
    session.set_folders([A, B], protected=[B])
    scan(qtbot, session)
    (request,) = backend.requests
    assert (request.folders, request.protected) == ((A, B), (B,))
    assert session.result is not None
    assert session.result.groups == GROUPS[:2]  # the third is below balanced
    assert session.device_reason == "no NVIDIA driver"


def test_strictness_forms_groups_anew_without_a_scan(
    qtbot: QtBot, session: Session, backend: FakeBackend
) -> None:
    session.set_folders([A])
    scan(qtbot, session)
    for strictness, expected in ((0.0, GROUPS), (1.0, GROUPS[1:2])):
        with qtbot.waitSignal(session.result_changed):
            session.set_strictness(strictness)
        assert session.result is not None
        assert session.result.groups == expected
    assert len(backend.requests) == 1


def test_a_slider_moved_while_scanning_counts(
    qtbot: QtBot, session: Session, backend: FakeBackend
) -> None:
    session.set_folders([A])
    backend.go_on.clear()
    session.start_scan()
    session.set_strictness(0.0)
    backend.go_on.set()
    qtbot.waitUntil(lambda: session.result is not None and session.result.groups == GROUPS)


def test_a_dragged_slider_groups_once(qtbot: QtBot, session: Session) -> None:
    session.set_folders([A])
    scan(qtbot, session)
    results: list[object] = []
    session.result_changed.connect(lambda: results.append(session.result))
    for step in range(10):
        session.set_strictness(step / 10)
    qtbot.waitUntil(lambda: bool(results))
    qtbot.wait(250)
    assert len(results) == 1


def test_pause_holds_and_resume_goes_on(
    qtbot: QtBot, session: Session, backend: FakeBackend
) -> None:
    session.set_folders([A])
    backend.go_on.clear()
    session.start_scan()
    session.pause_scan(True)
    assert session.is_paused
    backend.go_on.set()
    qtbot.wait(100)
    assert session.is_scanning
    with qtbot.waitSignal(session.scan_ended):
        session.pause_scan(False)
    assert session.result is not None


def test_a_cancelled_scan_leaves_the_last_result(
    qtbot: QtBot, session: Session, backend: FakeBackend
) -> None:
    session.set_folders([A])
    scan(qtbot, session)
    before = session.result
    backend.go_on.clear()
    session.start_scan()
    with qtbot.waitSignal(session.scan_cancelled):
        session.cancel_scan()
    assert session.result is before
    assert not session.is_scanning


def test_a_failure_is_told(qtbot: QtBot, session: Session, backend: FakeBackend) -> None:
    session.set_folders([A])
    backend.error = FolderMissing(A)
    with qtbot.waitSignal(session.scan_failed) as caught:
        session.start_scan()
    assert caught.args == [backend.error]
    assert session.result is None


@pytest.mark.parametrize(
    ("strictness", "cutoff"),
    [
        (0.0, CUTOFFS[Preset.BROAD]),
        (0.5, CUTOFFS[Preset.BALANCED]),
        (1.0, CUTOFFS[Preset.STRICT]),
        (0.25, 0.35),
        (0.75, 0.7),
    ],
)
def test_strictness_meets_the_presets(strictness: float, cutoff: float) -> None:
    assert cutoff_at(strictness, CUTOFFS) == pytest.approx(cutoff)


def test_a_scan_shows_at_first_what_the_nearest_preset_gives() -> None:
    nearest = [nearest_preset(strictness) for strictness in (0.0, 0.2, 0.5, 0.7, 1.0)]
    broad, balanced, strict = Preset.BROAD, Preset.BALANCED, Preset.STRICT
    assert nearest == [broad, broad, balanced, balanced, strict]
