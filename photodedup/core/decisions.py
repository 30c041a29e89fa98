"""What the user decided about pairs of contents: "not a duplicate", or confirmed by clearing.

Kept by content (the scan's XXH3-128 digest), so that it survives moves, renames and rescans. A
decision about a group is one about each pair in it: a photo that joins later is still shown.
"""

import csv
import io
import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from photodedup.core.journal import State, StepKind
from photodedup.core.library import Library

Contents = tuple[bytes, bytes]
"""Two digests, the smaller first, so that a pair has one spelling."""

TRIPLET_COLUMNS = ("anchor", "positive", "negative")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the user. paths: where its photos were when it was made."""

    id: int
    created: str  # ISO 8601, UTC
    paths: tuple[Path, ...]


def reject(library: Library, photos: Iterable[tuple[bytes, Path]]) -> int:
    """Remember that no two of these photos (scan digest, path) are duplicates.

    Returns the decision's number. Raises ValueError when fewer than two contents are named (the
    same bytes are duplicates beyond doubt), StoreError.
    """
    known = dict(photos)
    if len(known) < 2:
        raise ValueError("a rejection needs two different contents")
    return _decide(library, list(itertools.combinations(sorted(known), 2)), known, same=False)


def confirm(library: Library, pairs: Iterable[tuple[bytes, Path, bytes, Path]]) -> None:
    """Remember pairs (keeper's digest, path, other's digest, path) that were cleared as copies."""
    known: dict[bytes, Path] = {}
    contents = []
    for keeper, keeper_path, other, other_path in pairs:
        if keeper != other:  # the same bytes teach nothing
            known[keeper], known[other] = keeper_path, other_path
            contents.append(_ordered(keeper, other))
    if contents:
        _decide(library, contents, known, same=True)


def revoke(library: Library, decision: int) -> bool:
    """Take a decision back; whether there was one of this number. Raises StoreError."""
    with library.writing() as connection:
        cursor = connection.execute("DELETE FROM decisions WHERE id = ?", (decision,))
        return cursor.rowcount > 0


def rejected_pairs(library: Library) -> frozenset[Contents]:
    """Every pair of contents that the user called no duplicates. Raises StoreError."""
    return frozenset(_pairs(library, same=False))


def is_rejected(rejected: frozenset[Contents], a: bytes, b: bytes) -> bool:
    """Whether two contents are among the rejected pairs."""
    return _ordered(a, b) in rejected


def list_rejections(library: Library) -> list[Decision]:
    """Every "not a duplicate" that stands, the newest first. Raises StoreError."""
    with library.reading() as connection:
        rows = connection.execute(
            "SELECT id, created FROM decisions WHERE NOT same ORDER BY id DESC"
        ).fetchall()
        return [
            Decision(
                number,
                created,
                tuple(
                    Path(os.fsdecode(row[0]))
                    for row in connection.execute(
                        "SELECT DISTINCT path FROM contents JOIN decided_pairs "
                        "ON digest = a OR digest = b WHERE decision = ? ORDER BY path",
                        (number,),
                    )
                ),
            )
            for number, created in rows
        ]


def triplets_csv(library: Library) -> tuple[str, int]:
    """Confirmed pairs and rejections as the triplets that training reads; and how many were left.

    Columns anchor, positive, negative: paths of files that exist now, discarded ones where they
    are held. A confirmed pair without a rejection of its own takes its negative from another
    pair. Left out, and counted: pairs of which a file is gone, and those that find no negative.
    Raises StoreError.
    """
    where, cleared = _files_now(library)
    positives = [
        (a, b)
        for a, b in _pairs(library, same=True)
        # both where they were: the user took the batch back, and the word with it
        if not (a in where and b in where and cleared.isdisjoint((a, b)))
    ]
    negatives: dict[bytes, list[bytes]] = {}
    for a, b in _pairs(library, same=False):
        negatives.setdefault(a, []).append(b)
        negatives.setdefault(b, []).append(a)
    related = _clusters(positives)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(TRIPLET_COLUMNS)
    left_out = 0
    for anchor, positive in positives:
        own = [n for n in (*negatives.get(anchor, ()), *negatives.get(positive, ()))]
        others = (d for pair in positives for d in pair if related[d] != related[anchor])
        # one confirmed by way of other photos contradicts itself: training would refuse the table
        own = [n for n in own if n in where and related.get(n) != related[anchor]]
        usable = own or [n for n in others if n in where][:1]
        if anchor not in where or positive not in where or not usable:
            left_out += 1
            continue
        for negative in usable:
            writer.writerow([str(where[d]) for d in (anchor, positive, negative)])
    return text.getvalue(), left_out


def _clusters(pairs: Sequence[Contents]) -> dict[bytes, bytes]:
    """Name for each content the cluster of confirmed pairs that it is in."""
    name: dict[bytes, bytes] = {}

    def find(digest: bytes) -> bytes:
        while name.setdefault(digest, digest) != digest:
            name[digest] = name[name[digest]]
            digest = name[digest]
        return digest

    for a, b in pairs:
        name[find(a)] = find(b)
    return {digest: find(digest) for digest in list(name)}


def _files_now(library: Library) -> tuple[dict[bytes, Path], set[bytes]]:
    """Where a file of each decided content is now, and which contents are cleared.

    One whose name is not UTF-8 is left out: the table is, and could not name it.
    """
    moved = {
        step.source: step.target
        for entry in library.entries((State.DONE,))[0]
        for step in entry.steps
        if step.kind is StepKind.MOVE
    }
    with library.reading() as connection:
        rows = connection.execute("SELECT digest, path FROM contents").fetchall()
    places = {digest: Path(os.fsdecode(path)) for digest, path in rows}
    now = {digest: moved.get(path, path) for digest, path in places.items()}
    where = {digest: path for digest, path in now.items() if path.is_file() and _is_utf8(path)}
    return where, {digest for digest, path in places.items() if path in moved}


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _pairs(library: Library, *, same: bool) -> list[Contents]:
    with library.reading() as connection:
        rows = connection.execute(
            "SELECT DISTINCT a, b FROM decided_pairs JOIN decisions ON id = decision "
            "WHERE same = ? ORDER BY a, b",
            (same,),
        ).fetchall()
    return [(bytes(a), bytes(b)) for a, b in rows]


def _decide(
    library: Library, pairs: Sequence[Contents], known: dict[bytes, Path], *, same: bool
) -> int:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    with library.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO decisions (created, same) VALUES (?,?)", (created, same)
        )
        number = cursor.lastrowid
        assert number is not None
        connection.executemany(
            "INSERT OR IGNORE INTO decided_pairs VALUES (?,?,?)",
            [(number, a, b) for a, b in pairs],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO contents VALUES (?,?)",
            [(digest, os.fsencode(path)) for digest, path in known.items()],
        )
    return number


def _ordered(a: bytes, b: bytes) -> Contents:
    return (a, b) if a <= b else (b, a)
