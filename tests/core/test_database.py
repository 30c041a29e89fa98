"""Opening, migrating, refusing."""

import sqlite3
from pathlib import Path

import pytest

from photodedup.core.database import DatabaseCorrupt, DatabaseNewer, open_database, transaction
from photodedup.core.errors import StoreError

FIRST = "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)"
SECOND = "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 7"


def test_migrates_in_steps_and_keeps_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    open_database(path, [FIRST]).close()
    connection = open_database(path, [FIRST, SECOND])
    assert connection.execute("SELECT a, b FROM t").fetchall() == [(1, 7)]
    connection.close()
    backup = sqlite3.connect(tmp_path / "some.db.format-1.backup")
    assert backup.execute("SELECT * FROM t").fetchall() == [(1,)]
    backup.close()


def test_a_failed_migration_leaves_the_old_format(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    open_database(path, [FIRST]).close()
    with pytest.raises(StoreError, match=r"some\.db"):
        open_database(path, [FIRST, SECOND + "; INSERT INTO missing VALUES (1)"])
    connection = open_database(path, [FIRST])
    assert connection.execute("SELECT * FROM t").fetchall() == [(1,)]
    connection.close()


def test_refuses_a_newer_format_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    open_database(path, [FIRST, SECOND]).close()
    before = path.read_bytes()
    with pytest.raises(DatabaseNewer, match="newer photodedup"):
        open_database(path, [FIRST])
    assert path.read_bytes() == before


def test_noise_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    path.write_bytes(b"noise" * 4000)
    with pytest.raises(DatabaseCorrupt, match=r"some\.db"):
        open_database(path, [FIRST])


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "some.db", [FIRST])

    def fail_half_way() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO t VALUES (2)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert connection.execute("SELECT * FROM t").fetchall() == [(1,)]
    connection.close()
