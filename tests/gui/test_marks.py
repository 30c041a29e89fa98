import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from photodedup.core.records import Group, Relation
from photodedup.gui import marks as marks_module
from photodedup.gui.marks import Marks, index_members
from tests.gui.fake_core import GROUPS, make_group, make_member, make_photo

BEACH, DOG, HILL = GROUPS
SMALL, GRAY = (member.photo.path for member in BEACH.members[1:])
COPY = DOG.members[1].photo.path


def show(marks: Marks, groups: Iterable[Group]) -> None:
    marks.take(index_members(groups, marks.snapshot()))


@pytest.fixture
def marks(qapp: object) -> Marks:
    made = Marks()
    show(made, GROUPS)
    return made


def test_safe_copies_are_marked_at_first(marks: Marks) -> None:
    assert marks.paths == {SMALL, COPY}
    assert (marks.count, marks.size_bytes) == (2, 2000 + 5000)


def test_marking_can_be_undone_and_redone(marks: Marks) -> None:
    marks.mark(BEACH.members, True, "group")
    assert marks.paths == {SMALL, GRAY, COPY}
    assert marks.size_bytes == 2000 + 3000 + 5000
    marks.mark([DOG.members[1]], False, "one")
    marks.undo_stack.undo()
    assert marks.paths == {SMALL, GRAY, COPY}
    marks.undo_stack.undo()
    assert marks.paths == {SMALL, COPY}
    marks.undo_stack.redo()
    assert marks.paths == {SMALL, GRAY, COPY}
    assert marks.size_bytes == 2000 + 3000 + 5000


def test_a_keeper_is_never_marked(marks: Marks) -> None:
    marks.mark(BEACH.members[:1], True, "keeper")
    assert not marks.is_marked(BEACH.keeper.path)
    assert marks.undo_stack.count() == 0
    marks.mark(BEACH.members, True, "group")
    turned = make_group(BEACH.members[2].photo, make_member(BEACH.keeper, Relation.EDITED))
    show(marks, [turned])  # the marked photo has become the keeper
    assert not marks.is_marked(GRAY)


def test_what_was_said_outlives_other_groups(marks: Marks) -> None:
    marks.mark(BEACH.members[1:2], False, "keep")
    marks.mark(HILL.members, True, "mark")
    show(marks, [DOG])
    assert marks.paths == {COPY}
    show(marks, GROUPS)
    assert marks.paths == {COPY, HILL.members[1].photo.path}


def test_all_at_once(marks: Marks) -> None:
    marks.mark(HILL.members, True, "mark")
    marks.unmark_all("none")
    assert (marks.count, marks.size_bytes) == (0, 0)
    marks.mark_safe("safe")
    assert marks.paths == {SMALL, COPY}
    marks.mark_safe("again")  # nothing to do: nothing to undo
    assert marks.undo_stack.count() == 3


def test_many_marks_are_made_beside_the_window_in_their_order(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(marks_module, "AT_ONCE", 1)
    made = Marks(tmp_path / "marks.json")
    show(made, GROUPS)
    made.unmark_all("none")
    made.mark(HILL.members, True, "one")  # must wait for the many before it
    made.undo_stack.undo()
    made.undo_stack.redo()
    assert made.paths == {SMALL, COPY}
    qtbot.waitUntil(lambda: made.paths == {HILL.members[1].photo.path})
    assert made.size_bytes == 7000
    made.undo_stack.undo()
    made.undo_stack.undo()
    qtbot.waitUntil(lambda: made.paths == {SMALL, COPY})
    made.shut_down()


def test_groups_that_come_meanwhile_are_marked_too(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks_module, "AT_ONCE", 1)
    made = Marks()
    show(made, GROUPS)
    made.mark(BEACH.members, False, "keep")
    show(made, [BEACH])
    qtbot.waitUntil(lambda: made.paths == set())
    show(made, GROUPS)
    assert made.paths == {COPY}
    made.shut_down()


def test_what_waits_when_the_window_closes_is_kept(
    qapp: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(marks_module, "AT_ONCE", 1)
    monkeypatch.setattr(marks_module, "WRITTEN_AT_ONCE", 1)
    file = tmp_path / "marks.json"
    made = Marks(file)
    show(made, GROUPS)
    made.unmark_all("none")
    made.mark(HILL.members, True, "one")
    made.shut_down()
    again = Marks(file)
    show(again, GROUPS)
    assert again.paths == {HILL.members[1].photo.path}


def test_a_group_is_decided_when_all_is_said(marks: Marks) -> None:
    assert [marks.is_decided(group) for group in GROUPS] == [False, True, False]
    marks.mark(BEACH.members[2:], False, "keep")
    marks.mark(HILL.members, False, "keep")
    assert all(marks.is_decided(group) for group in GROUPS)
    marks.undo_stack.undo()
    assert not marks.is_decided(HILL)


def test_groups_know_their_marks(marks: Marks) -> None:
    assert [marks.marked_in(group) for group in GROUPS] == [1, 1, 0]


def test_survives_the_program(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "marks.json"
    odd = make_photo(9, os.fsdecode(b"latin-1 \xe4.jpg"))
    groups = [*GROUPS, make_group(make_photo(8), make_member(odd, Relation.EDITED))]
    first = Marks(file)
    show(first, groups)
    first.mark(groups[-1].members, True, "odd")
    first.mark(BEACH.members[1:2], False, "keep")
    first.shut_down()
    second = Marks(file)
    show(second, groups)
    assert second.paths == {COPY, odd.path}


@pytest.mark.parametrize("text", ["", "[]", '{"/a": 3}', "{"])
def test_a_damaged_file_means_nothing_was_said(qapp: object, tmp_path: Path, text: str) -> None:
    file = tmp_path / "marks.json"
    file.write_text(text)
    marks = Marks(file)
    show(marks, GROUPS)
    assert marks.paths == {SMALL, COPY}


def test_photos_that_are_gone_are_forgotten(marks: Marks) -> None:
    marks.mark(BEACH.members, True, "group")
    marks.forget([GRAY])
    show(marks, GROUPS)
    assert not marks.is_marked(GRAY)
    assert not marks.undo_stack.canUndo()


def test_what_is_said_while_groups_are_prepared_counts(marks: Marks) -> None:
    chosen = marks.snapshot()
    marks.mark(HILL.members, True, "meanwhile")
    marks.take(index_members(GROUPS, chosen))
    assert marks.paths == {SMALL, COPY, HILL.members[1].photo.path}
    marks.undo_stack.undo()
    assert marks.paths == {SMALL, COPY}


def test_groups_may_come_in_another_order_than_their_snapshots(marks: Marks) -> None:
    """As those of a long scan do, after those that it found on the way."""
    at_the_start = marks.snapshot()
    marks.mark(HILL.members, True, "meanwhile")
    marks.take(index_members(GROUPS, marks.snapshot()))
    marks.take(index_members(GROUPS, at_the_start))
    assert marks.paths == {SMALL, COPY, HILL.members[1].photo.path}


def test_saves_by_itself(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "marks.json"
    marks = Marks(file)
    show(marks, GROUPS)
    marks.mark(HILL.members, True, "mark")
    qtbot.waitUntil(file.exists)
    marks.shut_down()
    again = Marks(file)
    show(again, GROUPS)
    assert again.is_marked(HILL.members[1].photo.path)
