import sqlite3
from pathlib import Path

import pytest

from photodedup.core.acts import FileActs
from photodedup.core.errors import StoreError
from photodedup.core.holding import ClearingBusy, hold
from photodedup.core.journal import Act, State
from photodedup.core.library import LIBRARY_NAME, open_library
from tests.core.test_journal import entry_of


def test_entries_keep_their_states_over_a_restart(tmp_path: Path) -> None:
    with hold(tmp_path, FileActs()) as holding, open_library(tmp_path) as library:
        entries = [entry_of(f"{n}.jpg", holding, n) for n in range(3)]
        library.remember_holding(holding)
        library.add_batch("batch", "2026-01-01T00:00:00+00:00", Act.HARD_LINK)
        library.add_entries(entries)
        library.set_state(entries[:1], State.DONE)
    with open_library(tmp_path) as library:
        assert [e.number for e in library.entries([State.DONE])[0]] == [0]
        assert [e.number for e in library.entries([State.INTENDED], "batch")[0]] == [1, 2]
        assert library.entries([State.DONE], "another") == ([], [])
        assert library.entries([State.DONE])[0][0].steps == entries[0].steps
        assert library.last_batch() == "batch"
        (summary,) = library.history()
        assert summary.entries == {State.DONE: 1, State.INTENDED: 2}
        assert (summary.files, summary.bytes) == (2, 5)


def test_every_commit_is_synced(tmp_path: Path) -> None:
    """FULL, which in WAL mode is an fsync at each commit: NORMAL may lose the last ones."""
    with open_library(tmp_path) as library, library.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_only_one_clears_at_a_time(tmp_path: Path) -> None:
    with open_library(tmp_path) as one, open_library(tmp_path) as other:
        with one.clearing(), pytest.raises(ClearingBusy), other.clearing():
            pass
        with other.clearing():
            pass


def test_a_newer_library_is_refused(tmp_path: Path) -> None:
    open_library(tmp_path).close()
    connection = sqlite3.connect(tmp_path / LIBRARY_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer"):
        open_library(tmp_path)


def test_a_damaged_library_is_refused_not_replaced(tmp_path: Path) -> None:
    (tmp_path / LIBRARY_NAME).write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_library(tmp_path)
    assert (tmp_path / LIBRARY_NAME).read_bytes().startswith(b"this is")


def test_a_holding_folder_that_is_nowhere_is_reported(tmp_path: Path) -> None:
    (tmp_path / "drive").mkdir()
    with hold(tmp_path / "drive", FileActs()) as holding, open_library(tmp_path) as library:
        library.remember_holding(holding)
        library.add_entries([entry_of("a.jpg", holding)])
        holding.journal.rename(tmp_path / "unplugged")
        assert library.entries([State.INTENDED]) == ([], [str(tmp_path / "drive")])
