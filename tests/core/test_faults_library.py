"""library.db on a bad disk: restored from a backup, and the user is told; or refused."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from photodedup.core import decisions
from photodedup.core.acts import FileActs
from photodedup.core.database import DatabaseCorrupt, DatabaseNewer, DatabaseUnusable
from photodedup.core.holding import hold, only_one
from photodedup.core.journal import Act, State
from photodedup.core.library import LIBRARY_NAME, LOCK_NAME, Library, open_library
from photodedup.core.library_backup import FOLDER_NAME, superfluous, take_notice
from tests.core.spoiled import (
    WHOLE_FILE,
    Spoil,
    overwrite,
    read_only,
    run_sql,
    small_disk,
    spoil_table,
)
from tests.core.test_journal import entry_of

A, B, C = (bytes([n]) * 16 for n in range(3))
CREATED = "2026-01-01T00:00:00+00:00"


def fill(folder: Path) -> None:
    """One decision, then in a later session one batch and another decision."""
    with open_library(folder) as library:
        decisions.reject(library, [(A, Path("/photos/a.jpg")), (B, Path("/photos/b.jpg"))])
    with open_library(folder) as library:
        library.add_batch("batch", CREATED, Act.DISCARD)
        decisions.reject(library, [(A, Path("/photos/a.jpg")), (C, Path("/photos/c.jpg"))])


def is_whole(library: Library) -> bool:
    return library.knows_batch("batch") and decisions.rejected_pairs(library) == {(A, B), (A, C)}


def open_and_reject(folder: Path, photos: list[tuple[bytes, Path]]) -> None:
    with open_library(folder) as library:
        decisions.reject(library, photos)


def add_batches(library: Library, count: int) -> None:
    for number in range(count):
        library.add_batch(f"batch {number}", CREATED * 20, Act.DISCARD)


def backups(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER_NAME).glob("*.db"))


def spoil_decisions(path: Path) -> None:
    spoil_table(path, "decided_pairs")


def drop_table(path: Path) -> None:
    run_sql(path, "DROP TABLE decisions")


def forget_format(path: Path) -> None:
    run_sql(path, "PRAGMA user_version = 0")


@pytest.mark.parametrize(
    "spoil",
    [*WHOLE_FILE, spoil_decisions, forget_format, drop_table],
    ids=lambda spoil: spoil.__name__,
)
def test_a_damaged_library_is_restored_and_the_user_told_once(tmp_path: Path, spoil: Spoil) -> None:
    fill(tmp_path)
    assert take_notice(tmp_path) is None
    spoil(tmp_path / LIBRARY_NAME)
    with open_library(tmp_path) as library:
        assert is_whole(library)
        decisions.reject(library, [(B, Path("b")), (C, Path("c"))])
    restored = take_notice(tmp_path)
    assert restored is not None
    assert "restored from its backup of 20" in str(restored)
    assert restored.library == tmp_path / LIBRARY_NAME
    gone = spoil.__name__ == "remove"
    assert (restored.damaged is None) == gone
    assert gone or (restored.damaged is not None and restored.damaged.exists())
    assert take_notice(tmp_path) is None
    with open_library(tmp_path) as library:
        assert len(decisions.rejected_pairs(library)) == 3


def test_a_log_left_by_a_lost_library_does_not_spoil_the_restored_one(tmp_path: Path) -> None:
    fill(tmp_path)
    with open_library(tmp_path) as library:
        decisions.reject(library, [(B, Path("b")), (C, Path("c"))])
        left = (tmp_path / f"{LIBRARY_NAME}-wal").read_bytes()
    assert left
    (tmp_path / LIBRARY_NAME).unlink()
    (tmp_path / f"{LIBRARY_NAME}-wal").write_bytes(left)
    with open_library(tmp_path) as library:
        assert library.knows_batch("batch")
    with open_library(tmp_path) as library:
        assert len(decisions.rejected_pairs(library)) == 3


def test_a_backup_that_is_damaged_itself_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path)
    *_, before, newest = backups(tmp_path)
    overwrite(newest)
    overwrite(tmp_path / LIBRARY_NAME)
    with open_library(tmp_path) as library:
        assert decisions.rejected_pairs(library) == {(A, B)}
    assert before.exists()


@pytest.mark.parametrize("with_backups", [False, True])
def test_without_a_good_backup_it_is_refused_not_replaced(
    tmp_path: Path, with_backups: bool
) -> None:
    fill(tmp_path)
    for backup in backups(tmp_path):
        overwrite(backup)
    if not with_backups:
        shutil.rmtree(tmp_path / FOLDER_NAME)
    overwrite(tmp_path / LIBRARY_NAME)
    noise = (tmp_path / LIBRARY_NAME).read_bytes()
    with pytest.raises(DatabaseCorrupt, match=r"no good backup.*--from-holding"):
        open_library(tmp_path)
    assert (tmp_path / LIBRARY_NAME).read_bytes() == noise
    assert take_notice(tmp_path) is None


def test_what_a_crash_left_is_backed_up_by_the_next_start(tmp_path: Path) -> None:
    open_library(tmp_path).close()
    crashed = open_library(tmp_path)
    decisions.reject(crashed, [(A, Path("a")), (B, Path("b"))])
    shutil.copytree(tmp_path, tmp_path / "as it was", ignore=lambda *_: ["as it was"])
    crashed.close()
    open_library(tmp_path / "as it was").close()
    overwrite(tmp_path / "as it was" / LIBRARY_NAME)
    with open_library(tmp_path / "as it was") as library:
        assert decisions.rejected_pairs(library) == {(A, B)}


def test_an_unchanged_library_is_not_backed_up_again(tmp_path: Path) -> None:
    fill(tmp_path)
    with open_library(tmp_path):
        pass
    before = backups(tmp_path)
    for _ in range(3):
        with open_library(tmp_path) as library:
            decisions.rejected_pairs(library)
    assert backups(tmp_path) == before


def test_two_processes_do_not_make_one_backup(tmp_path: Path) -> None:
    """It would hold a part of each; the next opening makes up for it."""
    fill(tmp_path)
    before = backups(tmp_path)
    with only_one(tmp_path / FOLDER_NAME / "lock"), open_library(tmp_path) as library:
        library.add_batch("another", CREATED, Act.DISCARD)
    assert backups(tmp_path) == before
    open_library(tmp_path).close()
    assert backups(tmp_path)[-1] not in before
    assert not (tmp_path / FOLDER_NAME / "part").exists()


def test_few_backups_are_kept(tmp_path: Path) -> None:
    for n in range(8):
        with open_library(tmp_path) as library:
            library.add_batch(f"batch {n}", CREATED, Act.DISCARD)
    assert len(backups(tmp_path)) <= 4  # all of today: the newest three, and the day's


def test_beyond_the_newest_one_backup_a_day_is_kept(tmp_path: Path) -> None:
    day_s = 24 * 3600
    made = []
    for number, age_days in enumerate([9, 8, 7, 7, 6, 5, 4, 1, 1, 1]):
        made.append(tmp_path / f"{number}.db")
        made[-1].touch()
        noon_s = 1_700_000_000 // day_s * day_s + day_s // 2
        os.utime(made[-1], (noon_s - age_days * day_s,) * 2)
    assert {path.stem for path in superfluous(made)} == {"0", "1", "2"}


def test_a_newer_library_is_neither_changed_nor_restored(tmp_path: Path) -> None:
    fill(tmp_path)
    run_sql(tmp_path / LIBRARY_NAME, "PRAGMA user_version = 99")
    before = (tmp_path / LIBRARY_NAME).read_bytes()
    with pytest.raises(DatabaseNewer, match="newer photodedup"):
        open_library(tmp_path)
    assert (tmp_path / LIBRARY_NAME).read_bytes() == before
    assert take_notice(tmp_path) is None


def test_it_is_not_restored_under_another_process(tmp_path: Path) -> None:
    fill(tmp_path)
    overwrite(tmp_path / LIBRARY_NAME)
    with (
        only_one(tmp_path / LOCK_NAME),
        pytest.raises(DatabaseUnusable, match="another photodedup"),
    ):
        open_library(tmp_path)
    with open_library(tmp_path) as library:
        assert is_whole(library)


def test_a_read_only_library_is_refused_with_the_reason(tmp_path: Path) -> None:
    fill(tmp_path)
    with read_only(tmp_path), pytest.raises(DatabaseUnusable, match=r"read-only.*--data-dir"):
        open_library(tmp_path)
    with open_library(tmp_path) as library:
        assert is_whole(library)


def test_a_full_disk_takes_no_decision_and_loses_none(tmp_path: Path) -> None:
    with small_disk(tmp_path, "400k"):
        fill(tmp_path)
        with contextlib.suppress(OSError), (tmp_path / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(1024)):
                pass
        paths = [(bytes([n]) * 16, Path("/photos/" + "x" * 2000)) for n in range(50)]
        with pytest.raises(DatabaseUnusable, match="the disk is full"):
            open_and_reject(tmp_path, paths)
        (tmp_path / "filler").unlink()
        with open_library(tmp_path) as library:
            assert is_whole(library)
            decisions.reject(library, paths[1:3])
        assert take_notice(tmp_path) is None


def test_a_backup_without_room_costs_nothing_else(tmp_path: Path) -> None:
    fill(tmp_path)
    shutil.rmtree(tmp_path / FOLDER_NAME)
    (tmp_path / FOLDER_NAME).write_text("a file where the folder should be")
    with open_library(tmp_path) as library:
        library.add_batch("another", CREATED, Act.DISCARD)
    with open_library(tmp_path) as library:
        assert library.knows_batch("another")


def test_an_entry_that_makes_no_sense_is_passed_over(tmp_path: Path) -> None:
    """Its holding folder's journal has it too; the others must not suffer."""
    with hold(tmp_path, FileActs()) as holding, open_library(tmp_path) as library:
        library.remember_holding(holding)
        library.add_entries([entry_of(f"{n}.jpg", holding, n) for n in range(2)])
        with library.writing() as connection:
            connection.execute("UPDATE entries SET entry = '{\"act\": 7' WHERE number = 0")
        assert [entry.number for entry in library.entries([State.INTENDED])[0]] == [1]


def test_a_statement_that_fails_to_commit_leaves_no_transaction_open(tmp_path: Path) -> None:
    """The next one would fail too, and the first reason would be lost."""
    with open_library(tmp_path) as library:
        with library.reading() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DatabaseUnusable, match="the disk is full"):
            add_batches(library, 1000)
        with library.reading() as connection:
            connection.execute("PRAGMA max_page_count = 100000")
        library.add_batch("later", CREATED, Act.DISCARD)
        assert library.knows_batch("later")


def test_our_own_mistakes_are_not_called_damage(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    library.close()
    with pytest.raises(sqlite3.ProgrammingError):
        library.knows_batch("batch")
