"""Taking back, emptying, and what the next start does after a crash."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from photodedup.core.acts import FileActs
from photodedup.core.clearing import recover_interrupted
from photodedup.core.execute import ApplyOptions
from photodedup.core.holding import HoldingUnusable, hold
from photodedup.core.job import JobControl
from photodedup.core.journal import Act, State, append_states, read_line_file
from photodedup.core.library import open_library
from photodedup.core.obstacles import Obstacle
from photodedup.core.undo import (
    NothingToUndo,
    empty_holding,
    list_held,
    undo_batch,
    undo_from_holding,
)
from tests.core.clearing_desk import Desk, obstacles
from tests.core.clearing_made import (
    NOW,
    FileState,
    changes,
    contents_of,
    quick_group,
    tree_of,
    write_photo,
)
from tests.core.clearing_world import Fault, SimulatedCrash, crash

NOW_LATER = NOW.replace(year=2027)


def clear_two(desk: Desk) -> tuple[str, dict[Path, FileState]]:
    """Discard two copies; the batch, and the tree before it."""
    keeper = desk.photo("a/keeper.jpg")
    copies = desk.photo("b/copy.jpg"), desk.photo("b/deep/copy.jpg")
    (desk.root / "b/copy.jpg.xmp").write_text("edits")
    before = tree_of(desk.root)
    return desk.apply(desk.plan(quick_group(keeper, *copies))).batch, before


def test_missing_folders_are_made_again(desk: Desk) -> None:
    _, before = clear_two(desk)
    shutil.rmtree(desk.root / "b")
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))


def test_the_time_of_last_change_is_restored(desk: Desk) -> None:
    """Even where another program touched the held file."""
    batch, before = clear_two(desk)
    os.utime(desk.held("b/copy.jpg", batch))
    desk.undo()
    assert not changes(before, tree_of(desk.root))


def test_a_held_file_that_was_written_to_comes_back_as_it_is(desk: Desk) -> None:
    batch, _ = clear_two(desk)
    write_photo(desk.held("b/copy.jpg", batch), "edited in holding", mtime_s=1_800_000_000)
    assert desk.undo().left == ()
    copy = desk.root / "b/copy.jpg"
    assert b"edited in holding" in copy.read_bytes()
    assert copy.stat().st_mtime_ns // 10**9 == 1_800_000_000


def test_another_file_in_the_place_is_not_overwritten(desk: Desk) -> None:
    batch, _ = clear_two(desk)
    mine = write_photo(desk.root / "b/copy.jpg", "mine")
    report = desk.undo()
    assert obstacles(report) == {"copy.jpg": Obstacle.OCCUPIED}
    assert b"mine" in mine.read_bytes()
    assert desk.held("b/copy.jpg", batch).is_file()
    assert desk.held("b/copy.jpg.xmp", batch).is_file(), "its sidecar stays with it"
    assert (desk.root / "b/deep/copy.jpg").is_file()
    mine.unlink()
    assert desk.undo(batch).left == ()


def test_undo_twice(desk: Desk) -> None:
    batch, before = clear_two(desk)
    desk.undo()
    with pytest.raises(NothingToUndo, match="nothing of this batch"):
        desk.undo(batch)
    with pytest.raises(NothingToUndo, match="no batch is left"):
        desk.undo()
    assert not changes(before, tree_of(desk.root))


def test_an_unknown_batch(desk: Desk) -> None:
    with pytest.raises(NothingToUndo, match="no such batch"):
        desk.undo("20200101-000000-abcd")


def test_batches_are_taken_back_one_by_one_in_a_later_run(desk: Desk) -> None:
    first, before = clear_two(desk)
    desk.tools = replace(desk.tools, now=lambda: NOW_LATER)
    between = tree_of(desk.root)
    keeper = desk.photo("c/keeper.jpg", "two")
    copy = desk.photo("c/copy.jpg", "two")
    second = desk.apply(desk.plan(quick_group(keeper, copy))).batch
    desk.library.close()
    desk.library = open_library(desk.data)
    assert desk.undo().batch == second
    keeper.unlink()
    copy.unlink()
    assert not changes(between, tree_of(desk.root))
    assert desk.undo().batch == first
    assert not changes(before, tree_of(desk.root))


def test_a_folder_that_is_gone_with_its_holding_folder(desk: Desk) -> None:
    batch, _ = clear_two(desk)
    shutil.rmtree(desk.root)
    report = desk.undo(batch)
    assert report.done == ()
    assert [left.obstacle for left in report.left] == [Obstacle.HOLDING_MISSING]


def test_a_holding_folder_removed_by_hand(desk: Desk) -> None:
    clear_two(desk)
    shutil.rmtree(desk.root / ".photodedup-holding")
    assert [left.obstacle for left in desk.undo().left] == [Obstacle.HOLDING_MISSING]


def test_held_files_removed_by_hand(desk: Desk) -> None:
    batch, _ = clear_two(desk)
    desk.held("b/copy.jpg", batch).unlink()
    report = desk.undo()
    assert obstacles(report) == {"copy.jpg": Obstacle.NOT_IN_HOLDING}
    assert (desk.root / "b/deep/copy.jpg").is_file()


def test_a_drive_that_comes_back_elsewhere(desk: Desk) -> None:
    """The holding folder is known by its identity; here the same folder under another name."""
    clear_two(desk)
    new_root = desk.root.with_name("mounted elsewhere")
    desk.root.rename(new_root)
    place = os.fsencode(new_root.relative_to("/"))
    with desk.library.writing() as connection:
        connection.execute("UPDATE holdings SET below = ?", (place,))
    assert desk.undo().left == ()
    assert sorted(p.name for p in tree_of(new_root)) == [
        "copy.jpg",
        "copy.jpg",
        "copy.jpg.xmp",
        "keeper.jpg",
    ]


def lose_the_database(desk: Desk) -> None:
    """And every copy of it."""
    desk.library.close()
    shutil.rmtree(desk.data)
    desk.data.mkdir()


@pytest.mark.parametrize("inner", [True, False])
def test_the_holding_folder_alone_suffices(desk: Desk, inner: bool) -> None:
    _, before = clear_two(desk)
    lose_the_database(desk)
    folder = desk.root / ".photodedup-holding" if inner else desk.root
    report = undo_from_holding(folder, None, JobControl())
    assert report.left == ()
    assert not changes(before, tree_of(desk.root))
    assert not (desk.root / ".photodedup-holding").exists()


def test_the_holding_folder_alone_after_it_was_moved(desk: Desk) -> None:
    clear_two(desk)
    lose_the_database(desk)
    moved = desk.root.with_name("moved")
    desk.root.rename(moved)
    assert undo_from_holding(moved, None, JobControl()).left == ()
    assert (moved / "b/deep/copy.jpg").is_file()


def test_a_new_database_learns_of_the_old_holding_folder(desk: Desk) -> None:
    batch, _ = clear_two(desk)
    lose_the_database(desk)
    desk.library = open_library(desk.data)
    with pytest.raises(NothingToUndo, match="from-holding"):
        desk.undo()
    report = undo_from_holding(desk.root, batch, JobControl(), desk.library)
    assert len(report.done) == 2


def test_where_there_is_no_holding_folder(desk: Desk) -> None:
    with pytest.raises(HoldingUnusable):
        undo_from_holding(desk.root, None, JobControl())
    assert list(desk.root.iterdir()) == []


@pytest.mark.parametrize("place", ["../stolen.jpg", "{outside}/stolen.jpg"])
def test_a_foreign_journal_cannot_reach_outside_its_folder(
    desk: Desk, tmp_path: Path, place: str
) -> None:
    """A stick from a stranger: a line that would put a file anywhere is passed over."""
    batch, _ = clear_two(desk)
    lose_the_database(desk)
    journal = desk.root / ".photodedup-holding/journal.jsonl"
    source = place.format(outside=tmp_path)
    lines = journal.read_text().replace('"source": "b/copy.jpg"', f'"source": "{source}"')
    journal.write_text(lines)
    report = undo_from_holding(desk.root, batch, JobControl())
    assert report.done == (desk.root / "b/deep/copy.jpg",)
    assert not (tmp_path / "stolen.jpg").exists()


def interrupt(desk: Desk, calls: int) -> None:
    """Crash an apply at the given system call."""
    keeper = desk.photo("a/keeper.jpg")
    plan = desk.plan(quick_group(keeper, *(desk.photo(f"b/{n}.jpg") for n in range(3))))
    with pytest.raises(SimulatedCrash):
        desk.apply(plan, acts=FileActs(Fault(calls, crash)))


def first_rename_of_a_photo(desk: Desk) -> int:
    """The number of the system call that first moves a photo."""
    calls: list[str] = []
    keeper = desk.photo("x/keeper.jpg", "x")
    desk.apply(
        desk.plan(quick_group(keeper, desk.photo("x/1.jpg", "x"))), acts=FileActs(calls.append)
    )
    desk.undo()
    return len(calls) - calls[::-1].index("rename")


def test_an_interrupted_batch_is_settled_at_the_next_start(desk: Desk) -> None:
    calls = first_rename_of_a_photo(desk)
    shutil.rmtree(desk.root / "x")
    interrupt(desk, calls + 1)
    open_now = desk.library.entries([State.INTENDED])[0]
    assert len(open_now) == 3
    with desk.library.clearing():
        assert recover_interrupted(desk.library, FileActs()) == []
    assert desk.library.entries([State.INTENDED])[0] == []
    done = desk.library.entries([State.DONE])[0]
    reverted = desk.library.entries([State.REVERTED])[0]
    assert len(done) == 1
    assert len(reverted) == 2
    with hold(desk.root, FileActs()) as holding:
        states = {entry.number: entry.state for entry in read_line_file(holding)}
    assert sorted(state.value for state in states.values()) == ["done", "reverted", "reverted"]


def test_an_undo_that_was_cut_short_brings_the_rest_though_the_first_was_edited(
    desk: Desk,
) -> None:
    """The photo came back, its sidecar not yet; then the photo was worked on."""
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    sidecar = desk.root / "b/copy.jpg.xmp"
    sidecar.write_text("edits")
    desk.apply(desk.plan(quick_group(keeper, copy)))
    calls: list[str] = []

    def crash_at_the_second_rename(call: str) -> None:
        calls.append(call)
        if calls.count("rename") == 2:
            raise SimulatedCrash

    with pytest.raises(SimulatedCrash):
        undo_batch(desk.library, None, JobControl(), FileActs(crash_at_the_second_rename))
    came_back, held = (copy, sidecar) if copy.exists() else (sidecar, copy)
    came_back.write_bytes(b"edited")
    with desk.library.clearing():
        recover_interrupted(desk.library, FileActs())
    assert came_back.read_bytes() == b"edited"
    assert held.exists()
    assert desk.library.entries([State.UNDONE])[0] != []


def test_an_act_whose_keeper_vanished_in_the_crash_is_reverted(desk: Desk) -> None:
    calls = first_rename_of_a_photo(desk)
    shutil.rmtree(desk.root / "x")
    interrupt(desk, calls + 1)
    (desk.root / "a/keeper.jpg").unlink()
    with desk.library.clearing():
        recover_interrupted(desk.library, FileActs())
    assert sorted(p.name for p in tree_of(desk.root)) == ["0.jpg", "1.jpg", "2.jpg"]


def test_the_line_files_word_counts_when_the_database_lags(desk: Desk) -> None:
    """A crash between the two journals: the line file is always written first."""
    clear_two(desk)
    entries = desk.library.entries([State.DONE])[0]
    desk.library.set_state(entries, State.INTENDED)
    with desk.library.clearing():
        recover_interrupted(desk.library, FileActs())
    assert len(desk.library.entries([State.DONE])[0]) == 2


def test_a_torn_last_line_is_passed_over(desk: Desk) -> None:
    _, before = clear_two(desk)
    journal = desk.root / ".photodedup-holding/journal.jsonl"
    whole = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(b'{"state": "undone", "ba')
    with hold(desk.root, FileActs()) as holding:
        entries = read_line_file(holding)
        append_states(entries, State.DONE, FileActs())
        assert {entry.state for entry in read_line_file(holding)} == {State.DONE}
    assert journal.read_bytes().startswith(whole)
    lose_the_database(desk)
    undo_from_holding(desk.root, None, JobControl())
    assert not changes(before, tree_of(desk.root))


def test_emptying_puts_everything_held_into_the_trash(desk: Desk, tmp_path: Path) -> None:
    clear_two(desk)
    before = contents_of(desk.root)
    trash = tmp_path / "trash"
    trash.mkdir()
    held = list_held(desk.library)
    assert held.files == 3

    def put(path: Path) -> None:
        path.rename(trash / f"{len(list(trash.iterdir()))} {path.name}")

    report = empty_holding(desk.library, JobControl(), put)
    assert report.left == ()
    assert report.bytes == held.bytes
    assert contents_of(desk.root, trash) == before
    assert not (desk.root / ".photodedup-holding").exists()
    assert list_held(desk.library).entries == ()
    with pytest.raises(NothingToUndo):
        desk.undo()


def test_what_cannot_go_into_the_trash_is_reported_and_can_come_back(desk: Desk) -> None:
    _, before = clear_two(desk)

    def refuse(path: Path) -> None:
        raise PermissionError(1, "no trash on this drive", str(path))

    report = empty_holding(desk.library, JobControl(), refuse)
    assert report.done == ()
    assert {left.reason for left in report.left} == {"no trash on this drive"}
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))


def test_a_copy_whose_keeper_is_gone_is_not_emptied(desk: Desk) -> None:
    _, before = clear_two(desk)
    (desk.root / "a/keeper.jpg").unlink()

    def fail(path: Path) -> None:
        raise AssertionError(path)

    report = empty_holding(desk.library, JobControl(), fail)
    assert {left.obstacle for left in report.left} == {Obstacle.KEEPER_MISSING}
    desk.undo()
    assert set(tree_of(desk.root)) == set(before) - {desk.root / "a/keeper.jpg"}


def test_a_video_whose_twin_is_gone_is_not_emptied(desk: Desk) -> None:
    keeper, copy = desk.photo("a/1.heic"), desk.photo("b/1.heic")
    for name in ("a/1.mov", "b/1.mov"):
        (desk.root / name).write_bytes(b"moving")
    assert desk.apply(desk.plan(quick_group(keeper, copy))).left == ()
    (desk.root / "a/1.mov").unlink()
    report = empty_holding(desk.library, JobControl(), Path.unlink)
    assert obstacles(report) == {"1.heic": Obstacle.KEEPER_MISSING}
    desk.undo()
    assert (desk.root / "b/1.mov").exists()


def test_undoing_a_move_brings_back_what_was_not_changed_there(desk: Desk, tmp_path: Path) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    plan = desk.plan(quick_group(keeper, copy))
    desk.apply(plan, ApplyOptions(Act.MOVE, tmp_path / "moved"))
    (tmp_path / "moved/b/copy.jpg").unlink()
    assert obstacles(desk.undo()) == {"copy.jpg": Obstacle.NOT_IN_HOLDING}


def test_cancelling_an_undo_keeps_what_came_back(desk: Desk) -> None:
    clear_two(desk)
    control = JobControl()
    control.cancel()
    report = undo_batch(desk.library, None, control)
    assert report.interrupted
    assert desk.undo().left == ()
