"""Which photo the user made the keeper of a group by hand, kept in library.db.

Kept by content, like the other decisions, so that it survives moves and rescans; the path tells
files of the same bytes apart. A later choice among the same contents replaces an earlier one in
effect: the newest that fits a group decides.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from photodedup.core.library import Library


@dataclass(frozen=True, slots=True)
class KeeperChoice:
    """The user made the photo with this digest (at path, then) stay instead of the others.

    over: the digests of the others; the chosen one's own is among them where a file was chosen
    among files of the same bytes.
    """

    id: int
    created: str  # ISO 8601, UTC
    digest: bytes
    path: Path
    over: frozenset[bytes]


def add_choice(library: Library, keeper: tuple[bytes, Path], over: Iterable[bytes]) -> int:
    """Remember that a photo (scan digest, path) stays instead of others (their scan digests).

    Returns the choice's number. Raises ValueError when there is no other, StoreError.
    """
    others = sorted(set(over))
    if not others:
        raise ValueError("a choice needs something to choose among")
    created = datetime.now(UTC).isoformat(timespec="seconds")
    digest, path = keeper
    with library.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO chosen_keepers (created, digest, path) VALUES (?,?,?)",
            (created, digest, os.fsencode(path)),
        )
        number = cursor.lastrowid
        assert number is not None
        connection.executemany(
            "INSERT INTO passed_over VALUES (?,?)", [(number, other) for other in others]
        )
    return number


def revoke_choice(library: Library, number: int) -> bool:
    """Take a choice back; whether there was one of this number. Raises StoreError."""
    with library.writing() as connection:
        cursor = connection.execute("DELETE FROM chosen_keepers WHERE id = ?", (number,))
        return cursor.rowcount > 0


def list_choices(library: Library) -> tuple[KeeperChoice, ...]:
    """Every choice that stands, the newest first. Raises StoreError."""
    over: dict[int, list[bytes]] = {}
    with library.reading() as connection:
        for number, digest in connection.execute("SELECT choice, digest FROM passed_over"):
            over.setdefault(number, []).append(bytes(digest))
        rows = connection.execute(
            "SELECT id, created, digest, path FROM chosen_keepers ORDER BY id DESC"
        ).fetchall()
    return tuple(
        KeeperChoice(
            number, created, bytes(digest), Path(os.fsdecode(path)), frozenset(over.get(number, ()))
        )
        for number, created, digest, path in rows
    )
