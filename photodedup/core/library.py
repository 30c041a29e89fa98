"""library.db: what the user decided and what was done; never thrown away."""

import contextlib
import logging
import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.database import (
    DatabaseCorrupt,
    DatabaseUnusable,
    find_damage,
    open_database,
    translated_errors,
)
from photodedup.core.holding import (
    ClearingBusy,
    Holding,
    find_holding,
    only_one,
    place_on_volume,
)
from photodedup.core.journal import Act, Entry, State, read_entry, write_entry
from photodedup.core.json_text import parse_json
from photodedup.core.library_backup import back_up, has_backup, restore

LIBRARY_NAME = "library.db"
LOCK_NAME = "clearing.lock"
NO_BACKUP = (
    ", and there is no good backup. Move it away to begin anew; what was cleared can be taken "
    "back with: photodedup undo --from-holding FOLDER"
)
log = logging.getLogger(__name__)

MIGRATIONS = (
    """
    CREATE TABLE batches (
        id TEXT PRIMARY KEY, created TEXT NOT NULL, act TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE holdings (
        id TEXT PRIMARY KEY, root BLOB NOT NULL, below BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE entries (
        batch TEXT NOT NULL, number INTEGER NOT NULL, holding TEXT NOT NULL,
        state TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL, entry TEXT NOT NULL,
        PRIMARY KEY (batch, number)
    ) WITHOUT ROWID;
    CREATE INDEX entries_by_state ON entries (state);
    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY, created TEXT NOT NULL, same INTEGER NOT NULL
    );
    CREATE TABLE decided_pairs (
        decision INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
        a BLOB NOT NULL, b BLOB NOT NULL,
        PRIMARY KEY (a, b, decision)
    ) WITHOUT ROWID;
    CREATE INDEX pairs_by_decision ON decided_pairs (decision);
    CREATE TABLE contents (digest BLOB PRIMARY KEY, path BLOB NOT NULL) WITHOUT ROWID;
    """,
    """
    CREATE TABLE chosen_keepers (
        id INTEGER PRIMARY KEY, created TEXT NOT NULL, digest BLOB NOT NULL, path BLOB NOT NULL
    );
    CREATE TABLE passed_over (
        choice INTEGER NOT NULL REFERENCES chosen_keepers (id) ON DELETE CASCADE,
        digest BLOB NOT NULL,
        PRIMARY KEY (choice, digest)
    ) WITHOUT ROWID;
    """,
)
TABLES = ("batches", "holdings", "entries", "decisions", "decided_pairs", "contents")


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """One batch of the history. files and bytes are those that are still cleared."""

    id: str
    created: str  # ISO 8601, UTC
    act: Act
    entries: dict[State, int]
    files: int
    bytes: int

    @property
    def can_be_undone(self) -> bool:
        """Whether something of it can still be taken back."""
        return bool(self.entries.get(State.DONE) or self.entries.get(State.UNDOING))


