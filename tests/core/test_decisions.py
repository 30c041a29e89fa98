import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from photodedup.core.decisions import (
    confirm,
    is_rejected,
    list_rejections,
    reject,
    rejected_pairs,
    revoke,
    triplets_csv,
)
from photodedup.core.digest import digest_file
from photodedup.core.library import Library, open_library
from tests.core.clearing_desk import Desk
from tests.core.clearing_made import quick_group, write_photo
from training.data import list_csv


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path) as opened:
        yield opened


A, B, C, D = (bytes([letter]) * 16 for letter in b"abcd")


def path(digest: bytes) -> Path:
    return Path(f"/photos/{digest[:1].decode()}.jpg")


def reject_all(library: Library, *digests: bytes) -> int:
    return reject(library, [(digest, path(digest)) for digest in digests])


def test_a_rejected_pair_is_remembered_both_ways(library: Library) -> None:
    reject_all(library, B, A)
    rejected = rejected_pairs(library)
    assert is_rejected(rejected, A, B)
    assert is_rejected(rejected, B, A)
    assert not is_rejected(rejected, A, C)


def test_a_rejected_group_is_every_pair_in_it_and_none_of_a_newcomer(library: Library) -> None:
    reject_all(library, A, B, C)
    rejected = rejected_pairs(library)
    assert len(rejected) == 3
    assert not any(is_rejected(rejected, D, old) for old in (A, B, C))


def test_decisions_survive_a_restart_and_are_listed_with_their_paths(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        first = reject_all(library, A, B)
        second = reject_all(library, C, D)
    with open_library(tmp_path) as library:
        listed = list_rejections(library)
    assert [decision.id for decision in listed] == [second, first]
    assert listed[1].paths == (path(A), path(B))


def test_a_revoked_decision_is_gone_and_only_it(library: Library) -> None:
    first, second = reject_all(library, A, B), reject_all(library, A, B, C)
    assert revoke(library, second)
    assert rejected_pairs(library) == {(A, B)}
    assert not revoke(library, second)
    assert revoke(library, first)
    assert rejected_pairs(library) == frozenset()


def test_identical_bytes_cannot_be_called_different(library: Library) -> None:
    with pytest.raises(ValueError, match="two different"):
        reject(library, [(A, Path("/1.jpg")), (A, Path("/2.jpg"))])


def test_a_rejection_holds_wherever_the_photos_go(library: Library, tmp_path: Path) -> None:
    """By content: the digest of the moved file is that of the old one."""
    old = write_photo(tmp_path / "old/a.jpg", "a")
    other = write_photo(tmp_path / "old/b.jpg", "b")
    reject(library, [(digest_file(p), p) for p in (old, other)])
    new = old.rename(tmp_path / "renamed.jpg")
    assert is_rejected(rejected_pairs(library), digest_file(new), digest_file(other))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_clearing_confirms_pairs_and_rejections_are_their_negatives(desk: Desk) -> None:
    keeper, small = desk.photo("keeper.jpg"), desk.photo("small.jpg", "one, smaller")
    other = desk.photo("other.jpg", "another")
    reject(desk.library, [(digest_file(p), p) for p in (keeper, other)])
    report = desk.apply(desk.plan(quick_group(keeper, small)))
    text, left_out = triplets_csv(desk.library)
    held = desk.held("small.jpg", report.batch)
    (row,) = rows_of(text)
    assert {row["anchor"], row["positive"]} == {str(keeper), str(held)}
    assert row["negative"] == str(other)
    assert left_out == 0


def test_what_was_taken_back_is_not_confirmed(desk: Desk) -> None:
    keeper, small = desk.photo("keeper.jpg"), desk.photo("small.jpg", "one, smaller")
    other = desk.photo("other.jpg", "another")
    reject(desk.library, [(digest_file(p), p) for p in (keeper, other)])
    desk.apply(desk.plan(quick_group(keeper, small)))
    desk.undo()
    assert triplets_csv(desk.library) == ("anchor,positive,negative\r\n", 0)


def test_pairs_without_a_rejection_are_each_others_negatives(desk: Desk) -> None:
    groups = []
    for scene in "ab":
        keeper, small = desk.photo(f"{scene}.jpg", scene), desk.photo(f"{scene}2.jpg", f"{scene} s")
        groups.append(quick_group(keeper, small))
    desk.apply(desk.plan(*groups))
    text, left_out = triplets_csv(desk.library)
    assert left_out == 0
    for row in rows_of(text):
        scenes = [Path(row[column]).name[0] for column in ("anchor", "positive", "negative")]
        assert scenes[0] == scenes[1] != scenes[2]
        assert all(Path(row[column]).is_file() for column in row)


def test_training_reads_the_table_even_of_contradictions(desk: Desk) -> None:
    """Called different, and yet both cleared for one keeper."""
    keeper = desk.photo("keeper.jpg")
    one, two = desk.photo("1.jpg", "one, smaller"), desk.photo("2.jpg", "one, gray")
    other = desk.photo("other.jpg", "another"), desk.photo("other2.jpg", "another, smaller")
    reject(desk.library, [(digest_file(p), p) for p in (one, two)])
    desk.apply(desk.plan(quick_group(keeper, one, two), quick_group(*other)))
    table = desk.data / "triplets.csv"
    text, left_out = triplets_csv(desk.library)
    table.write_text(text)
    listing = list_csv(table)
    assert left_out == 0
    assert len(listing.paths) == 5
    assert len(set(listing.labels.tolist())) == 2


def test_what_is_gone_is_left_out_and_counted(library: Library) -> None:
    confirm(library, [(A, path(A), B, path(B))])
    text, left_out = triplets_csv(library)
    assert rows_of(text) == []
    assert left_out == 1


def test_identical_files_teach_nothing(library: Library) -> None:
    confirm(library, [(A, path(A), A, path(B))])
    assert triplets_csv(library) == ("anchor,positive,negative\r\n", 0)