class Library:
    """The journal's half of library.db; decisions.py has the other. Any thread may call it.

    Every commit is synced to disk before the call returns. A damaged library is restored from its
    last good backup when it is opened (see library_backup.take_notice); a backup is made at the
    opening and, after changes, at the closing. Methods raise StoreError.
    """

    def __init__(self, data_folder: Path, acts: FileActs | None = None) -> None:
        self.path = data_folder / LIBRARY_NAME
        self._acts = acts or FileActs()
        self._lock = threading.RLock()
        self._connection = _open_sound(self.path)
        with translated_errors(self.path):
            self._connection.execute("PRAGMA synchronous = FULL")  # a commit is an fsync
        back_up(self._connection, self.path)
        self._is_closed = False
        self._changes_backed_up = self._connection.total_changes

    def close(self) -> None:
        """Close the database; what was changed is backed up first. A second time does nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            if self._connection.total_changes != self._changes_backed_up:
                back_up(self._connection, self.path)
            self._connection.close()

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def clearing(self) -> Iterator[None]:
        """Keep other processes from clearing with this library. Raises ClearingBusy."""
        with only_one(self.path.with_name(LOCK_NAME)):
            yield

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time."""
        with self._lock, translated_errors(self.path):
            yield self._connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection inside one transaction, synced at the end."""
        with (
            self._lock,
            translated_errors(self.path),
            self._acts.commit(self._connection),
        ):
            yield self._connection

    def add_batch(self, batch: str, created: str, act: Act) -> None:
        """Begin a batch."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO batches VALUES (?,?,?)", (batch, created, act.value)
            )

    def remember_holding(self, holding: Holding) -> None:
        """Note where a holding folder is, for later starts."""
        place = os.fsencode(place_on_volume(holding.root))
        row = (holding.identity, os.fsencode(holding.root), place)
        with self.reading() as connection:
            known = connection.execute(
                "SELECT id, root, below FROM holdings WHERE id = ?", (holding.identity,)
            ).fetchone()
        if known != row:
            with self.writing() as connection:
                connection.execute("INSERT OR REPLACE INTO holdings VALUES (?,?,?)", row)

    def add_entries(self, entries: Sequence[Entry]) -> None:
        """Write intentions."""
        rows = [
            (
                entry.batch,
                entry.number,
                entry.holding.identity,
                entry.state.value,
                len(entry.steps),
                entry.bytes_held,
                write_entry(entry),
            )
            for entry in entries
        ]
        with self.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO entries VALUES (?,?,?,?,?,?,?)", rows)

    def set_state(self, entries: Sequence[Entry], state: State) -> None:
        """Write how entries ended, or what is about to be done with them."""
        with self.writing() as connection:
            connection.executemany(
                "UPDATE entries SET state = ? WHERE batch = ? AND number = ?",
                [(state.value, *entry.key) for entry in entries],
            )

    def entries(
        self, states: Sequence[State], batch: str | None = None
    ) -> tuple[list[Entry], list[str]]:
        """Entries in these states, of one batch or of all, in order; and the roots not found.

        A holding folder is looked for anew, so their paths are right even when a drive has come
        back under another letter. Entries whose holding folder is nowhere are left out.
        """
        marks = ",".join("?" * len(states))
        where = f"state IN ({marks})" + ("" if batch is None else " AND batch = ?")
        values = [state.value for state in states] + ([] if batch is None else [batch])
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT holding, state, entry FROM entries WHERE {where} ORDER BY batch, number",
                values,
            ).fetchall()
        holdings, missing = self._find_holdings({row[0] for row in rows})
        entries = []
        for identity, state, text in rows:
            if identity not in holdings:
                continue
            try:
                entries.append(read_entry(parse_json(text), holdings[identity], State(state)))
            except (ValueError, KeyError, TypeError) as error:
                # the holding folder's own journal has it too
                log.warning("%s: an entry was passed over (%s): %r", self.path, error, text[:80])
        return entries, missing

    def _find_holdings(self, identities: set[str]) -> tuple[dict[str, Holding], list[str]]:
        with self.reading() as connection:
            known = connection.execute("SELECT id, root, below FROM holdings").fetchall()
        found: dict[str, Holding] = {}
        missing = []
        for identity, root, below in known:
            if identity not in identities:
                continue
            holding = find_holding(identity, _path(root), _path(below))
            if holding is None:
                missing.append(str(_path(root)))
            else:
                found[identity] = holding
        return found, missing

    def holdings(self) -> list[Holding]:
        """Every known holding folder that can be reached now."""
        with self.reading() as connection:
            known = {row[0] for row in connection.execute("SELECT id FROM holdings")}
        return list(self._find_holdings(known)[0].values())

    def last_batch(self) -> str | None:
        """The newest batch of which something can still be taken back."""
        with self.reading() as connection:
            row = connection.execute(
                "SELECT max(batch) FROM entries WHERE state IN (?,?)",
                (State.DONE.value, State.UNDOING.value),
            ).fetchone()
        return None if row[0] is None else str(row[0])

    def knows_batch(self, batch: str) -> bool:
        """Whether there ever was such a batch."""
        with self.reading() as connection:
            found = connection.execute("SELECT 1 FROM batches WHERE id = ?", (batch,)).fetchone()
        return found is not None

    def history(self) -> list[BatchSummary]:
        """Every batch, the newest first."""
        counts: dict[str, dict[State, tuple[int, int, int]]] = defaultdict(dict)
        with self.reading() as connection:
            batches = connection.execute(
                "SELECT id, created, act FROM batches ORDER BY id DESC"
            ).fetchall()
            for batch, state, *figures in connection.execute(
                "SELECT batch, state, count(*), sum(files), sum(bytes) FROM entries "
                "GROUP BY batch, state"
            ):
                counts[batch][State(state)] = (figures[0], figures[1], figures[2])
        return [_summary(batch, created, act, counts[batch]) for batch, created, act in batches]


def open_library(data_folder: Path, acts: FileActs | None = None) -> Library:
    """Open library.db in the data folder, made, migrated or restored as needed.

    Raises StoreError.
    """
    return Library(data_folder, acts)


def _open_sound(path: Path) -> sqlite3.Connection:
    """Open the library once all of it was checked; restored if that finds damage."""
    try:
        if has_backup(path) and _is_void(path):
            raise DatabaseCorrupt(path, "it is empty" if path.exists() else "it is gone")
        connection = open_database(path, MIGRATIONS)
        try:
            with translated_errors(path):
                damage = find_damage(connection)
                for table in TABLES:
                    connection.execute(f"SELECT 1 FROM {table} LIMIT 1")
            if damage is not None:
                raise DatabaseCorrupt(path, damage)
        except BaseException:
            connection.close()
            raise
        return connection
    except DatabaseCorrupt as error:
        _restore(path, error)
    return open_database(path, MIGRATIONS)


def _is_void(path: Path) -> bool:
    """Whether SQLite would begin a new database here."""
    return not path.exists() or path.stat().st_size == 0


def _restore(path: Path, error: DatabaseCorrupt) -> None:
    """Put the last good backup in place. Raises DatabaseCorrupt where there is none."""
    try:
        with only_one(path.with_name(LOCK_NAME)):
            if restore(path, error.damage) is None:
                raise DatabaseCorrupt(path, error.damage, NO_BACKUP) from error
    except ClearingBusy as busy:
        raise DatabaseUnusable(path, f"{error.damage}; another photodedup uses it") from busy
    except OSError as failure:
        reason = f"{error.damage}; it cannot be restored: {failure.strerror or failure}"
        raise DatabaseUnusable(path, reason) from failure


CLEARED = (State.DONE, State.UNDOING, State.TRASHING, State.TRASHED)


def _summary(
    batch: str, created: str, act: str, figures: dict[State, tuple[int, int, int]]
) -> BatchSummary:
    cleared = [figures[state] for state in CLEARED if state in figures]
    return BatchSummary(
        id=batch,
        created=created,
        act=Act(act),
        entries={state: figure[0] for state, figure in figures.items()},
        files=sum(figure[1] for figure in cleared),
        bytes=sum(figure[2] for figure in cleared),
    )


def _path(stored: bytes) -> Path:
    return Path(os.fsdecode(stored))
